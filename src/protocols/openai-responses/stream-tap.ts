import type { FinishReason } from '../../canonical/chat.ts';
import type { Usage } from '../../canonical/usage.ts';
import { asObject, asString } from '../../lib/json.ts';
import { readSseFrames, splitSseFrames } from '../../lib/sse.ts';
import type { StreamTap } from '../protocol.ts';
import { END_EVENTS, emptyStream, readEvent, truncatedStream, type WireEvent } from './read-event.ts';
import { decodeUsage } from './usage.ts';
import { CALL_TYPES, finishReasonOf } from './wire.ts';

/**
 * Whatever the tap has to know of, once content has been seen. The quotes of these names cannot occur within a JSON
 * string, where they are escaped.
 */
const NOTABLE =
  /"response\.(?:completed|incomplete|failed|cancelled)"|"(?:function_call|custom_tool_call|refusal)"|"error"|^event:\s*error/m;

/** Events that only frame what is to come. */
const IS_START_UP: ReadonlySet<string> = new Set([
  'response.created',
  'response.queued',
  'response.in_progress',
  'response.content_part.added',
  'response.reasoning_summary_part.added',
]);

/** Items that are nothing until their words come. */
const IS_EMPTY_AT_FIRST: ReadonlySet<unknown> = new Set(['message', 'reasoning']);

/** Looks into a stream that goes through: into every frame before the first content, then only where it has to. */
export class OpenAiResponsesStreamTap implements StreamTap {
  sawContent = false;
  isComplete = false;
  usage: Usage | undefined;
  finishReason: FinishReason | undefined;
  goodPrefix: Buffer | undefined;
  #hasCall = false;
  #hasRefusal = false;
  #hasStarted = false;

  push(frames: Buffer): Buffer | undefined {
    if (this.isComplete) return undefined;
    if (this.sawContent && isUnremarkable(frames.toString('latin1'))) return frames;
    return this.#inspect(frames);
  }

  end(): string {
    if (!this.isComplete) throw this.#hasStarted ? truncatedStream() : emptyStream();
    return '';
  }

  #inspect(frames: Buffer): Buffer | undefined {
    const parts = splitSseFrames(frames);
    const kept: Buffer[] = [];
    for (const part of parts) {
      try {
        this.#readFrame(part);
      } catch (thrown) {
        this.goodPrefix = joined(kept);
        throw thrown;
      }
      kept.push(part);
      if (this.isComplete) break;
    }
    return kept.length === parts.length ? frames : joined(kept);
  }

  #readFrame(part: Buffer): void {
    const [frame] = readSseFrames(part);
    const event = frame === undefined ? undefined : readEvent(frame);
    if (event === undefined) return;
    this.#hasStarted = true;
    if (END_EVENTS.has(event.type)) this.#end(event);
    else if (event.type === 'response.output_item.added') this.#readItem(event);
    else this.#readOther(event);
  }

  #readItem({ data }: WireEvent): void {
    const { type } = asObject(data['item']);
    this.#hasCall ||= CALL_TYPES.has(type);
    this.sawContent ||= !IS_EMPTY_AT_FIRST.has(type);
  }

  #readOther({ type, data }: WireEvent): void {
    this.#hasRefusal ||= type.startsWith('response.refusal.');
    if (IS_START_UP.has(type) || !type.startsWith('response.')) return;
    this.sawContent ||= !type.endsWith('.delta') || (asString(data['delta']) ?? '') !== '';
  }

  #end({ data }: WireEvent): void {
    const response = asObject(data['response']);
    this.usage = decodeUsage(response['usage']);
    this.finishReason = finishReasonOf(response, { hasCall: this.#hasCall, hasRefusal: this.#hasRefusal });
    this.sawContent = true;
    this.isComplete = true;
  }
}

function joined(parts: readonly Buffer[]): Buffer | undefined {
  return parts.length === 0 ? undefined : Buffer.concat(parts);
}

/** True for frames of lines `event: …` and `data: {…}` that hold nothing notable. `text` has one character a byte. */
function isUnremarkable(text: string): boolean {
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    if (end === -1) return false;
    const isBlank = end === start;
    const isData = text.startsWith('data: {', start) && text.charAt(end - 1) === '}';
    if (!isBlank && !isData && !text.startsWith('event: response.', start)) return false;
    start = end + 1;
  }
  return !NOTABLE.test(text);
}
