/** Headers of an answer, names in lower case. */
export type HeaderValues = Readonly<Record<string, string | readonly string[] | undefined>>;

const DECIMAL = /^\d+(\.\d+)?$/;

/** The three forms of a date in HTTP, the last one without a zone; nothing else that `Date` would guess at. */
const HTTP_DATE = /^[A-Z][a-z]{2,8}, \d{2}[ -][A-Z][a-z]{2}[ -]\d{2,4} \d{2}:\d{2}:\d{2} GMT$/;
const ASCTIME_DATE = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/** Nobody waits for longer; keeps an absurd figure from becoming an absurd header. */
const LONGEST_WAIT_MS = 365 * 24 * 60 * 60 * 1000;

/**
 * How long to wait before asking again, in milliseconds: `retry-after-ms` first, because it is finer, then `retry-after`
 * in seconds or as a date; 0 for a date that has passed. Undefined where neither says anything sensible. `wallTime` is
 * now, in milliseconds since the epoch. https://www.rfc-editor.org/rfc/rfc9110#name-retry-after
 */
export function parseRetryAfter(headers: HeaderValues, wallTime: number): number | undefined {
  const ms = parseDecimal(headerText(headers, 'retry-after-ms'));
  if (ms !== undefined) return cappedWait(ms);
  const value = headerText(headers, 'retry-after');
  const seconds = parseDecimal(value);
  return seconds === undefined ? msUntilHttpDate(value, wallTime) : cappedWait(seconds * 1000);
}

/** The value of a header, the first one where it was sent several times; empty where it was not sent. */
export function headerText(headers: HeaderValues, name: string): string {
  const header = headers[name];
  const value = typeof header === 'string' ? header : (header?.[0] ?? '');
  return value.trim();
}

/** A number of digits with an optional fraction, and nothing else: no sign, no exponent. */
export function parseDecimal(text: string): number | undefined {
  return DECIMAL.test(text) ? Number(text) : undefined;
}

/** Milliseconds from `wallTime` to a date as HTTP writes it, 0 for one that has passed. */
export function msUntilHttpDate(text: string, wallTime: number): number | undefined {
  if (HTTP_DATE.test(text)) return msUntil(Date.parse(text), wallTime);
  return ASCTIME_DATE.test(text) ? msUntil(Date.parse(`${text} GMT`), wallTime) : undefined;
}

/** Undefined for a date that does not exist. */
export function msUntil(epochMs: number, wallTime: number): number | undefined {
  return Number.isNaN(epochMs) ? undefined : cappedWait(epochMs - wallTime);
}

/** A wait between now and a year. */
export function cappedWait(ms: number): number {
  return Math.min(Math.max(0, ms), LONGEST_WAIT_MS);
}
