const NEWLINE = 10;
const TAIL_CHARACTERS = 64;

/** What the next bytes of a reply are. */
type Phase = 'status' | 'headers' | 'body' | 'chunk-size' | 'chunk-data' | 'chunk-end' | 'trailers' | 'done';

/**
 * Reads one HTTP/1.1 reply (RFC 9112, with a length or in chunks) as its bytes come, and keeps no more of it than what
 * tells a whole reply from a broken one: a parser of a library would cost more than the requests that are measured.
 */
export class ReplyReader {
  status = 0;
  bodyBytes = 0;
  /** Line ends in the body: two for each server-sent event, one for each line of JSON. */
  lineCount = 0;
  #phase: Phase = 'status';
  #isChunked = false;
  #remainingBytes = 0;
  #partialLine = '';
  #tail = '';

  get isDone(): boolean {
    return this.#phase === 'done';
  }

  /** The last characters of the body, 64 at most. */
  get tail(): string {
    return this.#tail;
  }

  /** Takes the next bytes. Throws an Error for broken framing and for bytes after the end of the reply. */
  push(bytes: Buffer): void {
    let offset = 0;
    while (offset < bytes.length) offset = this.#step(bytes, offset);
  }

  #step(bytes: Buffer, offset: number): number {
    if (this.#phase === 'done') throw new Error('bytes after the end of the reply');
    if (this.#phase === 'body' || this.#phase === 'chunk-data') return this.#takeBody(bytes, offset);
    const lineEnd = bytes.indexOf(NEWLINE, offset);
    if (lineEnd === -1) {
      this.#partialLine += bytes.toString('latin1', offset);
      return bytes.length;
    }
    const line = this.#partialLine + bytes.toString('latin1', offset, lineEnd);
    this.#partialLine = '';
    this.#takeLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    return lineEnd + 1;
  }

  #takeLine(line: string): void {
    switch (this.#phase) {
      case 'status':
        this.#takeStatus(line);
        break;
      case 'headers':
        this.#takeHeader(line);
        break;
      case 'chunk-size':
        this.#takeChunkSize(line);
        break;
      case 'chunk-end':
        if (line !== '') throw new Error('a chunk is longer than it says');
        this.#phase = 'chunk-size';
        break;
      default:
        if (line === '') this.#phase = 'done';
    }
  }

  #takeStatus(line: string): void {
    const match = /^HTTP\/1\.1 (\d{3})/.exec(line);
    if (match === null) throw new Error(`no status line: ${line.slice(0, 80)}`);
    this.status = Number(match[1]);
    this.#remainingBytes = -1;
    this.#phase = 'headers';
  }

  #takeHeader(line: string): void {
    if (line === '') {
      this.#beginBody();
      return;
    }
    const match = /^(content-length|transfer-encoding):\s*(\S+)/i.exec(line);
    if (match === null) return;
    if (match[1]?.toLowerCase() === 'content-length') this.#remainingBytes = Number(match[2]);
    else this.#isChunked = match[2]?.toLowerCase() === 'chunked';
  }

  #beginBody(): void {
    if (this.#isChunked) this.#phase = 'chunk-size';
    else if (this.#remainingBytes < 0) throw new Error('a reply without a length');
    else this.#phase = this.#remainingBytes === 0 ? 'done' : 'body';
  }

  #takeChunkSize(line: string): void {
    if (!/^[0-9a-f]+ *(;|$)/i.test(line)) throw new Error(`no chunk size: ${line.slice(0, 80)}`);
    this.#remainingBytes = Number.parseInt(line, 16);
    this.#phase = this.#remainingBytes === 0 ? 'trailers' : 'chunk-data';
  }

  #takeBody(bytes: Buffer, offset: number): number {
    const end = Math.min(bytes.length, offset + this.#remainingBytes);
    this.#countLines(bytes, offset, end);
    this.#tail = (this.#tail + bytes.toString('latin1', Math.max(offset, end - TAIL_CHARACTERS), end)).slice(
      -TAIL_CHARACTERS,
    );
    this.bodyBytes += end - offset;
    this.#remainingBytes -= end - offset;
    if (this.#remainingBytes === 0) this.#phase = this.#isChunked ? 'chunk-end' : 'done';
    return end;
  }

  #countLines(bytes: Buffer, offset: number, end: number): void {
    for (let at = bytes.indexOf(NEWLINE, offset); at !== -1 && at < end; at = bytes.indexOf(NEWLINE, at + 1)) {
      this.lineCount += 1;
    }
  }
}
