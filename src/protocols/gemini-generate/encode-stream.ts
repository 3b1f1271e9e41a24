import type { ChatStreamEvent } from '../../canonical/chat.ts';
import type { Usage } from '../../canonical/usage.ts';
import type { RouterError } from '../../errors/router-error.ts';
import { stringifyExact } from '../../lib/exact-json.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { StreamEncoder, StreamFacts } from '../protocol.ts';
import { CandidateEncoder, type Piece } from './candidate-encoder.ts';
import { encodeError } from './errors.ts';
import { JsonArrayWriter } from './json-array.ts';
import { encodeUsage } from './usage.ts';

/**
 * Pieces of the answer as events or, for clients that did not ask for these, as a JSON array. How it ended and what it
 * used stands in the last piece, which has every candidate.
 */
export class GeminiStreamEncoder implements StreamEncoder {
  readonly contentType: string;
  readonly #facts: StreamFacts;
  readonly #array: JsonArrayWriter | undefined;
  readonly #candidates = new Map<number, CandidateEncoder>();
  /** Choices of the open blocks. */
  readonly #choiceOf = new Map<number, number>();

  constructor(facts: StreamFacts) {
    this.#facts = facts;
    this.#array = facts.preferEventStream ? undefined : new JsonArrayWriter();
    this.contentType = facts.preferEventStream ? 'text/event-stream' : 'application/json';
  }

  push(event: ChatStreamEvent): string {
    if (event.type === 'response-start') return '';
    if (event.type === 'response-end') return this.#finish(event.usage);
    const choice = this.#choice(event);
    const candidate = this.#candidateOf(choice);
    const piece = candidate.push(event);
    return piece === undefined ? '' : this.#write(this.#chunk([encodePiece(choice, piece)], {}));
  }

  fail(error: RouterError): string {
    return this.#write(encodeError(error, this.#facts.requestId)) + (this.#array?.end() ?? '');
  }

  #choice(event: Exclude<ChatStreamEvent, { readonly type: 'response-start' | 'response-end' }>): number {
    if (!('choice' in event)) return this.#choiceOf.get(event.block) ?? 0;
    if ('block' in event) this.#choiceOf.set(event.block, event.choice);
    return event.choice;
  }

  #candidateOf(choice: number): CandidateEncoder {
    const candidate = this.#candidates.get(choice) ?? new CandidateEncoder(this.#facts);
    this.#candidates.set(choice, candidate);
    return candidate;
  }

  #finish(usage: Usage | undefined): string {
    const last = [...this.#candidates].map(([index, candidate]) => ({
      content: { parts: [{ text: '' }], role: 'model' },
      ...candidate.end(),
      index,
    }));
    const usageMetadata = usage === undefined ? {} : { usageMetadata: encodeUsage(usage) };
    return this.#write(this.#chunk(last, usageMetadata)) + (this.#array?.end() ?? '');
  }

  #chunk(candidates: readonly JsonObject[], more: JsonObject): JsonObject {
    const { model, requestId } = this.#facts;
    return { candidates, ...more, modelVersion: model, responseId: requestId };
  }

  #write(value: JsonObject): string {
    const json = stringifyExact(value);
    return this.#array?.push([json]) ?? `data: ${json}\n\n`;
  }
}

function encodePiece(index: number, { part, logprobsResult }: Piece): JsonObject {
  return {
    content: { parts: [part], role: 'model' },
    index,
    ...(logprobsResult === undefined ? {} : { logprobsResult }),
  };
}
