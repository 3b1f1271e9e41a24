import type { ChatStreamEvent, FinishReason, TokenLogprob } from '../../canonical/chat.ts';
import type { Usage } from '../../canonical/usage.ts';
import type { RouterError } from '../../errors/router-error.ts';
import type { JsonObject } from '../../lib/json.ts';
import { type ChoiceDelta, DeltaEncoder } from '../openai-deltas.ts';
import { encodeFinishReason } from '../openai-finish.ts';
import { encodeLogprobs } from '../openai-logprobs.ts';
import { encodeUsage } from '../openai-usage.ts';
import type { StreamEncoder, StreamFacts } from '../protocol.ts';
import { encodeStreamError } from './errors.ts';
import { END_MARKER } from './wire.ts';

/** OpenAI's chunks, all under one id; the first of each choice names the role. */
export class OpenAiChatStreamEncoder implements StreamEncoder {
  readonly contentType = 'text/event-stream';
  readonly #facts: StreamFacts;
  readonly #deltas: DeltaEncoder;
  readonly #begun = new Set<number>();
  readonly #refused = new Set<number>();
  readonly #annotations = new Map<number, readonly JsonObject[]>();

  constructor(facts: StreamFacts) {
    this.#facts = facts;
    this.#deltas = new DeltaEncoder(facts.origin);
  }

  push(event: ChatStreamEvent): string {
    if (event.type === 'choice-end') return this.#endChoice(event.choice, event.finishReason);
    if (event.type === 'response-end') return this.#usage(event.usage) + dataEvent(END_MARKER);
    const delta = this.#deltas.push(event);
    if (delta?.annotation !== undefined) return this.#annotate(delta.choice, delta.annotation);
    if (delta?.refusal !== undefined) this.#refused.add(delta.choice);
    if (delta !== undefined) return this.#choice(delta.choice, encodeDelta(delta), null, delta.logprobs);
    if (event.type === 'media') this.#facts.ledger.dropped('answer.media', 'meaning');
    return '';
  }

  fail(error: RouterError): string {
    return encodeStreamError(error, this.#facts.requestId);
  }

  /** OpenAI gives all of them in one chunk, and its own clients keep only the last list that comes. */
  #annotate(choice: number, annotation: JsonObject): string {
    this.#annotations.set(choice, [...(this.#annotations.get(choice) ?? []), annotation]);
    return '';
  }

  /** A refusal in words ends as any other words do. */
  #endChoice(choice: number, reason: FinishReason): string {
    const annotations = this.#annotations.get(choice);
    const cited = annotations === undefined ? '' : this.#choice(choice, { annotations }, null);
    const isRefusal = reason === 'content-filter' && this.#refused.has(choice);
    return cited + this.#choice(choice, {}, encodeFinishReason(isRefusal ? 'stop' : reason));
  }

  #choice(
    index: number,
    delta: JsonObject,
    finishReason: string | null,
    tokens: readonly TokenLogprob[] | undefined = undefined,
  ): string {
    const role = this.#begun.has(index) ? {} : { role: 'assistant' };
    this.#begun.add(index);
    const logprobs = tokens === undefined ? null : { content: encodeLogprobs(tokens), refusal: null };
    return this.#chunk([{ index, delta: { ...role, ...delta }, logprobs, finish_reason: finishReason }], {});
  }

  #usage(usage: Usage | undefined): string {
    if (usage === undefined || !this.#facts.includeUsage) return '';
    return this.#chunk([], { usage: encodeUsage(usage, this.#facts.costOf(usage)) });
  }

  #chunk(choices: readonly JsonObject[], more: JsonObject): string {
    const { requestId, createdAt, model } = this.#facts;
    const head = { id: `chatcmpl-${requestId}`, object: 'chat.completion.chunk', created: createdAt, model };
    return dataEvent(JSON.stringify({ ...head, choices, ...more }));
  }
}

function encodeDelta({ text, reasoning, refusal, ...lists }: ChoiceDelta): JsonObject {
  if (text !== undefined) return { content: text };
  if (reasoning !== undefined) return { reasoning_content: reasoning };
  if (refusal !== undefined) return { refusal };
  if (lists.toolCall !== undefined) return { tool_calls: [lists.toolCall] };
  if (lists.reasoningDetail !== undefined) return { reasoning_details: [lists.reasoningDetail] };
  return lists.image === undefined ? {} : { images: [lists.image] };
}

function dataEvent(data: string): string {
  return `data: ${data}\n\n`;
}
