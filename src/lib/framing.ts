import { NdjsonFramer, readNdjsonFrames, splitNdjsonFrames } from './ndjson.ts';
import { readSseFrames, type SseFrame, SseFramer, splitSseFrames } from './sse.ts';

/** Cuts the bytes of a stream into whole frames. */
export interface Framer {
  /** The whole frames that are there now, as one piece of the bytes as they came; undefined without any. */
  push(chunk: Buffer): Buffer | undefined;
  /** What is left at the end of the stream: a frame without its end. */
  takePending(): Buffer | undefined;
}

/** How a stream is cut into frames. */
export interface Framing {
  /** What the provider's content type has to contain. */
  readonly contentTypes: readonly string[];
  createFramer(): Framer;
  /** Reads whole frames; those without data are left out. */
  readFrames(frames: Buffer | string): SseFrame[];
  /** One view for each frame, together exactly `frames`. */
  splitFrames(frames: Buffer): Buffer[];
  /** True where one of the frames says something: comments and pings are no progress. */
  isProgress(frames: Buffer): boolean;
}

export type FramingId = 'sse' | 'ndjson' | 'raw';

const DATA_FIELD = 'data:';

export const FRAMINGS: Readonly<Record<FramingId, Framing>> = {
  sse: {
    contentTypes: ['text/event-stream'],
    createFramer: () => new SseFramer(),
    readFrames: readSseFrames,
    splitFrames: splitSseFrames,
    isProgress: (frames) => frames.includes(DATA_FIELD),
  },
  ndjson: {
    contentTypes: ['application/x-ndjson', 'application/jsonl', 'application/json'],
    createFramer: () => new NdjsonFramer(),
    readFrames: readNdjsonFrames,
    splitFrames: splitNdjsonFrames,
    isProgress: () => true,
  },
  /** Bytes of any type: every chunk is a whole frame, and nothing is read from it. */
  raw: {
    contentTypes: [''],
    createFramer: () => ({ push: (chunk) => chunk, takePending: () => undefined }),
    readFrames: () => [],
    splitFrames: (frames) => [frames],
    isProgress: () => true,
  },
};
