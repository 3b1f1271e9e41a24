import type { ChatRequest } from '../../canonical/chat.ts';
import type { Message } from '../../canonical/content.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { decodeImages } from './decode-message.ts';
import { decodeParameters } from './decode-request.ts';

/** Members that a chat request of Ollama has, too. */
const CHAT_MEMBERS: ReadonlySet<string> = new Set(['keep_alive', 'options', 'truncate', 'shift']);

/** A completion as a chat of one question. What has no place in a chat stays under the format's own name. */
export function decodeGenerateRequest(body: JsonObject): ChatRequest {
  const { prompt, system, images, stream, ...members } = body;
  const { fields, rest } = decodeParameters(members);
  const chat = Object.entries(rest).filter(([name]) => CHAT_MEMBERS.has(name));
  const own = Object.entries(rest).filter(([name, value]) => !CHAT_MEMBERS.has(name) && !isNothing(value));
  const extras = {
    ...(chat.length === 0 ? {} : { 'ollama-chat': Object.fromEntries(chat) }),
    ...(own.length === 0 ? {} : { 'ollama-generate': Object.fromEntries(own) }),
  };
  return {
    ...fields,
    messages: [...decodeSystem(system), decodePrompt(prompt, images)],
    stream: stream !== false,
    ...(Object.keys(extras).length === 0 ? {} : { extras }),
  };
}

/** `raw: false` and an empty `context` say what is said without them. */
function isNothing(value: JsonValue | undefined): boolean {
  return value === false || (Array.isArray(value) && value.length === 0);
}

function decodeSystem(system: JsonValue | undefined): Message[] {
  if (typeof system !== 'string' || system === '') return [];
  return [{ role: 'system', content: [{ type: 'text', text: system }] }];
}

function decodePrompt(prompt: JsonValue | undefined, images: JsonValue | undefined): Message {
  const text = typeof prompt === 'string' ? prompt : '';
  return { role: 'user', content: [...decodeImages(images), { type: 'text', text }] };
}
