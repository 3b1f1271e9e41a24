import { cappedWait, msUntil, msUntilHttpDate, parseDecimal } from './retry-after.ts';
import { parseSpan } from './time-span.ts';

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** Plain numbers from here on are no span but a time since the epoch, in seconds or in milliseconds. */
const FIRST_EPOCH_SECONDS = 1e9;
const FIRST_EPOCH_MS = 1e11;

/**
 * When a limit is full again, in milliseconds from `wallTime`: seconds, `6m0s`, `12ms`, a time since the epoch in
 * seconds or milliseconds, RFC 3339, or a date as HTTP writes it. Undefined for anything else.
 */
export function parseResetTime(text: string, wallTime: number): number | undefined {
  const number = parseDecimal(text);
  if (number !== undefined) return numberedReset(number, wallTime);
  if (RFC_3339.test(text)) return msUntil(Date.parse(text), wallTime);
  const spanMs = parseSpan(text);
  return spanMs === undefined ? msUntilHttpDate(text, wallTime) : cappedWait(spanMs);
}

function numberedReset(number: number, wallTime: number): number | undefined {
  if (number >= FIRST_EPOCH_MS) return msUntil(number, wallTime);
  if (number >= FIRST_EPOCH_SECONDS) return msUntil(number * 1000, wallTime);
  return cappedWait(number * 1000);
}
