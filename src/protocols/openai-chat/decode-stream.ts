import type { ChatStreamEvent } from '../../canonical/chat.ts';
import type { Usage } from '../../canonical/usage.ts';
import { asString, type JsonObject } from '../../lib/json.ts';
import type { SseFrame } from '../../lib/sse.ts';
import { decodeFinishReason } from '../openai-finish.ts';
import type { StreamDecoder } from '../protocol.ts';
import { ChoiceDecoder } from './choice-decoder.ts';
import { emptyStream, readChunk, truncatedStream, usageOf } from './read-chunk.ts';
import { END_MARKER, readChoices, type WireChoice } from './wire.ts';

/** https://platform.openai.com/docs/api-reference/chat/streaming */
export class OpenAiChatStreamDecoder implements StreamDecoder {
  readonly #choices = new Map<number, ChoiceDecoder>();
  #blocks = 0;
  #responseId: string | undefined;
  #usage: Usage | undefined;
  #isOver = false;

  push(frame: SseFrame): readonly ChatStreamEvent[] {
    if (this.#isOver) return [];
    if (frame.data === END_MARKER) return this.#finish();
    const chunk = readChunk(frame);
    return chunk === undefined ? [] : this.#read(chunk);
  }

  end(): readonly ChatStreamEvent[] {
    if (this.#isOver) return [];
    const choices = [...this.#choices.values()];
    const hasEnded = choices.length > 0 && choices.every((choice) => choice.finishReason !== undefined);
    if (!hasEnded) throw truncatedStream();
    return this.#finish();
  }

  #read(chunk: JsonObject): ChatStreamEvent[] {
    const events: ChatStreamEvent[] = [];
    const responseId = this.#responseId ?? this.#start(chunk, events);
    this.#usage = usageOf(chunk) ?? this.#usage;
    for (const wire of readChoices(chunk, 'delta')) this.#readChoice(wire, responseId, events);
    return events;
  }

  #start(chunk: JsonObject, events: ChatStreamEvent[]): string {
    const id = asString(chunk['id']) ?? '';
    this.#responseId = id;
    events.push({ type: 'response-start', id, model: asString(chunk['model']) ?? '' });
    return id;
  }

  #readChoice(wire: WireChoice, responseId: string, events: ChatStreamEvent[]): void {
    const choice = this.#choices.get(wire.index) ?? this.#openChoice(wire.index, responseId);
    choice.push(wire, events);
    if (wire.finishReason !== undefined && wire.finishReason !== '') {
      choice.finishReason ??= decodeFinishReason(wire.finishReason);
    }
  }

  #openChoice(index: number, responseId: string): ChoiceDecoder {
    const nextBlock = (): number => this.#blocks++;
    const choice = new ChoiceDecoder({ choice: index, responseId, nextBlock });
    this.#choices.set(index, choice);
    return choice;
  }

  #finish(): ChatStreamEvent[] {
    const choices = [...this.#choices.values()];
    const isEmpty = this.#blocks === 0 && choices.every((choice) => choice.finishReason === undefined);
    if (isEmpty) throw emptyStream();
    this.#isOver = true;
    const events: ChatStreamEvent[] = [];
    for (const choice of choices) choice.end(events);
    events.push({ type: 'response-end', usage: this.#usage });
    return events;
  }
}
