import { asArray, asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts';
import { msUntilRefilled } from '../lib/rate-limit-headers.ts';
import { parseResetTime } from '../lib/reset-time.ts';
import { cappedWait } from '../lib/retry-after.ts';
import { parseSpan } from '../lib/time-span.ts';

/** Members in which services say when to come back, and what one of each is in milliseconds. */
const MEMBER_UNITS: readonly (readonly [name: string, unitMs: number])[] = [
  ['retry_after_ms', 1],
  ['retryAfterMs', 1],
  ['retry_after_seconds', 1000],
  ['retry_after', 1000],
  ['retryAfter', 1000],
];

/** `Please try again in 6m0s.`, `Please retry after 26 seconds.`, `please try again after 1 seconds` */
const PHRASE = /\b(?:try again|retry|wait)(?: in| after| for)? (?=\d)/i;

/** `You will regain access on 2026-12-01 at 00:00 UTC.` */
const DATE_PHRASE = /\bregain access on (\d{4}-\d{2}-\d{2}) at (\d{2}:\d{2}) UTC/i;

const LONGEST_PHRASE = 60;

/**
 * When to come back as the body of an error says it, in milliseconds from `wallTime`; undefined where it says nothing.
 * `message`: the provider's own words in it.
 */
export function retryHintMs(
  body: JsonValue | undefined,
  message: string | undefined,
  wallTime: number,
): number | undefined {
  const holders = holdersOf(body);
  return (
    memberHint(holders) ?? retryInfoHint(holders) ?? textHint(message ?? '', wallTime) ?? headerHint(holders, wallTime)
  );
}

/** The objects of an error, from the outside in. Google wraps it in a list now and then. */
function holdersOf(body: JsonValue | undefined): readonly JsonObject[] {
  const outer = asObject(asArray(body)[0] ?? body);
  const error = asObject(outer['error']);
  const holders = [outer, error, error['details'], error['metadata']];
  return [...holders, ...asArray(error['details'])].filter(isJsonObject);
}

function memberHint(holders: readonly JsonObject[]): number | undefined {
  for (const [name, unitMs] of MEMBER_UNITS) {
    for (const holder of holders) {
      const ms = amountMs(holder[name], unitMs);
      if (ms !== undefined) return ms;
    }
  }
  return undefined;
}

/** A number or a text with one; a text with a unit is taken at its word. */
function amountMs(value: JsonValue | undefined, unitMs: number): number | undefined {
  if (value === undefined || value === null || typeof value === 'boolean' || value === '') return undefined;
  const amount = Number(value);
  if (amount >= 0) return cappedWait(amount * unitMs);
  const spanMs = typeof value === 'string' ? parseSpan(value) : undefined;
  return spanMs === undefined ? undefined : cappedWait(spanMs);
}

/** https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto */
function retryInfoHint(holders: readonly JsonObject[]): number | undefined {
  const info = holders.find((holder) => asString(holder['@type'])?.endsWith('google.rpc.RetryInfo'));
  const spanMs = parseSpan(asString(info?.['retryDelay']) ?? asString(info?.['retry_delay']) ?? '');
  return spanMs === undefined ? undefined : cappedWait(spanMs);
}

function textHint(message: string, wallTime: number): number | undefined {
  const phrase = PHRASE.exec(message);
  if (phrase !== null) {
    const start = phrase.index + phrase[0].length;
    const spanMs = parseSpan(message.slice(start, start + LONGEST_PHRASE));
    if (spanMs !== undefined) return cappedWait(spanMs);
  }
  const date = DATE_PHRASE.exec(message);
  return date === null ? undefined : parseResetTime(`${date[1]}T${date[2]}:00Z`, wallTime);
}

/** OpenRouter tells the headers of the refusal inside the body: https://openrouter.ai/docs/api/reference/errors */
function headerHint(holders: readonly JsonObject[], wallTime: number): number | undefined {
  const headers = holders.map((holder) => holder['headers']).find(isJsonObject);
  if (headers === undefined) return undefined;
  const values = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)] as const);
  return msUntilRefilled(Object.fromEntries(values), wallTime);
}
