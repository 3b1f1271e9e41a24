import type { FinishReason } from '../canonical/chat.ts';

/** OpenAI's words first, then those that compatible services are known to use for the same. */
const REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ['stop', 'stop'],
  ['length', 'length'],
  ['tool_calls', 'tool-calls'],
  ['function_call', 'tool-calls'],
  ['content_filter', 'content-filter'],
  ['eos', 'stop'],
  ['eos_token', 'stop'],
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_length', 'length'],
  ['tool_use', 'tool-calls'],
  ['sensitive', 'content-filter'],
]);

const WORDS: Readonly<Record<FinishReason, string>> = {
  stop: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  'tool-calls': 'tool_calls',
  'content-filter': 'content_filter',
  pause: 'stop',
  other: 'stop',
};

export function decodeFinishReason(word: string): FinishReason {
  return REASONS.get(word) ?? 'other';
}

export function encodeFinishReason(reason: FinishReason): string {
  return WORDS[reason];
}
