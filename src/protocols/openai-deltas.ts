import type { ChatStreamEvent, TokenLogprob } from '../canonical/chat.ts';
import { RouterError } from '../errors/router-error.ts';
import type { JsonObject } from '../lib/json.ts';
import { encodeCallSeal } from './openai-answer.ts';
import { encodeAnnotation } from './openai-citations.ts';
import { encodeReasoningDetail } from './openai-reasoning.ts';
import { wrapSeal } from './seal.ts';

/** One step of one choice. Only one kind of content is there. */
export interface ChoiceDelta {
  readonly choice: number;
  readonly text?: string;
  readonly logprobs?: readonly TokenLogprob[];
  readonly reasoning?: string;
  readonly reasoningDetail?: JsonObject;
  readonly refusal?: string;
  readonly annotation?: JsonObject;
  readonly image?: JsonObject;
  /** In OpenAI's streamed form: `index` says which call goes on. */
  readonly toolCall?: JsonObject;
}

interface OpenBlock {
  readonly choice: number;
  /** Number of the tool call within its choice; undefined for text and reasoning. */
  readonly toolIndex: number | undefined;
  readonly isCustom: boolean;
}

type EventOf<Type extends ChatStreamEvent['type']> = Extract<ChatStreamEvent, { readonly type: Type }>;

/** Canonical blocks to OpenAI's deltas, which name a choice and number its tool calls instead. One per stream. */
export class DeltaEncoder {
  readonly #origin: string;
  readonly #open = new Map<number, OpenBlock>();
  readonly #toolCalls = new Map<number, number>();

  /** `origin` names who sealed the thoughts. */
  constructor(origin: string) {
    this.#origin = origin;
  }

  /** Undefined for events that say nothing in this form. */
  push(event: ChatStreamEvent): ChoiceDelta | undefined {
    switch (event.type) {
      case 'text-start':
      case 'refusal-start':
      case 'reasoning-start':
        this.#open.set(event.block, { choice: event.choice, toolIndex: undefined, isCustom: false });
        return undefined;
      case 'tool-call-start':
        return this.#startToolCall(event);
      case 'text-delta':
        return this.#textOf(event);
      case 'refusal-delta':
        return { choice: this.#blockOf(event.block).choice, refusal: event.text };
      case 'citation':
        return this.#citationOf(event);
      case 'media':
        return imageOf(event);
      case 'reasoning-delta':
        return { choice: this.#blockOf(event.block).choice, reasoning: event.text };
      case 'tool-call-delta':
        return this.#toolArguments(event.block, event.arguments);
      case 'reasoning-end':
        return this.#endReasoning(event);
      case 'text-end':
      case 'refusal-end':
      case 'tool-call-end':
        this.#open.delete(event.block);
        return undefined;
      case 'response-start':
      case 'choice-end':
      case 'response-end':
        return undefined;
      default:
        return event satisfies never;
    }
  }

  #textOf({ block, text, logprobs }: EventOf<'text-delta'>): ChoiceDelta {
    const { choice } = this.#blockOf(block);
    return logprobs === undefined ? { choice, text } : { choice, text, logprobs };
  }

  #citationOf({ block, citation }: EventOf<'citation'>): ChoiceDelta | undefined {
    const annotation = encodeAnnotation(citation, 0);
    return annotation === undefined ? undefined : { choice: this.#blockOf(block).choice, annotation };
  }

  #endReasoning({ block, signature, redacted }: EventOf<'reasoning-end'>): ChoiceDelta | undefined {
    const { choice } = this.#blockOf(block);
    this.#open.delete(block);
    const seal = redacted ?? signature;
    if (seal === undefined) return undefined;
    const part = { text: '', ...(redacted === undefined ? {} : { redacted }) };
    return { choice, reasoningDetail: encodeReasoningDetail(part, wrapSeal(this.#origin, seal)) };
  }

  #startToolCall(event: EventOf<'tool-call-start'>): ChoiceDelta {
    const { choice, block, id, name, signature, isCustom = false } = event;
    const index = this.#toolCalls.get(choice) ?? 0;
    this.#toolCalls.set(choice, index + 1);
    this.#open.set(block, { choice, toolIndex: index, isCustom });
    const callee = isCustom
      ? { type: 'custom', custom: { name, input: '' } }
      : { type: 'function', function: { name, arguments: '' } };
    return { choice, toolCall: { index, id, ...callee, ...encodeCallSeal(signature, this.#origin) } };
  }

  #toolArguments(block: number, text: string): ChoiceDelta {
    const { choice, toolIndex, isCustom } = this.#blockOf(block);
    const callee = isCustom ? { custom: { input: text } } : { function: { arguments: text } };
    return { choice, toolCall: { index: toolIndex ?? 0, ...callee } };
  }

  #blockOf(block: number): OpenBlock {
    const open = this.#open.get(block);
    if (open === undefined) throw new RouterError('internal.unexpected', { detail: `block ${block} is not open` });
    return open;
  }
}

/** Undefined for what is no picture: OpenAI's chunks have no place for it. */
function imageOf({ choice, modality, source }: EventOf<'media'>): ChoiceDelta | undefined {
  if (modality !== 'image') return undefined;
  const url = source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.base64}`;
  return { choice, image: { type: 'image_url', image_url: { url } } };
}
