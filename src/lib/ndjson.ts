import { FrameTooLargeError, MAX_FRAME_BYTES } from './frame-too-large.ts';
import type { SseFrame } from './sse.ts';

const LF = 0x0a;
const LINE_END = Buffer.from('\n');

/** Regroups the chunks of a stream of JSON lines so that only whole lines pass. https://github.com/ndjson/ndjson-spec */
export class NdjsonFramer {
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  /** The lines that `chunk` completes. Throws `FrameTooLargeError`. */
  push(chunk: Buffer): Buffer | undefined {
    const end = chunk.lastIndexOf(LF) + 1;
    if (end === 0) {
      this.#hold(chunk);
      return undefined;
    }
    const lines = this.#release(end === chunk.length ? chunk : chunk.subarray(0, end));
    if (end < chunk.length) this.#hold(chunk.subarray(end));
    return lines;
  }

  /** The last line, where the stream ended without its line feed; the line feed is added. */
  takePending(): Buffer | undefined {
    return this.#pendingBytes === 0 ? undefined : this.#release(LINE_END);
  }

  #hold(bytes: Buffer): void {
    if (this.#pendingBytes + bytes.length > MAX_FRAME_BYTES) throw new FrameTooLargeError(MAX_FRAME_BYTES);
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
  }

  #release(last: Buffer): Buffer {
    const lines = this.#pendingBytes === 0 ? last : Buffer.concat([...this.#pending, last]);
    this.#pending = [];
    this.#pendingBytes = 0;
    return lines;
  }
}

/** Reads whole lines, one frame each; blank lines are left out. */
export function readNdjsonFrames(whole: Buffer | string): SseFrame[] {
  const text = typeof whole === 'string' ? whole : whole.toString('utf8');
  const lines = text.split('\n').map((line) => line.trim());
  return lines.filter((line) => line !== '').map((data) => ({ data }));
}

/** Cuts whole lines into one view each, together exactly `lines`. */
export function splitNdjsonFrames(lines: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let start = 0; start < lines.length; ) {
    const at = lines.indexOf(LF, start);
    const end = at === -1 ? lines.length : at + 1;
    parts.push(lines.subarray(start, end));
    start = end;
  }
  return parts;
}
