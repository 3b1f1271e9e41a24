import type { ContentPart, Message } from '../../canonical/content.ts';
import { asArray, asObject, asString, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { decodeImage } from './media.ts';
import { readToolCall } from './wire.ts';

const ROLES: ReadonlyMap<string, Message['role']> = new Map([
  ['system', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['tool', 'tool'],
]);

/** Decodes messages that have passed `readHead`. */
export function decodeMessages(messages: JsonValue | undefined): Message[] {
  const calls = new CallBook();
  return asArray(messages).map((message) => decodeMessage(asObject(message), calls));
}

function decodeMessage(message: JsonObject, calls: CallBook): Message {
  const { role, content, thinking, images, tool_calls, tool_name, tool_call_id, ...rest } = message;
  const word = asString(role) ?? '';
  const known = ROLES.get(word.toLowerCase());
  const said = [...decodeThinking(thinking), ...decodeImages(images), ...decodeText(content)];
  const parts =
    known === 'tool'
      ? [calls.answer(said, asString(tool_name), asString(tool_call_id))]
      : [...said, ...calls.take(tool_calls)];
  // Templates know roles of their own, which only Ollama has a use for.
  const extras = known === undefined ? { ...rest, role: word } : rest;
  return {
    role: known ?? 'user',
    content: parts,
    ...(Object.keys(extras).length === 0 ? {} : { extras: { 'ollama-chat': extras } }),
  };
}

function decodeThinking(thinking: JsonValue | undefined): ContentPart[] {
  return typeof thinking === 'string' && thinking !== '' ? [{ type: 'reasoning', text: thinking }] : [];
}

function decodeText(content: JsonValue | undefined): ContentPart[] {
  return typeof content === 'string' && content !== '' ? [{ type: 'text', text: content }] : [];
}

export function decodeImages(images: JsonValue | undefined): ContentPart[] {
  const list = asArray(images).filter((image) => typeof image === 'string');
  return list.map((base64) => ({ type: 'media', modality: 'image', source: decodeImage(base64) }));
}

interface OpenCall {
  readonly id: string;
  readonly name: string;
}

/**
 * Which result answers which call. Where a conversation does not say so, results answer in the order of the calls, by
 * name. Ids are made by counting, so that the same conversation has the same ids when it comes back one turn later.
 */
class CallBook {
  readonly #open: OpenCall[] = [];
  #count = 0;

  take(calls: JsonValue | undefined): ContentPart[] {
    return asArray(calls).map((value) => {
      const { id, name, arguments: words } = readToolCall(value);
      const call: OpenCall = { id: id === '' ? this.#nextId() : id, name };
      this.#open.push(call);
      return { type: 'tool-call', id: call.id, name, arguments: words };
    });
  }

  answer(content: readonly ContentPart[], name: string | undefined, id: string | undefined): ContentPart {
    const call = this.#close((open) => (id === undefined ? name === undefined || open.name === name : open.id === id));
    const callId = id ?? call?.id ?? this.#nextId();
    const called = name ?? call?.name;
    return { type: 'tool-result', callId, ...(called === undefined ? {} : { name: called }), content };
  }

  #close(matches: (open: OpenCall) => boolean): OpenCall | undefined {
    const at = this.#open.findIndex(matches);
    return at === -1 ? undefined : this.#open.splice(at, 1)[0];
  }

  #nextId(): string {
    this.#count += 1;
    return `call_ollama_${this.#count}`;
  }
}
