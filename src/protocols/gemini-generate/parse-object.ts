import { parseExact } from '../../lib/exact-json.ts';
import { isDeeperThan, isJsonObject, type JsonObject } from '../../lib/json.ts';

/** Deeper than any arguments; writing deeper values again could exhaust the stack. */
const MAX_DEPTH = 128;

/** The object that a text holds; undefined for any other text. */
export function parseObject(text: string): JsonObject | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  const parsed = parseExact(text);
  const value = parsed.ok ? parsed.value : undefined;
  return isJsonObject(value) && !isDeeperThan(value, MAX_DEPTH) ? value : undefined;
}
