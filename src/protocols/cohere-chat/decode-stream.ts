import type { ChatStreamEvent } from '../../canonical/chat.ts';
import { RouterError } from '../../errors/router-error.ts';
import { asObject, asString, type JsonObject } from '../../lib/json.ts';
import type { SseFrame } from '../../lib/sse.ts';
import type { StreamDecoder } from '../protocol.ts';
import { decodeCitation } from './citations.ts';
import { failedStream, readEvent, truncatedStream } from './read-event.ts';
import { ToolCallDecoder } from './tool-call-decoder.ts';
import { decodeFinishReason, decodeLogprobs, decodeUsage, isFailure, readToolCall } from './wire.ts';

type Events = ChatStreamEvent[];

interface OpenBlock {
  readonly type: 'text' | 'reasoning';
  readonly block: number;
  /** The words so far: citations are counted in them. */
  text: string;
}

/** More calls than any model makes in one answer. */
const MAX_TOOL_CALLS = 512;

/** Citations of what comes after that many characters get no range. */
const MAX_CITED_LENGTH = 1024 * 1024;

/**
 * Cohere's events: https://docs.cohere.com/v2/docs/streaming. Citations may follow the end of the block that they are
 * about, so a text stays open until something else begins.
 */
export class CohereStreamDecoder implements StreamDecoder {
  #blocks = 0;
  #open: OpenBlock | undefined;
  readonly #calls = new Map<number, ToolCallDecoder>();
  #callCount = 0;
  #hasStarted = false;
  #isOver = false;

  push(frame: SseFrame): readonly ChatStreamEvent[] {
    if (this.#isOver) return [];
    const event = readEvent(frame);
    if (event === undefined) return [];
    const events: Events = [];
    this.#begin(event.body, events);
    this.#read(event.type, event.body, events);
    return events;
  }

  end(): readonly ChatStreamEvent[] {
    if (!this.#isOver) throw truncatedStream();
    return [];
  }

  #begin(body: JsonObject, events: Events): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    events.push({ type: 'response-start', id: asString(body['id']) ?? '', model: '' });
  }

  /** Types without a case, known (`debug`) or not, say nothing. */
  #read(type: string, body: JsonObject, events: Events): void {
    const delta = asObject(body['delta']);
    const message = asObject(delta['message']);
    switch (type) {
      case 'content-start':
        this.#close(events);
        this.#content(body, message, events);
        break;
      case 'content-delta':
        this.#content(body, message, events);
        break;
      case 'content-end':
        if (this.#open?.type === 'reasoning') this.#close(events);
        break;
      case 'tool-plan-delta':
        this.#write('text', asString(message['tool_plan']) ?? '', {}, events);
        break;
      case 'citation-start':
        this.#cite(message, events);
        break;
      case 'tool-call-start':
        this.#startCall(body, message, events);
        break;
      case 'tool-call-delta':
        this.#callOf(body).extend(readToolCall(message['tool_calls']).arguments, events);
        break;
      case 'tool-call-end':
        this.#endCall(body, events);
        break;
      case 'message-end':
        this.#finish(delta, events);
        break;
    }
  }

  #content(body: JsonObject, message: JsonObject, events: Events): void {
    const { text, thinking } = asObject(message['content']);
    const logprobs = decodeLogprobs(body['logprobs']);
    this.#write('reasoning', asString(thinking) ?? '', {}, events);
    this.#write('text', asString(text) ?? '', logprobs.length === 0 ? {} : { logprobs }, events);
  }

  #write(
    type: OpenBlock['type'],
    text: string,
    more: Pick<Extract<ChatStreamEvent, { readonly type: 'text-delta' }>, 'logprobs'>,
    events: Events,
  ): void {
    if (text === '') return;
    const open = this.#open?.type === type ? this.#open : this.#openBlock(type, events);
    if (type === 'text' && open.text.length < MAX_CITED_LENGTH) open.text += text;
    events.push({ type: `${type}-delta`, block: open.block, text, ...more });
  }

  #openBlock(type: OpenBlock['type'], events: Events): OpenBlock {
    this.#close(events);
    const open: OpenBlock = { type, block: this.#blocks++, text: '' };
    this.#open = open;
    events.push({ type: `${type}-start`, block: open.block, choice: 0 });
    return open;
  }

  #close(events: Events): void {
    if (this.#open === undefined) return;
    events.push({ type: `${this.#open.type}-end`, block: this.#open.block });
    this.#open = undefined;
  }

  #cite(message: JsonObject, events: Events): void {
    const open = this.#open;
    if (open?.type !== 'text') return;
    for (const citation of decodeCitation(message['citations'], open.text)) {
      events.push({ type: 'citation', block: open.block, citation });
    }
  }

  #startCall(body: JsonObject, message: JsonObject, events: Events): void {
    this.#callCount += 1;
    if (this.#callCount > MAX_TOOL_CALLS) throw nonsense(`more than ${MAX_TOOL_CALLS} tool calls`);
    this.#close(events);
    const index = indexOf(body);
    this.#calls.get(index)?.end(events);
    const call = new ToolCallDecoder(this.#blocks++);
    this.#calls.set(index, call);
    call.start(readToolCall(message['tool_calls']), events);
  }

  #callOf(body: JsonObject): ToolCallDecoder {
    const call = this.#calls.get(indexOf(body));
    if (call === undefined) throw nonsense('arguments of a tool call that is not open');
    return call;
  }

  #endCall(body: JsonObject, events: Events): void {
    this.#calls.get(indexOf(body))?.end(events);
    this.#calls.delete(indexOf(body));
  }

  #finish(delta: JsonObject, events: Events): void {
    const reason = asString(delta['finish_reason']);
    const error = asString(delta['error']);
    if (error !== undefined || isFailure(reason)) throw failedStream(error ?? `finish_reason "${reason}"`);
    if (reason === undefined && this.#blocks === 0) throw nonsense('the stream ended without content or finish reason');
    this.#isOver = true;
    this.#close(events);
    for (const call of this.#calls.values()) call.end(events);
    events.push({ type: 'choice-end', choice: 0, finishReason: decodeFinishReason(reason) });
    events.push({ type: 'response-end', usage: decodeUsage(delta['usage']) });
  }
}

/** Servers that make one call at a time may leave its number out. */
function indexOf({ index }: JsonObject): number {
  return typeof index === 'number' ? index : 0;
}

function nonsense(detail: string): RouterError {
  return new RouterError('upstream.bad_response', { detail });
}
