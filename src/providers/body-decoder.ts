import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { RouterError } from '../errors/router-error.ts';

/** Unpacked answers over this size are cut: a few kilobytes can unpack to gigabytes. */
export const MAX_DECODED_BYTES = 32 * 1024 * 1024;

/** `firstByte` tells the two forms of deflate apart. */
type OpenCoding = (firstByte: number) => Transform;

const openGzip: OpenCoding = () => zlib.createGunzip();

/** Some servers leave out the zlib header that RFC 9110 asks for; its first byte names the method 8. */
const openDeflate: OpenCoding = (firstByte) =>
  (firstByte & 0x0f) === 8 ? zlib.createInflate() : zlib.createInflateRaw();

/** Content codings: https://www.rfc-editor.org/rfc/rfc9110#name-content-codings */
const CODINGS: ReadonlyMap<string, OpenCoding> = new Map([
  ['gzip', openGzip],
  ['x-gzip', openGzip],
  ['deflate', openDeflate],
  ['br', () => zlib.createBrotliDecompress()],
  ...zstdOfNewerNode(),
]);

function zstdOfNewerNode(): [string, OpenCoding][] {
  const { createZstdDecompress } = zlib as { readonly createZstdDecompress?: () => Transform };
  return createZstdDecompress === undefined ? [] : [['zstd', createZstdDecompress]];
}

/** Who gets what was unpacked, and steers what is still packed. */
export interface DecoderPorts {
  onData(chunk: Buffer): void;
  /** The whole answer is unpacked. */
  onEnd(): void;
  /** The coding is broken, or the answer over `MAX_DECODED_BYTES`. Nothing follows. */
  onError(error: RouterError): void;
  /** Enough is waiting to be unpacked: give no more before `onDrain`. */
  onFull(): void;
  onDrain(): void;
}

/**
 * How the body of an answer is packed; undefined where it is not. Throws `upstream.oversized` for several codings on top
 * of each other, whose factors multiply, and `upstream.bad_response` for one that nobody asked for and nobody knows.
 */
export function readCoding(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const names = String(header).toLowerCase().split(',');
  const codings = names.map((name) => name.trim()).filter((name) => name !== '' && name !== 'identity');
  const [coding] = codings;
  if (coding === undefined) return undefined;
  if (codings.length > 1) throw new RouterError('upstream.oversized', { detail: `${codings.length} content codings` });
  if (CODINGS.has(coding)) return coding;
  throw new RouterError('upstream.bad_response', { detail: `content coding ${coding.slice(0, 40)}` });
}

/** Unpacks the body of one answer piece by piece, as fast as its reader takes it. */
export class BodyDecoder {
  readonly #open: OpenCoding;
  readonly #ports: DecoderPorts;
  #stream: Transform | undefined;
  #sizeBytes = 0;
  #isPaused = false;

  /** `coding` comes from `readCoding`. */
  constructor(coding: string, ports: DecoderPorts) {
    this.#open = CODINGS.get(coding) ?? openGzip;
    this.#ports = ports;
  }

  write(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#stream ??= this.#start(chunk[0] ?? 0);
    if (this.#stream.write(chunk)) return;
    this.#ports.onFull();
    this.#stream.once('drain', () => this.#ports.onDrain());
  }

  /** All of the packed body is there. Without any, there is nothing to unpack. */
  end(): void {
    if (this.#stream === undefined) this.#ports.onEnd();
    else this.#stream.end();
  }

  pause(): void {
    this.#isPaused = true;
    this.#stream?.pause();
  }

  resume(): void {
    this.#isPaused = false;
    this.#stream?.resume();
  }

  /** Lets everything go; no callback follows. */
  destroy(): void {
    this.#stream?.removeAllListeners().on('error', ignore).destroy();
  }

  #start(firstByte: number): Transform {
    const stream = this.#open(firstByte);
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
    stream.once('end', () => this.#ports.onEnd());
    stream.once('error', (error: Error) => this.#fail(brokenCoding(error)));
    if (this.#isPaused) stream.pause();
    return stream;
  }

  #take(chunk: Buffer): void {
    this.#sizeBytes += chunk.length;
    if (this.#sizeBytes <= MAX_DECODED_BYTES) this.#ports.onData(chunk);
    else this.#fail(new RouterError('upstream.oversized', { detail: `unpacked over ${MAX_DECODED_BYTES} bytes` }));
  }

  #fail(error: RouterError): void {
    this.destroy();
    this.#ports.onError(error);
  }
}

/** A decoder that is let go may still notice that its input is broken; nobody is left to tell. */
function ignore(): void {}

/** What zlib says where the input ends too early. */
const UNEXPECTED_END = 'Z_BUF_ERROR';

function brokenCoding(error: Error): RouterError {
  const code = (error as NodeJS.ErrnoException).code ?? error.name;
  const detail = `the content coding is broken: ${code}: ${error.message}`;
  return new RouterError(code === UNEXPECTED_END ? 'upstream.truncated' : 'upstream.bad_response', {
    detail,
    cause: error,
  });
}
