import type { FinishReason } from '../../canonical/chat.ts';
import type { Usage } from '../../canonical/usage.ts';
import { asObject, asString, type JsonObject } from '../../lib/json.ts';
import { readSseFrames, splitSseFrames } from '../../lib/sse.ts';
import type { StreamTap } from '../protocol.ts';
import { decodeStopReason } from './finish.ts';
import { emptyStream, readEvent, truncatedStream } from './read-event.ts';
import { decodeUsage, mergeUsage } from './usage.ts';

/** Blocks that say something by being there; all others say it piece by piece. */
const SILENT_STARTS: ReadonlySet<string | undefined> = new Set(['text', 'thinking']);

/** Members of a delta that make the answer, where they hold something. */
const CONTENT_MEMBERS = ['text', 'thinking', 'partial_json', 'citation'] as const;

const END_EVENT = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';

/** Looks into a stream that goes through: into every frame before the first content, then only where it has to. */
export class AnthropicMessagesStreamTap implements StreamTap {
  sawContent = false;
  isComplete = false;
  finishReason: FinishReason | undefined;
  goodPrefix: Buffer | undefined;
  #usage: JsonObject = {};

  get usage(): Usage | undefined {
    return decodeUsage(this.#usage);
  }

  push(frames: Buffer): Buffer | undefined {
    if (this.isComplete) return undefined;
    if (this.sawContent && isUnremarkable(frames.toString('latin1'))) return frames;
    return this.#inspect(frames);
  }

  end(): string {
    if (this.isComplete) return '';
    if (this.finishReason === undefined) throw truncatedStream();
    this.isComplete = true;
    return END_EVENT;
  }

  #inspect(frames: Buffer): Buffer | undefined {
    let goodBytes = 0;
    for (const part of splitSseFrames(frames)) {
      try {
        this.#read(part);
      } catch (thrown) {
        this.goodPrefix = goodBytes === 0 ? undefined : frames.subarray(0, goodBytes);
        throw thrown;
      }
      goodBytes += part.length;
      if (this.isComplete) break;
    }
    return goodBytes === frames.length ? frames : frames.subarray(0, goodBytes);
  }

  #read(part: Buffer): void {
    const [frame] = readSseFrames(part);
    const event = frame === undefined ? undefined : readEvent(frame);
    if (event === undefined) return;
    const { type, data } = event;
    if (type === 'message_start') this.#usage = asObject(asObject(data['message'])['usage']);
    else if (type === 'message_delta') this.#readEnd(data);
    else if (type === 'message_stop') this.#complete();
    else this.sawContent ||= isContent(type, data);
  }

  #readEnd(data: JsonObject): void {
    this.#usage = mergeUsage(this.#usage, data['usage']);
    const reason = asString(asObject(data['delta'])['stop_reason']);
    if (reason !== undefined) this.finishReason ??= decodeStopReason(reason);
  }

  #complete(): void {
    if (!this.sawContent && this.finishReason === undefined) throw emptyStream();
    this.isComplete = true;
  }
}

function isContent(type: string, data: JsonObject): boolean {
  if (type === 'content_block_start') {
    const block = asObject(data['content_block']);
    return !SILENT_STARTS.has(asString(block['type'])) || isFilled(block, ['text', 'thinking']);
  }
  return type === 'content_block_delta' && isFilled(asObject(data['delta']), CONTENT_MEMBERS);
}

function isFilled(members: JsonObject, names: readonly string[]): boolean {
  return names.some((name) => (members[name] ?? '') !== '');
}

/** A delta that is nothing else: an error in its place would have a type of its own, whose quotes no string holds. */
const NOTABLE = /"error"/;

/** True for frames that are all deltas in the vendor's own spelling. `text` has one character a byte. */
function isUnremarkable(text: string): boolean {
  let start = 0;
  while (start < text.length) {
    if (!text.startsWith('event: content_block_', start)) return false;
    const dataStart = text.indexOf('\n', start) + 1;
    const end = text.indexOf('\n', dataStart);
    if (!text.startsWith('data: {', dataStart) || !text.startsWith('}\n\n', end - 1)) return false;
    start = end + 2;
  }
  return !NOTABLE.test(text);
}
