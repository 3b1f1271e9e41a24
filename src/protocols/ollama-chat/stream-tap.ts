import type { FinishReason } from '../../canonical/chat.ts';
import type { Usage } from '../../canonical/usage.ts';
import { readNdjsonFrames, splitNdjsonFrames } from '../../lib/ndjson.ts';
import type { StreamTap } from '../protocol.ts';
import { readLine, truncatedStream } from './read-line.ts';
import { decodeDoneReason, decodeUsage, readAnswer, type WireAnswer } from './wire.ts';

/**
 * What the tap has to know of once content has been seen. The quotes of these names cannot occur within a JSON string,
 * where they are escaped.
 */
const NOTABLE = /"done"\s*:\s*true|"error"|"tool_calls"/;

/** Looks into a stream that goes through: into every line before the first content, then only where it has to. */
export class OllamaStreamTap implements StreamTap {
  sawContent = false;
  isComplete = false;
  usage: Usage | undefined;
  finishReason: FinishReason | undefined;
  goodPrefix: Buffer | undefined;
  #hasToolCalls = false;

  push(frames: Buffer): Buffer | undefined {
    if (this.isComplete) return undefined;
    if (this.sawContent && isUnremarkable(frames.toString('latin1'))) return frames;
    return this.#inspect(frames);
  }

  end(): string {
    if (!this.isComplete) throw truncatedStream();
    return '';
  }

  #inspect(frames: Buffer): Buffer | undefined {
    const parts = splitNdjsonFrames(frames);
    const kept: Buffer[] = [];
    for (const part of parts) {
      try {
        this.#read(part);
      } catch (thrown) {
        this.goodPrefix = joined(kept);
        throw thrown;
      }
      kept.push(part);
      if (this.isComplete) break;
    }
    return kept.length === parts.length ? frames : joined(kept);
  }

  #read(part: Buffer): void {
    const [frame] = readNdjsonFrames(part);
    if (frame === undefined) return;
    const line = readLine(frame.data);
    const answer = readAnswer(line);
    this.sawContent ||= hasContent(answer);
    this.#hasToolCalls ||= answer.toolCalls.length > 0;
    if (!answer.isDone) return;
    this.isComplete = true;
    this.usage = decodeUsage(line);
    this.finishReason = decodeDoneReason(answer.doneReason, this.#hasToolCalls);
  }
}

function hasContent({ text, thinking, images, toolCalls }: WireAnswer): boolean {
  return text !== '' || thinking !== '' || images.length > 0 || toolCalls.length > 0;
}

/** True for lines that are all of the form `{…}` and hold nothing notable. `text` has one character a byte. */
function isUnremarkable(text: string): boolean {
  let start = 0;
  while (start < text.length) {
    const end = text.indexOf('\n', start);
    if (text[start] !== '{' || end === -1 || text[end - 1] !== '}') return false;
    start = end + 1;
  }
  return !NOTABLE.test(text);
}

function joined(parts: readonly Buffer[]): Buffer | undefined {
  return parts.length === 0 ? undefined : Buffer.concat(parts);
}
