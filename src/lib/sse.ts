import { FrameTooLargeError, MAX_FRAME_BYTES } from './frame-too-large.ts';

/** One event of a server-sent event stream. */
export interface SseFrame {
  readonly event?: string;
  readonly data: string;
}

const LF = 0x0a;
const CR = 0x0d;
const BLANK_LINE = Buffer.from('\n\n');
const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

export interface SseFramerOptions {
  /** The most bytes that may wait for the end of their frame; 32 MiB unless told otherwise. */
  readonly limitBytes?: number;
}

/**
 * Regroups the chunks of an event stream so that only whole frames pass, without decoding them. A frame ends at a blank
 * line, in any mix of the three line endings. Nothing is changed but for a byte order mark at the start of the stream,
 * which is left out. https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
 */
export class SseFramer {
  readonly #limitBytes: number;
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** The start of the stream is the start of a line, so a line ending there makes a blank line too. */
  #lastByte = LF;
  #isAtStart = true;

  constructor(options: SseFramerOptions = {}) {
    this.#limitBytes = options.limitBytes ?? MAX_FRAME_BYTES;
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** The frames that `chunk` completes, a view of `chunk` wherever possible. Throws `FrameTooLargeError`. */
  push(chunk: Buffer): Buffer | undefined {
    if (chunk.length === 0) return undefined;
    const end = endOfLastFrame(chunk, this.#lastByte);
    this.#lastByte = chunk[chunk.length - 1] ?? LF;
    if (end === 0) {
      this.#hold(chunk);
      return undefined;
    }
    const frames = this.#release(end === chunk.length ? chunk : chunk.subarray(0, end));
    if (end < chunk.length) this.#hold(chunk.subarray(end));
    return frames;
  }

  /** The last frame, where the stream ended without the blank line that it needs; the line is added. */
  takePending(): Buffer | undefined {
    return this.#pendingBytes === 0 ? undefined : this.#release(BLANK_LINE);
  }

  #hold(bytes: Buffer): void {
    if (this.#pendingBytes + bytes.length > this.#limitBytes) {
      this.#forget();
      throw new FrameTooLargeError(this.#limitBytes);
    }
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
  }

  #release(tail: Buffer): Buffer | undefined {
    const frames = this.#pendingBytes === 0 ? tail : Buffer.concat([...this.#pending, tail]);
    this.#forget();
    if (!this.#isAtStart) return frames;
    this.#isAtStart = false;
    return withoutByteOrderMark(frames);
  }

  #forget(): void {
    this.#pending = [];
    this.#pendingBytes = 0;
  }
}

const isLineEnding = (byte: number | undefined): boolean => byte === LF || byte === CR;

/** Two line endings in a row make a blank line, unless they are the two halves of one CRLF. */
function endsBlankLine(before: number | undefined, byte: number | undefined): boolean {
  return isLineEnding(byte) && isLineEnding(before) && !(before === CR && byte === LF);
}

/** Index after the blank line that is known to end with the line ending at `at`. */
function afterBlankLine(bytes: Buffer, at: number): number {
  return bytes[at] === CR && bytes[at + 1] === LF ? at + 2 : at + 1;
}

/** Index after the last blank line of `chunk`, 0 without one. `byteBefore` is the byte that came before `chunk`. */
function endOfLastFrame(chunk: Buffer, byteBefore: number): number {
  for (let at = chunk.length - 1; at >= 0; at -= 1) {
    const before = at === 0 ? byteBefore : chunk[at - 1];
    if (endsBlankLine(before, chunk[at])) return afterBlankLine(chunk, at);
  }
  return 0;
}

function endOfFirstFrame(frames: Buffer, start: number): number {
  let before: number | undefined = LF;
  for (let at = start; at < frames.length; at += 1) {
    const byte = frames[at];
    if (endsBlankLine(before, byte)) return afterBlankLine(frames, at);
    before = byte;
  }
  return frames.length;
}

function withoutByteOrderMark(bytes: Buffer): Buffer | undefined {
  if (!bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)) return bytes;
  return bytes.length === BYTE_ORDER_MARK.length ? undefined : bytes.subarray(BYTE_ORDER_MARK.length);
}

/** Cuts the whole frames that a framer gave into one view each, together exactly `frames`. */
export function splitSseFrames(frames: Buffer): Buffer[] {
  const parts: Buffer[] = [];
  for (let start = 0; start < frames.length; ) {
    const end = endOfFirstFrame(frames, start);
    parts.push(frames.subarray(start, end));
    start = end;
  }
  return parts;
}

/** Event being put together from its lines. */
interface OpenFrame {
  event: string;
  data: string | undefined;
}

/**
 * Reads whole frames, as a framer gives them. Comments, `id`, `retry` and unknown fields are left out, and so are events
 * without any data line. A last event without its blank line counts. Invalid UTF-8 becomes U+FFFD.
 */
export function readSseFrames(whole: Buffer | string): SseFrame[] {
  const text = typeof whole === 'string' ? whole : whole.toString('utf8');
  const lines = text.includes('\r') ? text.split(/\r\n|\r|\n/) : text.split('\n');
  const frames: SseFrame[] = [];
  const open: OpenFrame = { event: '', data: undefined };
  for (const line of lines) {
    if (line === '') close(open, frames);
    else readLine(line, open);
  }
  close(open, frames);
  return frames;
}

function close(open: OpenFrame, frames: SseFrame[]): void {
  if (open.data !== undefined)
    frames.push(open.event === '' ? { data: open.data } : { event: open.event, data: open.data });
  open.event = '';
  open.data = undefined;
}

function readLine(line: string, open: OpenFrame): void {
  const colon = line.indexOf(':');
  const field = colon === -1 ? line : line.slice(0, colon);
  if (field === 'data') {
    const value = valueAfter(line, colon);
    open.data = open.data === undefined ? value : `${open.data}\n${value}`;
  } else if (field === 'event') {
    open.event = valueAfter(line, colon);
  }
}

/** One blank after the colon belongs to the syntax. */
function valueAfter(line: string, colon: number): string {
  if (colon === -1) return '';
  return line.slice(line.charAt(colon + 1) === ' ' ? colon + 2 : colon + 1);
}
