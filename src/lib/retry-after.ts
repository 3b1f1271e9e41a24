/** Headers of an answer, names in lower case. */
type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

const DECIMAL = /^\d+(\.\d+)?$/;

/** `Sun, 06 Nov 1994 08:49:37 GMT` and its older form with the whole day name; nothing else that `Date` would guess at. */
const HTTP_DATE = /^[A-Z][a-z]{2,8}, \d{2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/;

/** Nobody waits for longer; keeps an absurd figure from becoming an absurd header. */
const LONGEST_MS = 365 * 24 * 60 * 60 * 1000;

/**
 * How long to wait before asking again, in milliseconds: `retry-after-ms` first, because it is finer, then `retry-after`
 * in seconds or as a date. Undefined where neither says anything sensible. `wallTime` is now, in milliseconds since the
 * epoch. https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export function parseRetryAfter(headers: Headers, wallTime: number): number | undefined {
  const ms = readDecimal(firstOf(headers['retry-after-ms']));
  if (ms !== undefined) return capped(ms);
  const value = firstOf(headers['retry-after']);
  const seconds = readDecimal(value);
  if (seconds !== undefined) return capped(seconds * 1000);
  return untilDate(value, wallTime);
}

function firstOf(header: string | readonly string[] | undefined): string {
  const value = typeof header === 'string' ? header : (header?.[0] ?? '');
  return value.trim();
}

function readDecimal(text: string): number | undefined {
  return DECIMAL.test(text) ? Number(text) : undefined;
}

function untilDate(text: string, wallTime: number): number | undefined {
  if (!HTTP_DATE.test(text)) return undefined;
  const ms = Date.parse(text) - wallTime;
  return ms >= 0 ? capped(ms) : undefined;
}

function capped(ms: number): number {
  return Math.min(ms, LONGEST_MS);
}
