import { asArray, asObject, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';

/** More are refused: https://platform.claude.com/docs/en/build-with-claude/prompt-caching */
const MOST_MARKS = 4;

export interface LimitedMarks {
  readonly body: JsonObject;
  /** How many marks were left out. */
  readonly removed: number;
}

/**
 * The body with four cache marks at most, those that stand last: a mark keeps everything before it too. One for the
 * whole request, at the top level, counts as one.
 */
export function limitCacheMarks(body: JsonObject): LimitedMarks {
  const total = countMarks(body['tools']) + countMarks(body['system']) + countMarks(body['messages']);
  const room = MOST_MARKS - (isJsonObject(body['cache_control']) ? 1 : 0);
  const removed = Math.max(0, total - room);
  if (removed === 0) return { body, removed };
  const surplus = { left: removed };
  const limited: Record<string, JsonValue> = {};
  for (const name of ['tools', 'system', 'messages']) {
    const value = body[name];
    if (value !== undefined) limited[name] = withoutFirst(value, surplus);
  }
  return { body: { ...body, ...limited }, removed };
}

/** Marks stand on tools and blocks, also on those within a message or a tool result. */
function countMarks(list: JsonValue | undefined): number {
  let count = 0;
  for (const value of asArray(list)) {
    const entry = asObject(value);
    count += (isJsonObject(entry['cache_control']) ? 1 : 0) + countMarks(entry['content']);
  }
  return count;
}

function withoutFirst(list: JsonValue, surplus: { left: number }): JsonValue {
  return Array.isArray(list) ? list.map((entry) => stripEntry(entry, surplus)) : list;
}

/** What is within an entry stands before the mark at its end. */
function stripEntry(value: JsonValue, surplus: { left: number }): JsonValue {
  if (!isJsonObject(value) || surplus.left === 0) return value;
  const { content } = value;
  const stripped = Array.isArray(content) ? { ...value, content: withoutFirst(content, surplus) } : value;
  if (!isJsonObject(stripped['cache_control']) || surplus.left === 0) return stripped;
  surplus.left -= 1;
  const { cache_control: _, ...rest } = stripped;
  return rest;
}
