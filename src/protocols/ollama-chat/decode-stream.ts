import type { ChatStreamEvent, TokenLogprob } from '../../canonical/chat.ts';
import { RouterError } from '../../errors/router-error.ts';
import { asString, type JsonObject } from '../../lib/json.ts';
import type { SseFrame } from '../../lib/sse.ts';
import type { StreamDecoder } from '../protocol.ts';
import { idOf } from './decode-response.ts';
import { decodeImage } from './media.ts';
import { readLine, truncatedStream } from './read-line.ts';
import { decodeDoneReason, decodeUsage, readAnswer, type WireAnswer, type WireToolCall } from './wire.ts';

type Events = ChatStreamEvent[];

interface OpenBlock {
  readonly type: 'text' | 'reasoning';
  readonly block: number;
}

/** More tokens than a server holds back while it looks for a tool call. */
const MAX_HELD_LOGPROBS = 4096;

/** More calls than any model makes in one answer. */
const MAX_TOOL_CALLS = 512;

/** Lines of `POST /api/chat`; the last one is done. https://docs.ollama.com/api/streaming */
export class OllamaStreamDecoder implements StreamDecoder {
  #blocks = 0;
  #toolCalls = 0;
  #open: OpenBlock | undefined;
  #heldLogprobs: readonly TokenLogprob[] = [];
  #hasStarted = false;
  #isOver = false;

  push(frame: SseFrame): readonly ChatStreamEvent[] {
    if (this.#isOver) return [];
    const line = readLine(frame.data);
    const events: Events = [];
    if (!this.#hasStarted) this.#start(line, events);
    const answer = readAnswer(line);
    this.#read(answer, events);
    if (answer.isDone) this.#finish(answer, line, events);
    return events;
  }

  end(): readonly ChatStreamEvent[] {
    if (!this.#isOver) throw truncatedStream();
    return [];
  }

  #start(line: JsonObject, events: Events): void {
    this.#hasStarted = true;
    events.push({ type: 'response-start', id: '', model: asString(line['model']) ?? '' });
  }

  #read({ thinking, text, images, toolCalls, logprobs }: WireAnswer, events: Events): void {
    if (thinking !== '')
      events.push({ type: 'reasoning-delta', block: this.#enter('reasoning', events), text: thinking });
    else this.#hold(logprobs);
    if (text !== '') this.#write(text, events);
    for (const image of images) {
      this.#close(events);
      events.push({
        type: 'media',
        block: this.#nextBlock(),
        choice: 0,
        modality: 'image',
        source: decodeImage(image),
      });
    }
    for (const call of toolCalls) this.#call(call, events);
  }

  /** While the server looks for a tool call it sends probabilities of tokens whose text comes later. */
  #hold(logprobs: readonly TokenLogprob[] = []): void {
    if (this.#heldLogprobs.length + logprobs.length > MAX_HELD_LOGPROBS) return;
    this.#heldLogprobs = [...this.#heldLogprobs, ...logprobs];
  }

  #write(text: string, events: Events): void {
    const block = this.#enter('text', events);
    const logprobs = this.#heldLogprobs;
    this.#heldLogprobs = [];
    events.push({ type: 'text-delta', block, text, ...(logprobs.length === 0 ? {} : { logprobs }) });
  }

  /** Block of this type; another one that is open is closed. */
  #enter(type: OpenBlock['type'], events: Events): number {
    if (this.#open?.type === type) return this.#open.block;
    this.#close(events);
    const block = this.#nextBlock();
    this.#open = { type, block };
    events.push({ type: `${type}-start`, block, choice: 0 });
    return block;
  }

  #close(events: Events): void {
    if (this.#open === undefined) return;
    events.push({ type: `${this.#open.type}-end`, block: this.#open.block });
    this.#open = undefined;
  }

  /** Calls are always whole. */
  #call(call: WireToolCall, events: Events): void {
    this.#toolCalls += 1;
    if (this.#toolCalls > MAX_TOOL_CALLS) {
      throw new RouterError('upstream.bad_response', { detail: `more than ${MAX_TOOL_CALLS} tool calls` });
    }
    this.#close(events);
    this.#heldLogprobs = [];
    const block = this.#nextBlock();
    events.push({ type: 'tool-call-start', block, choice: 0, id: idOf(call), name: call.name });
    if (call.arguments !== '') events.push({ type: 'tool-call-delta', block, arguments: call.arguments });
    events.push({ type: 'tool-call-end', block });
  }

  #finish({ doneReason }: WireAnswer, line: JsonObject, events: Events): void {
    this.#isOver = true;
    this.#close(events);
    const finishReason = decodeDoneReason(doneReason, this.#toolCalls > 0);
    events.push({ type: 'choice-end', choice: 0, finishReason });
    events.push({ type: 'response-end', usage: decodeUsage(line) });
  }

  #nextBlock(): number {
    return this.#blocks++;
  }
}
