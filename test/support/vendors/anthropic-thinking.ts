import { asObject, type JsonObject } from '../../../src/lib/json.ts';
import type { MessageRequest, Turn } from './anthropic-request.ts';
import type { Rule } from './refusal.ts';

/** How thinking has to come back: https://platform.claude.com/docs/en/build-with-claude/extended-thinking */
type ThinkingRule = Rule<MessageRequest, string>;

const isThinking = ({ type }: JsonObject): boolean => type === 'thinking' || type === 'redacted_thinking';

const signaturesAreKnown: ThinkingRule = ({ turns, signed }) => {
  for (const { index, blocks } of turns) {
    for (const [position, { type, signature }] of blocks.entries()) {
      if (type === 'thinking' && !signed.has(String(signature))) {
        return `messages.${index}.content.${position}: Invalid \`signature\` in \`thinking\` block`;
      }
    }
  }
  return undefined;
};

const thinkingIsUnchanged: ThinkingRule = ({ turns, signed }) => {
  for (const { index, blocks } of turns) {
    for (const [position, { type, signature, thinking }] of blocks.entries()) {
      if (type !== 'thinking' || signed.get(String(signature)) === thinking) continue;
      return (
        `messages.${index}.content.${position}: \`thinking\` or \`redacted_thinking\` blocks in the latest assistant message ` +
        'cannot be modified. These blocks must remain as they were in the original response.'
      );
    }
  }
  return undefined;
};

const thinkingStandsRight: ThinkingRule = ({ turns }) => {
  for (const { role, index, blocks } of turns) {
    if (role !== 'assistant') continue;
    const last = blocks.at(-1);
    if (last !== undefined && isThinking(last)) {
      return `messages.${index}: The final block in an assistant message cannot be \`thinking\`.`;
    }
    const first = blocks[0];
    if (first !== undefined && blocks.some(isThinking) && !isThinking(first)) {
      return (
        `messages.${index}.content.0: If an assistant message contains any thinking blocks, the first block must be ` +
        `\`thinking\` or \`redacted_thinking\`. Found \`${first['type']}\`.`
      );
    }
  }
  return undefined;
};

/** Turns of the assistant since the last words of the user, where they led to calls. */
function openToolTurns(turns: readonly Turn[]): readonly Turn[] {
  const start = turns.findLastIndex(
    ({ role, blocks }) => role === 'user' && blocks.every(({ type }) => type !== 'tool_result'),
  );
  return turns
    .slice(start + 1)
    .filter(({ role, blocks }) => role === 'assistant' && blocks.some(({ type }) => type === 'tool_use'));
}

const thinkingComesBack: ThinkingRule = ({ turns, body, signatureOfCall }) => {
  if (asObject(body['thinking'])['type'] !== 'enabled') return undefined;
  for (const [at, { index, blocks }] of openToolTurns(turns).entries()) {
    // Later steps of a loop need their thinking only where they had some.
    const hadThinking = blocks.some(({ id }) => signatureOfCall.has(String(id)));
    const first = blocks[0];
    if ((at > 0 && !hadThinking) || first === undefined || isThinking(first)) continue;
    return (
      `messages.${index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first['type']}\`. ` +
      'When `thinking` is enabled, a final `assistant` message must start with a thinking block (preceeding the lastmost ' +
      'set of `tool_use` and `tool_result` blocks). We recommend you include thinking blocks from previous turns. To ' +
      'avoid this requirement, disable `thinking`. Please consult our documentation at ' +
      'https://platform.claude.com/docs/en/build-with-claude/extended-thinking'
    );
  }
  return undefined;
};

export const THINKING_RULES: readonly ThinkingRule[] = [
  signaturesAreKnown,
  thinkingStandsRight,
  thinkingIsUnchanged,
  thinkingComesBack,
];
