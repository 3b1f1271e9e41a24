import type { ChatRequest } from '../../canonical/chat.ts';
import type { JsonObject } from '../../lib/json.ts';
import { decodeMessages } from '../openai-messages.ts';
import { decodeParameters } from '../openai-parameters.ts';
import { ROUTER_MEMBERS } from '../router-members.ts';

export function decodeRequest(body: JsonObject): ChatRequest {
  const { messages, stream, ...rest } = body;
  const parameters = Object.entries(rest).filter(([name]) => !ROUTER_MEMBERS.has(name));
  return {
    ...decodeParameters(Object.fromEntries(parameters)),
    messages: decodeMessages(messages),
    stream: stream === true,
  };
}
