import type { ChatResponse, ChatStreamEvent } from '../../../src/canonical/chat.ts';
import type { ContentPart } from '../../../src/canonical/content.ts';
import { openAiResponsesDialect } from '../../../src/protocols/openai-responses/openai-responses.ts';
import type { StreamFacts } from '../../../src/protocols/protocol.ts';
import { streamFacts } from '../../support/facts.ts';

export const ORIGIN = 'anthropic-messages:acme';
export const USAGE = {
  inputTokens: 50,
  cacheReadTokens: 40,
  cacheWriteTokens: 10,
  outputTokens: 30,
  reasoningTokens: 20,
};
export const WORDS = 'Grüße 模型 🦜\u2028 "quoted"';
export const PAGE = { url: 'https://example.org', title: 'Example', start: 0, end: 5 };

export function answer(content: readonly ContentPart[], more: Partial<ChatResponse['choices'][0]> = {}): ChatResponse {
  return {
    id: 'vendor-id',
    model: 'vendor-model',
    choices: [{ content, finishReason: 'stop', ...more }],
    usage: USAGE,
  };
}

export const CONTENT: readonly ContentPart[] = [
  { type: 'reasoning', text: 'I think.', signature: 'sig' },
  { type: 'text', text: WORDS, citations: [PAGE] },
  { type: 'tool-call', id: 'call_a', name: 'weather', arguments: '{"city": "Köln"}' },
  { type: 'tool-call', id: 'call_b', name: 'patch', arguments: '*** Begin', isCustom: true },
];

/** The same as a stream, with the arguments interleaved. */
export const EVENTS: readonly ChatStreamEvent[] = [
  { type: 'response-start', id: 'vendor-id', model: 'vendor-model' },
  { type: 'reasoning-start', block: 0, choice: 0 },
  { type: 'reasoning-delta', block: 0, text: 'I ' },
  { type: 'reasoning-delta', block: 0, text: 'think.' },
  { type: 'reasoning-end', block: 0, signature: 'sig' },
  { type: 'text-start', block: 1, choice: 0 },
  { type: 'text-delta', block: 1, text: WORDS.slice(0, 4) },
  { type: 'text-delta', block: 1, text: WORDS.slice(4) },
  { type: 'citation', block: 1, citation: PAGE },
  { type: 'text-end', block: 1 },
  { type: 'tool-call-start', block: 2, choice: 0, id: 'call_a', name: 'weather' },
  { type: 'tool-call-start', block: 3, choice: 0, id: 'call_b', name: 'patch', isCustom: true },
  { type: 'tool-call-delta', block: 3, arguments: '*** ' },
  { type: 'tool-call-delta', block: 2, arguments: '{"city": ' },
  { type: 'tool-call-delta', block: 3, arguments: 'Begin' },
  { type: 'tool-call-delta', block: 2, arguments: '"Köln"}' },
  { type: 'tool-call-end', block: 2 },
  { type: 'tool-call-end', block: 3 },
  { type: 'choice-end', choice: 0, finishReason: 'tool-calls' },
  { type: 'response-end', usage: USAGE },
];

export function encodeAll(events: readonly ChatStreamEvent[], facts: Partial<StreamFacts> = {}): string {
  const encoder = openAiResponsesDialect.createStreamEncoder(streamFacts({ origin: ORIGIN, ...facts }));
  return events.map((event) => encoder.push(event)).join('');
}

/** A body of a client that gets thoughts sealed. */
export const SEALED = { store: false };
