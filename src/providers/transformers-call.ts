import { asArray, asObject, asString, isJsonObject, type JsonObject, type JsonValue, parseJson } from '../lib/json.ts';
import { badField } from './transformers-failure.ts';
import type { ChatWork, EmbeddingWork, LocalChatMessage } from './transformers-messages.ts';
import type { TransportRequest } from './transport.ts';

/*
 * What a local model reads of a request: https://platform.openai.com/docs/api-reference/chat/create and
 * https://platform.openai.com/docs/api-reference/embeddings/create
 */

export interface ChatCall {
  readonly model: string;
  readonly isStream: boolean;
  readonly includesUsage: boolean;
  readonly work: ChatWork;
}

export interface EmbeddingCall {
  readonly model: string;
  /** Numbers as base 64 of their 32-bit floats, which SDKs ask for by default. */
  readonly isBase64: boolean;
  readonly work: EmbeddingWork;
}

const MAX_STOPS = 16;
const MAX_TEXTS = 2048;

/** Requests that a plain language model would answer with something else than was asked for. */
const UNSERVED: Readonly<Record<string, (value: JsonValue, body: JsonObject) => boolean>> = {
  tools: (value, body) => asArray(value).length > 0 && body['tool_choice'] !== 'none',
  functions: (value) => asArray(value).length > 0,
  response_format: (value) => (asString(asObject(value)['type']) ?? 'text') !== 'text',
  n: (value) => value !== 1,
  logprobs: (value) => value === true,
  audio: () => true,
};

/** The JSON object of a request and the model it names. Throws a LocalModelError for anything else. */
export function readBody({ body }: TransportRequest): { readonly body: JsonObject; readonly model: string } {
  const parsed = parseJson(typeof body === 'string' ? body : Buffer.from(body).toString('utf8'));
  if (!parsed.ok || !isJsonObject(parsed.value)) throw badField('body', 'has to be a JSON object');
  const model = asString(parsed.value['model']);
  if (model === undefined || model === '') throw badField('model', 'has to be the name of a model');
  return { body: parsed.value, model };
}

/** Throws a LocalModelError for what a local model cannot serve. */
export function readChatCall(body: JsonObject, model: string): ChatCall {
  for (const [name, isUnserved] of Object.entries(UNSERVED)) {
    const value = body[name] ?? null;
    if (value !== null && isUnserved(value, body)) throw badField(name, 'a local model cannot serve this');
  }
  return {
    model,
    isStream: body['stream'] === true,
    includesUsage: asObject(body['stream_options'])['include_usage'] === true,
    work: {
      kind: 'chat',
      messages: readMessages(body),
      maxTokens: readInteger(body, 'max_completion_tokens', 1) ?? readInteger(body, 'max_tokens', 1),
      contextWindow: undefined,
      temperature: readNumber(body, 'temperature', 0) ?? 0,
      topP: readNumber(body, 'top_p', 0),
      topK: readInteger(body, 'top_k', 0),
      repetitionPenalty: readNumber(body, 'repetition_penalty', 0),
      seed: readInteger(body, 'seed', Number.MIN_SAFE_INTEGER),
      stop: readStops(body['stop']),
    },
  };
}

export function readEmbeddingCall(body: JsonObject, model: string): EmbeddingCall {
  const { input } = body;
  const texts = typeof input === 'string' ? [input] : asArray(input);
  if (texts.length === 0 || texts.length > MAX_TEXTS || !texts.every((text) => typeof text === 'string')) {
    throw badField('input', `has to be a text or 1 to ${MAX_TEXTS} texts`);
  }
  return { model, isBase64: body['encoding_format'] === 'base64', work: { kind: 'embedding', texts } };
}

function readMessages(body: JsonObject): readonly LocalChatMessage[] {
  const messages = asArray(body['messages']);
  if (messages.length === 0) throw badField('messages', 'has to hold a message');
  return messages.map((value, position) => {
    const message = asObject(value);
    const role = asString(message['role']) ?? 'user';
    const content = readContent(message['content'], `messages[${position}].content`);
    // Templates of open models know the role by its older name.
    return { role: role === 'developer' ? 'system' : role, content };
  });
}

function readContent(content: JsonValue | undefined, path: string): string {
  if (typeof content === 'string') return content;
  const texts = asArray(content).map((value, position) => {
    const text = asString(asObject(value)['text']);
    if (text === undefined) throw badField(`${path}[${position}]`, 'a local model reads text only');
    return text;
  });
  return texts.join('\n');
}

function readStops(value: JsonValue | undefined): readonly string[] {
  const stops = typeof value === 'string' ? [value] : asArray(value);
  if (stops.length > MAX_STOPS) throw badField('stop', `has to hold ${MAX_STOPS} texts at most`);
  return stops.filter((stop) => typeof stop === 'string').filter((stop) => stop !== '');
}

function readNumber(body: JsonObject, name: string, min: number): number | undefined {
  const value = body[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= min) return value;
  throw badField(name, `has to be a number of at least ${min}`);
}

function readInteger(body: JsonObject, name: string, min: number): number | undefined {
  const value = readNumber(body, name, min);
  if (value === undefined || Number.isSafeInteger(value)) return value;
  throw badField(name, 'has to be a whole number');
}
