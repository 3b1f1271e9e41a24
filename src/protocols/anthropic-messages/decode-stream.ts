import type { ChatStreamEvent, FinishReason } from '../../canonical/chat.ts';
import { asObject, asString, type JsonObject } from '../../lib/json.ts';
import type { SseFrame } from '../../lib/sse.ts';
import type { StreamDecoder } from '../protocol.ts';
import { BlockDecoder } from './block-decoder.ts';
import { decodeRefusal } from './decode-response.ts';
import { decodeStopReason } from './finish.ts';
import { emptyStream, readEvent, truncatedStream } from './read-event.ts';
import { decodeUsage, mergeUsage } from './usage.ts';

type Events = ChatStreamEvent[];

const CONTENT_EVENTS: ReadonlySet<string> = new Set(['content_block_start', 'content_block_delta', 'message_delta']);

/** https://platform.claude.com/docs/en/build-with-claude/streaming */
export class AnthropicMessagesStreamDecoder implements StreamDecoder {
  readonly #blocks = new BlockDecoder();
  #hasStarted = false;
  #isOver = false;
  #usage: JsonObject = {};
  #finishReason: FinishReason | undefined;
  #stopSequence: string | undefined;

  push(frame: SseFrame): readonly ChatStreamEvent[] {
    if (this.#isOver) return [];
    const event = readEvent(frame);
    if (event === undefined) return [];
    const events: Events = [];
    this.#read(event.type, event.data, events);
    return events;
  }

  end(): readonly ChatStreamEvent[] {
    if (this.#isOver) return [];
    if (this.#finishReason === undefined) throw truncatedStream();
    const events: Events = [];
    this.#finish(events);
    return events;
  }

  /** Events that nobody knows say nothing. Some services begin with the content at once. */
  #read(type: string, data: JsonObject, events: Events): void {
    if (type === 'message_start') this.#start(asObject(data['message']), events);
    else if (CONTENT_EVENTS.has(type)) this.#start({}, events);
    if (type === 'content_block_start') this.#blocks.start(data, events);
    else if (type === 'content_block_delta') this.#blocks.delta(data, events);
    else if (type === 'content_block_stop') this.#blocks.stop(data, events);
    else if (type === 'message_delta') this.#stopMessage(data, events);
    else if (type === 'message_stop') this.#finish(events);
  }

  #start(message: JsonObject, events: Events): void {
    if (this.#hasStarted) return;
    this.#hasStarted = true;
    this.#usage = asObject(message['usage']);
    const usage = decodeUsage(this.#usage);
    events.push({
      type: 'response-start',
      id: asString(message['id']) ?? '',
      model: asString(message['model']) ?? '',
      ...(usage === undefined ? {} : { usage: { ...usage, outputTokens: 0, reasoningTokens: 0 } }),
    });
  }

  #stopMessage(data: JsonObject, events: Events): void {
    const delta = asObject(data['delta']);
    this.#usage = mergeUsage(this.#usage, data['usage']);
    const reason = asString(delta['stop_reason']);
    if (reason === undefined) return;
    this.#finishReason ??= decodeStopReason(reason);
    this.#stopSequence ??= asString(delta['stop_sequence']);
    const [refusal] = decodeRefusal(delta['stop_details']);
    if (refusal?.type !== 'refusal') return;
    this.#blocks.endAll(events);
    this.#blocks.refuse(refusal.text, events);
  }

  #finish(events: Events): void {
    if (!this.#blocks.hasContent && this.#finishReason === undefined) throw emptyStream();
    this.#isOver = true;
    this.#blocks.endAll(events);
    const stopSequence = this.#stopSequence;
    events.push({
      type: 'choice-end',
      choice: 0,
      finishReason: this.#finishReason ?? 'other',
      ...(stopSequence === undefined ? {} : { stopSequence }),
    });
    events.push({ type: 'response-end', usage: decodeUsage(this.#usage) });
  }
}
