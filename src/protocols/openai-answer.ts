import type { ContentPart, ReasoningPart, ToolCallPart } from '../canonical/content.ts';
import type { JsonObject } from '../lib/json.ts';
import { encodeAnnotation } from './openai-citations.ts';
import { encodeReasoningDetail } from './openai-reasoning.ts';
import { wrapSeal } from './seal.ts';

/** The parts of a message by kind, each in the form that OpenAI's words have for it. */
export interface MessageWords {
  /** Undefined where no text was said. */
  readonly text: string | undefined;
  readonly reasoning: string | undefined;
  /** Seals of thoughts, for clients that send them back. */
  readonly reasoningDetails: readonly JsonObject[] | undefined;
  readonly refusal: string | undefined;
  readonly toolCalls: readonly JsonObject[] | undefined;
  readonly annotations: readonly JsonObject[] | undefined;
  /** Pictures in the form that OpenRouter gives them. */
  readonly images: readonly JsonObject[] | undefined;
}

/** `origin` names who sealed the thoughts. */
export function wordsOf(parts: readonly ContentPart[], origin: string): MessageWords {
  const text = textOf(parts, 'text');
  return {
    text,
    reasoning: textOf(parts, 'reasoning') || undefined,
    reasoningDetails: listOf(parts.flatMap((part) => (part.type === 'reasoning' ? detailsOf(part, origin) : []))),
    refusal: textOf(parts, 'refusal'),
    toolCalls: listOf(parts.flatMap((part) => (part.type === 'tool-call' ? [encodeToolCall(part, origin)] : []))),
    annotations: listOf(annotationsOf(parts, text?.length ?? 0)),
    images: listOf(parts.flatMap(imagesOf)),
  };
}

function listOf<Item>(items: readonly Item[]): readonly Item[] | undefined {
  return items.length === 0 ? undefined : items;
}

function textOf(parts: readonly ContentPart[], type: 'text' | 'reasoning' | 'refusal'): string | undefined {
  const texts = parts.flatMap((part) => (part.type === type ? [part.text] : []));
  return texts.length === 0 ? undefined : texts.join('');
}

function detailsOf(part: ReasoningPart, origin: string): readonly JsonObject[] {
  const seal = part.redacted ?? part.signature;
  return seal === undefined ? [] : [encodeReasoningDetail(part, wrapSeal(origin, seal))];
}

function annotationsOf(parts: readonly ContentPart[], textLength: number): readonly JsonObject[] {
  const citations = parts.flatMap((part) => (part.type === 'text' ? (part.citations ?? []) : []));
  return citations.flatMap((citation) => {
    const annotation = encodeAnnotation(citation, textLength);
    return annotation === undefined ? [] : [annotation];
  });
}

function imagesOf(part: ContentPart): readonly JsonObject[] {
  if (part.type !== 'media' || part.modality !== 'image') return [];
  const { source } = part;
  const url = source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.base64}`;
  return [{ type: 'image_url', image_url: { url } }];
}

function encodeToolCall(call: ToolCallPart, origin: string): JsonObject {
  const { id, name, arguments: words, isCustom, signature } = call;
  const callee = isCustom
    ? { type: 'custom', custom: { name, input: words } }
    : { type: 'function', function: { name, arguments: words } };
  return { id, ...callee, ...encodeCallSeal(signature, origin) };
}

/** The place that Google's own service in OpenAI's words has for the seal of a thought. */
export function encodeCallSeal(signature: string | undefined, origin: string): JsonObject {
  if (signature === undefined) return {};
  return { extra_content: { google: { thought_signature: wrapSeal(origin, signature) } } };
}
