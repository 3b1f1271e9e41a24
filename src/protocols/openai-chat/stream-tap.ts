import type { FinishReason } from '../../canonical/chat.ts';
import type { Usage } from '../../canonical/usage.ts';
import { asArray, asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { readSseFrames, splitSseFrames } from '../../lib/sse.ts';
import { decodeFinishReason } from '../openai-finish.ts';
import type { StreamTap, StreamTapOptions } from '../protocol.ts';
import { emptyStream, readChunk, truncatedStream, usageOf } from './read-chunk.ts';
import { END_MARKER } from './wire.ts';

/** Members of a delta that make the answer, where they hold something. */
const CONTENT_MEMBERS = [
  'content',
  'reasoning_content',
  'reasoning',
  'refusal',
  'tool_calls',
  'function_call',
  'audio',
  'images',
  'reasoning_details',
] as const;

/**
 * Whatever the tap has to know of, once content has been seen. The quotes of these names cannot occur within a JSON
 * string, where they are escaped; names that are there without a value (`"usage":null`) are not looked at.
 */
const NOTABLE = /"usage"\s*:\s*\{|"error"|\[DONE\]|"finish_reason"\s*:\s*"/;

/** Looks into a stream that goes through: into every frame before the first content, then only where it has to. */
export class OpenAiChatStreamTap implements StreamTap {
  sawContent = false;
  isComplete = false;
  usage: Usage | undefined;
  finishReason: FinishReason | undefined;
  goodPrefix: Buffer | undefined;
  readonly #hideUsage: boolean;
  #hasRefused = false;

  constructor(options: StreamTapOptions) {
    this.#hideUsage = options.hideUsage;
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
    return `data: ${END_MARKER}\n\n`;
  }

  #inspect(frames: Buffer): Buffer | undefined {
    const parts = splitSseFrames(frames);
    const kept: Buffer[] = [];
    for (const part of parts) {
      try {
        if (this.#read(part)) kept.push(part);
      } catch (thrown) {
        this.goodPrefix = joined(kept);
        throw thrown;
      }
      if (this.isComplete) break;
    }
    return kept.length === parts.length ? frames : joined(kept);
  }

  /** False for a frame that the client does not get. */
  #read(part: Buffer): boolean {
    const [frame] = readSseFrames(part);
    if (frame === undefined) return true;
    if (frame.data === END_MARKER) {
      if (!this.sawContent && this.finishReason === undefined) throw emptyStream();
      this.isComplete = true;
      return true;
    }
    const chunk = readChunk(frame);
    if (chunk === undefined) return true;
    this.usage = usageOf(chunk) ?? this.usage;
    for (const choice of asArray(chunk['choices'])) this.#readChoice(asObject(choice));
    return !(this.#hideUsage && isUsageOnly(chunk));
  }

  #readChoice(choice: JsonObject): void {
    const delta = asObject(choice['delta']);
    this.sawContent ||= isFilled(choice['text']) || CONTENT_MEMBERS.some((name) => isFilled(delta[name]));
    this.#hasRefused ||= isFilled(delta['refusal']);
    const word = asString(choice['finish_reason']);
    if (word === undefined || word === '') return;
    const reason = decodeFinishReason(word);
    // A refusal in words ends as any other words do; what it means is another thing.
    this.finishReason ??= this.#hasRefused && reason === 'stop' ? 'content-filter' : reason;
  }
}

function joined(parts: readonly Buffer[]): Buffer | undefined {
  return parts.length === 0 ? undefined : Buffer.concat(parts);
}

function isFilled(value: JsonValue | undefined): boolean {
  if (typeof value === 'string' || Array.isArray(value)) return value.length > 0;
  return isJsonObject(value) && Object.keys(value).length > 0;
}

function isUsageOnly(chunk: JsonObject): boolean {
  return asArray(chunk['choices']).length === 0 && isJsonObject(chunk['usage']);
}

/** True for frames that are all of the form `data: {…}` and hold nothing notable. `text` has one character a byte. */
function isUnremarkable(text: string): boolean {
  let start = 0;
  while (start < text.length) {
    const isData = text.startsWith('data: {', start) || text.startsWith('data:{', start);
    const end = text.indexOf('\n', start);
    if (!isData || !text.startsWith('}\n\n', end - 1)) return false;
    start = end + 2;
  }
  return !NOTABLE.test(text);
}
