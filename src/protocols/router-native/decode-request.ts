import type { ChatRequest } from '../../canonical/chat.ts';
import type { Message } from '../../canonical/content.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { decodeMessages } from '../openai-messages.ts';
import { decodeParameters } from '../openai-parameters.ts';
import { parametersOf } from './parameters.ts';

/** A prompt beside messages is what the user says last. */
export function decodeRequest(body: JsonObject): ChatRequest {
  return {
    ...decodeParameters(parametersOf(body)),
    messages: [...decodeMessages(body['messages']), ...decodePrompt(body['prompt'])],
    stream: body['stream'] === true,
  };
}

function decodePrompt(prompt: JsonValue | undefined): Message[] {
  if (typeof prompt !== 'string' || prompt === '') return [];
  return [{ role: 'user', content: [{ type: 'text', text: prompt }] }];
}
