import type { TokenLogprob } from '../../canonical/chat.ts';
import type { Citation, MediaSource } from '../../canonical/content.ts';
import { RouterError } from '../../errors/router-error.ts';
import { stringifyExact } from '../../lib/exact-json.ts';
import { asArray, asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { decodeAnnotations } from '../openai-citations.ts';
import { decodeUrl } from '../openai-content.ts';
import { decodeLogprobs } from '../openai-logprobs.ts';

/*
 * What compatible services send, read leniently: the shape is OpenAI's, and where others differ the difference is
 * understood here and nowhere else. https://platform.openai.com/docs/api-reference/chat/object
 */

/** Data of the event that ends a stream. */
export const END_MARKER = '[DONE]';

export interface WireToolCall {
  /** Which of several calls of a stream goes on; undefined where the service does not number them. */
  readonly index: number | undefined;
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  readonly isCustom: boolean;
  /** Seal of the thought behind the call, which Google's service adds. */
  readonly signature: string | undefined;
}

/** A message, or one step of it. Empty texts for what it does not say. */
export interface WireMessage {
  readonly text: string;
  readonly reasoning: string;
  /** Sealed thoughts of OpenRouter, as they came. */
  readonly reasoningDetails: JsonValue | undefined;
  readonly refusal: string;
  readonly toolCalls: readonly WireToolCall[];
  readonly citations: readonly Citation[];
  readonly media: readonly WireMedia[];
}

/** Pictures and sounds that a model made. */
export interface WireMedia {
  readonly modality: 'image' | 'audio';
  readonly source: MediaSource;
}

export interface WireChoice {
  readonly index: number;
  readonly message: WireMessage;
  readonly finishReason: string | undefined;
  readonly logprobs: readonly TokenLogprob[] | undefined;
}

/** More than any service offers; bounds what a stream can make us hold. */
const MAX_CHOICES = 128;

/** `member` is `message` in a whole answer and `delta` in a stream. Throws `upstream.bad_response` for nonsense. */
export function readChoices(body: JsonObject, member: 'message' | 'delta'): WireChoice[] {
  return asArray(body['choices']).map((value, position) => {
    const choice = asObject(value);
    const index = choice['index'] ?? position;
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= MAX_CHOICES) {
      throw new RouterError('upstream.bad_response', { detail: `choice with index ${JSON.stringify(index)}` });
    }
    return {
      index,
      message: readMessage(choice, member),
      finishReason: asString(choice['finish_reason']),
      logprobs: decodeLogprobs(choice['logprobs']),
    };
  });
}

function readMessage(choice: JsonObject, member: 'message' | 'delta'): WireMessage {
  const message = asObject(choice[member]);
  const content = message['content'];
  return {
    // The older completions, which vLLM still answers, have the text where the message would be.
    text: readText(content, 'text') || (asString(choice['text']) ?? ''),
    reasoning: readReasoning(message) || readText(content, 'thinking'),
    reasoningDetails: message['reasoning_details'],
    refusal: asString(message['refusal']) ?? '',
    toolCalls: readToolCalls(message),
    citations: decodeAnnotations(message['annotations']),
    media: readMedia(message),
  };
}

/** `images` is OpenRouter's, `audio` OpenAI's; a streamed sound comes in pieces that only its own format can carry. */
function readMedia(message: JsonObject): WireMedia[] {
  const images = asArray(message['images']).flatMap((image) => {
    const url = asString(asObject(asObject(image)['image_url'])['url']);
    return url === undefined ? [] : [{ modality: 'image', source: decodeUrl(url) } as const];
  });
  const data = asString(asObject(message['audio'])['data']);
  const sound = { modality: 'audio', source: { kind: 'inline', mediaType: 'audio/wav', base64: data ?? '' } } as const;
  return data === undefined ? images : [...images, sound];
}

/** DeepSeek's name first, then OpenRouter's and Groq's. */
function readReasoning(message: JsonObject): string {
  return asString(message['reasoning_content']) ?? asString(message['reasoning']) ?? '';
}

/** Content is a text, or, with Mistral's thinking models, a list of `text` and `thinking` parts. */
function readText(content: JsonValue | undefined, type: 'text' | 'thinking'): string {
  if (typeof content === 'string') return type === 'text' ? content : '';
  let text = '';
  for (const value of asArray(content)) {
    const part = asObject(value);
    if (part['type'] !== type) continue;
    text += asString(part[type]) ?? readText(part[type], 'text');
  }
  return text;
}

function readToolCalls(message: JsonObject): WireToolCall[] {
  const calls = asArray(message['tool_calls']).map((call) => readToolCall(asObject(call)));
  const older = message['function_call'];
  const isCalled = isJsonObject(older) && Object.keys(older).length > 0;
  return isCalled ? [...calls, readToolCall({ function: older })] : calls;
}

function readToolCall(call: JsonObject): WireToolCall {
  const custom = call['custom'];
  const isCustom = isJsonObject(custom);
  const { name, arguments: given, input } = asObject(custom ?? call['function']);
  const index = call['index'];
  return {
    index: typeof index === 'number' ? index : undefined,
    id: asString(call['id']) ?? '',
    name: asString(name) ?? '',
    // Some services send the object itself instead of its text.
    arguments: isJsonObject(given) ? stringifyExact(given) : (asString(isCustom ? input : given) ?? ''),
    isCustom,
    signature: asString(asObject(asObject(call['extra_content'])['google'])['thought_signature']),
  };
}

/** An id for a call of a service that gives none: the same for the same answer, and different in every answer. */
export function inventCallId(responseId: string, number: number): string {
  return `call_${responseId.replace(/[^A-Za-z0-9]/g, '').slice(-24)}_${number}`;
}

/** The provider's own words for an error, wherever in the body they are. */
export function readErrorMessage(body: JsonValue): string | undefined {
  const [first] = asArray(body);
  if (first !== undefined) return readErrorMessage(first);
  const { error, message, detail } = asObject(body);
  if (typeof error === 'string') return error;
  const nested = asObject(error);
  return (
    asString(nested['message']) ??
    asString(message) ??
    asString(detail) ??
    asString(asObject(asArray(detail)[0])['msg'])
  );
}

/** True for a body that is an error, whatever the status says. */
export function isErrorBody(body: JsonObject): boolean {
  const { error, object, type } = body;
  const hasError =
    (typeof error === 'string' && error !== '') || (isJsonObject(error) && Object.keys(error).length > 0);
  return hasError || object === 'error' || type === 'error';
}
