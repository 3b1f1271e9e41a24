import { parseExact } from '../lib/exact-json.ts';
import { isJsonObject, type JsonObject } from '../lib/json.ts';
import { mayLoseDigits } from '../lib/long-numbers.ts';
import type { PlannedRequest } from './upstream-call.ts';

/**
 * The client's body for a call that prints it again: numbers too long for a double keep their digits where `stringifyExact`
 * prints. The body itself where the format has arguments as text, or where there is no such number.
 */
export function exactBodyOf({ dialect, body, bytes }: PlannedRequest): JsonObject {
  if (dialect.hasArgumentObjects !== true || bytes === undefined) return body;
  // Digits are ASCII, so that the cheapest text of the bytes will do to look for them.
  if (!mayLoseDigits(bytes.toString('latin1'))) return body;
  const parsed = parseExact(bytes.toString('utf8'));
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : body;
}
