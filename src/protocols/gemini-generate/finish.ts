import type { FinishReason } from '../../canonical/chat.ts';

/** https://ai.google.dev/api/generate-content#FinishReason */
const REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  // More is to be had with a token that only the vendor's own clients send back.
  ['CONTINUATION', 'length'],
  ['SAFETY', 'content-filter'],
  ['RECITATION', 'content-filter'],
  ['BLOCKLIST', 'content-filter'],
  ['PROHIBITED_CONTENT', 'content-filter'],
  ['SPII', 'content-filter'],
  ['MODEL_ARMOR', 'content-filter'],
  ['IMAGE_SAFETY', 'content-filter'],
  ['IMAGE_PROHIBITED_CONTENT', 'content-filter'],
  ['IMAGE_RECITATION', 'content-filter'],
]);

const WORDS: Readonly<Record<FinishReason, string>> = {
  stop: 'STOP',
  'stop-sequence': 'STOP',
  length: 'MAX_TOKENS',
  'tool-calls': 'STOP',
  'content-filter': 'SAFETY',
  pause: 'OTHER',
  other: 'OTHER',
};

/** The vendor has no word for an answer that calls tools. */
export function decodeFinishReason(word: string, hasCalls: boolean): FinishReason {
  const reason = REASONS.get(word) ?? 'other';
  return reason === 'stop' && hasCalls ? 'tool-calls' : reason;
}

export function encodeFinishReason(reason: FinishReason): string {
  return WORDS[reason];
}
