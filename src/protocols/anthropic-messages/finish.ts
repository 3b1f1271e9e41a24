import type { FinishReason } from '../../canonical/chat.ts';

/** https://platform.claude.com/docs/en/build-with-claude/handling-stop-reasons */
const REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ['end_turn', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['stop_sequence', 'stop-sequence'],
  ['tool_use', 'tool-calls'],
  ['refusal', 'content-filter'],
  ['pause_turn', 'pause'],
  ['compaction', 'pause'],
]);

const WORDS: Readonly<Record<FinishReason, string>> = {
  stop: 'end_turn',
  'stop-sequence': 'stop_sequence',
  length: 'max_tokens',
  'tool-calls': 'tool_use',
  'content-filter': 'refusal',
  pause: 'pause_turn',
  other: 'end_turn',
};

export function decodeStopReason(word: string): FinishReason {
  return REASONS.get(word) ?? 'other';
}

/** What an answer holds that decides how it ended, whatever the provider calls its end. */
export interface AnswerTraits {
  readonly hasToolCall: boolean;
  readonly hasRefusal: boolean;
}

const PLAIN_ENDS: ReadonlySet<FinishReason> = new Set(['stop', 'other']);

/** Clients run tools only after `tool_use` and know a refusal only by `refusal`; some providers say `stop` for both. */
export function encodeStopReason(reason: FinishReason, { hasToolCall, hasRefusal }: AnswerTraits): string {
  if (!PLAIN_ENDS.has(reason)) return WORDS[reason];
  if (hasToolCall) return WORDS['tool-calls'];
  return hasRefusal ? WORDS['content-filter'] : WORDS[reason];
}

/** `stop_details`: said with every refusal, null otherwise. */
export function stopDetailsOf(stopReason: string): { readonly [name: string]: string | null } | null {
  return stopReason === WORDS['content-filter'] ? { type: 'refusal', category: null, explanation: null } : null;
}
