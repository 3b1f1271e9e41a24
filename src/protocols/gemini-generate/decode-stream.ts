import type { ChatStreamEvent } from '../../canonical/chat.ts';
import type { Usage } from '../../canonical/usage.ts';
import { asString, type JsonObject } from '../../lib/json.ts';
import type { SseFrame } from '../../lib/sse.ts';
import type { StreamDecoder } from '../protocol.ts';
import { CandidateDecoder } from './candidate-decoder.ts';
import { camelMembers } from './members.ts';
import { isBlocked, readCandidates } from './read-answer.ts';
import { readChunk, truncatedStream } from './read-chunk.ts';
import { decodeUsage } from './usage.ts';

/**
 * Each event is a piece of the whole answer, and there is no end marker: a stream has its proper end where every
 * candidate has a finish reason. https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent
 */
export class GeminiStreamDecoder implements StreamDecoder {
  readonly #candidates = new Map<number, CandidateDecoder>();
  #blocks = 0;
  #hasStarted = false;
  #isOver = false;
  #usage: Usage | undefined;

  push(frame: SseFrame): readonly ChatStreamEvent[] {
    if (this.#isOver) return [];
    const chunk = readChunk(frame);
    return chunk === undefined ? [] : this.#read(camelMembers(chunk));
  }

  end(): readonly ChatStreamEvent[] {
    if (this.#isOver) return [];
    const candidates = [...this.#candidates.values()];
    if (candidates.length === 0 || !candidates.every(({ hasEnded }) => hasEnded)) throw truncatedStream();
    this.#isOver = true;
    const events: ChatStreamEvent[] = [];
    for (const candidate of candidates) candidate.end(events);
    events.push({ type: 'response-end', usage: this.#usage });
    return events;
  }

  #read(chunk: JsonObject): ChatStreamEvent[] {
    const events: ChatStreamEvent[] = [];
    this.#usage = decodeUsage(chunk['usageMetadata']) ?? this.#usage;
    if (!this.#hasStarted) events.push(this.#start(chunk));
    for (const wire of readCandidates(chunk)) this.#candidateOf(wire.index).push(wire, events);
    if (isBlocked(chunk)) this.#candidateOf(0).block();
    return events;
  }

  #start(chunk: JsonObject): ChatStreamEvent {
    this.#hasStarted = true;
    const usage = this.#usage === undefined ? {} : { usage: { ...this.#usage, outputTokens: 0, reasoningTokens: 0 } };
    const id = asString(chunk['responseId']) ?? '';
    return { type: 'response-start', id, model: asString(chunk['modelVersion']) ?? '', ...usage };
  }

  #candidateOf(index: number): CandidateDecoder {
    const known = this.#candidates.get(index);
    if (known !== undefined) return known;
    const candidate = new CandidateDecoder(index, () => this.#blocks++);
    this.#candidates.set(index, candidate);
    return candidate;
  }
}
