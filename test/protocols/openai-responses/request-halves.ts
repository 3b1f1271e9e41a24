import type { ChatRequest } from '../../../src/canonical/chat.ts';
import type { ContentPart, Message } from '../../../src/canonical/content.ts';
import type { Loss } from '../../../src/canonical/loss.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import {
  openAiResponsesDialect,
  openAiResponsesUpstream,
} from '../../../src/protocols/openai-responses/openai-responses.ts';
import type { EncodedRequest, EncodeOptions } from '../../../src/protocols/protocol.ts';
import { encodeOptions } from '../../support/facts.ts';

export const ORIGIN = 'openai-responses:openai';
const OPTIONS = encodeOptions({ model: 'gpt-5.1', isReasoningModel: true, origin: ORIGIN });

export function decode(body: JsonObject): ChatRequest {
  openAiResponsesDialect.readHead(body);
  return openAiResponsesDialect.decodeRequest(body);
}

export function encode(request: Partial<ChatRequest>, options: Partial<EncodeOptions> = {}): EncodedRequest {
  const whole: ChatRequest = { messages: [], stream: false, ...request };
  return openAiResponsesUpstream.encodeRequest(whole, { ...OPTIONS, ...options });
}

export function user(...content: ContentPart[]): Message {
  return { role: 'user', content };
}

export const lossesOf = (losses: readonly Loss[]): string[] =>
  losses.map(({ field, outcome, severity }) => `${field} ${outcome} ${severity}`);
