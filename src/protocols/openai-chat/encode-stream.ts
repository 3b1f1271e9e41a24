import type { ChatStreamEvent } from '../../canonical/chat.ts';
import type { Usage } from '../../canonical/usage.ts';
import type { RouterError } from '../../errors/router-error.ts';
import type { JsonObject } from '../../lib/json.ts';
import { type ChoiceDelta, DeltaEncoder } from '../openai-deltas.ts';
import { encodeFinishReason } from '../openai-finish.ts';
import { encodeUsage } from '../openai-usage.ts';
import type { StreamEncoder, StreamFacts } from '../protocol.ts';
import { encodeStreamError } from './errors.ts';
import { END_MARKER } from './wire.ts';

/** OpenAI's chunks, all under one id; the first of each choice names the role. */
export class OpenAiChatStreamEncoder implements StreamEncoder {
  readonly contentType = 'text/event-stream';
  readonly #facts: StreamFacts;
  readonly #deltas = new DeltaEncoder();
  readonly #begun = new Set<number>();

  constructor(facts: StreamFacts) {
    this.#facts = facts;
  }

  push(event: ChatStreamEvent): string {
    if (event.type === 'choice-end') return this.#choice(event.choice, {}, encodeFinishReason(event.finishReason));
    if (event.type === 'response-end') return this.#usage(event.usage) + dataEvent(END_MARKER);
    const delta = this.#deltas.push(event);
    return delta === undefined ? '' : this.#choice(delta.choice, encodeDelta(delta), null);
  }

  fail(error: RouterError): string {
    return encodeStreamError(error, this.#facts.requestId);
  }

  #choice(index: number, delta: JsonObject, finishReason: string | null): string {
    const role = this.#begun.has(index) ? {} : { role: 'assistant' };
    this.#begun.add(index);
    return this.#chunk([{ index, delta: { ...role, ...delta }, logprobs: null, finish_reason: finishReason }], {});
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

function encodeDelta({ text, reasoning, toolCall }: ChoiceDelta): JsonObject {
  if (text !== undefined) return { content: text };
  if (reasoning !== undefined) return { reasoning_content: reasoning };
  return toolCall === undefined ? {} : { tool_calls: [toolCall] };
}

function dataEvent(data: string): string {
  return `data: ${data}\n\n`;
}
