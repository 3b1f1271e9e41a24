import { asArray, asObject, type JsonObject, type JsonValue } from '../../lib/json.ts';

/**
 * True where the model has called tools since the user's last words, and did not begin with a thought. A model that
 * thinks within a budget refuses such a conversation. `messages` are in the vendor's words already:
 * https://platform.claude.com/docs/en/build-with-claude/thinking-tool-workflows
 */
export function isInUnsealedToolLoop(messages: JsonValue | undefined): boolean {
  const turns = asArray(messages).map(asObject);
  const loop = turns.slice(turns.findLastIndex(isUserTalking) + 1);
  const first = loop.find((turn) => turn['role'] === 'assistant' && blocksOf(turn).some(isCall));
  return first !== undefined && !isThought(blocksOf(first)[0] ?? {});
}

export function isThought({ type }: JsonObject): boolean {
  return type === 'thinking' || type === 'redacted_thinking';
}

function isUserTalking(turn: JsonObject): boolean {
  return turn['role'] === 'user' && !blocksOf(turn).some(({ type }) => type === 'tool_result');
}

function isCall({ type }: JsonObject): boolean {
  return type === 'tool_use';
}

/** None for a turn that is a plain text. */
function blocksOf(turn: JsonObject): JsonObject[] {
  return asArray(turn['content']).map(asObject);
}
