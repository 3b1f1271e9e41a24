import { RouterError } from '../errors/router-error.ts';
import { FrameTooLargeError } from '../lib/frame-too-large.ts';
import type { Framer, Framing } from '../lib/framing.ts';
import type { ReplyControl, ReplyHandler, ReplyHeaders } from '../providers/transport.ts';
import type { AnswerSink, DrainListener } from './answer-sink.ts';
import { connectionError, type ExchangeClocks, ExchangeGuard } from './exchange.ts';
import { isProgress } from './stream-progress.ts';
import type { StreamRelay } from './stream-relay.ts';
import { ERROR_BODY_MS, MAX_ERROR_BODY_BYTES, MAX_REPLY_BYTES, tooLargeReply } from './whole-reply.ts';

type Chunk = Buffer | string;

/** What the exchange has to know of the provider's format. */
export interface StreamedCall {
  readonly framing: Framing;
  decodeError(status: number, body: string, headers: ReplyHeaders): RouterError;
}

/** How long a provider may take to close its answer after the end marker before the connection is dropped. */
const TRAILING_MS = 1000;

/**
 * One streamed exchange. Until the first content nothing leaves: output is held back, and any failure rejects
 * `committed`, so that another model can take over. Afterwards output flows to the sink, and a failure becomes the one
 * error event that ends the client's stream.
 */
export class StreamReply implements ReplyHandler, DrainListener {
  /** Settles at the commit point. */
  readonly committed: Promise<void>;
  readonly guard: ExchangeGuard;
  readonly #relay: StreamRelay;
  readonly #call: StreamedCall;
  readonly #framer: Framer;
  #held: Chunk[] = [];
  #heldBytes = 0;
  /** How the body begins, where that has been sent already. */
  #opening = '';
  #sink: AnswerSink | undefined;
  #isPaused = false;
  #isOver = false;
  #error: RouterError | undefined;
  #errorHead: ReplyHead | undefined;
  #errorBody = '';
  /** Chunks of an answer that is no stream. */
  #whole: Buffer[] | undefined;
  #wholeBytes = 0;
  #hasHead = false;
  #commit: () => void = () => undefined;
  #reject: (error: RouterError) => void = () => undefined;
  #finish: () => void = () => undefined;

  constructor(clocks: ExchangeClocks, relay: StreamRelay, call: StreamedCall) {
    this.#relay = relay;
    this.#call = call;
    this.#framer = call.framing.createFramer();
    this.committed = new Promise((resolve, reject) => {
      this.#commit = resolve;
      this.#reject = reject;
    });
    this.guard = new ExchangeGuard(clocks, (error) => this.#breakOff(error));
  }

  /**
   * Lets the stream flow. Resolves when it is over, with the error that ended it, if one did. `opening`: the beginning
   * of the body that the client has already, and which is left out here.
   */
  async pump(sink: AnswerSink, opening = ''): Promise<RouterError | undefined> {
    const over = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    this.#sink = sink;
    this.#opening = opening;
    const held = this.#held;
    this.#held = [];
    for (const chunk of held) this.#write(sink, chunk);
    if (this.#isOver) this.#close(sink);
    await over;
    return this.#error;
  }

  onStart(control: ReplyControl): void {
    this.guard.attach(control);
  }

  onHead(status: number, headers: ReplyHeaders): void {
    this.#hasHead = true;
    const contentType = String(headers['content-type'] ?? '').toLowerCase();
    const isStream = this.#call.framing.contentTypes.some((type) => contentType.includes(type));
    if (status === 200 && isStream) {
      this.#relay.onHead?.(headers);
      return;
    }
    if (status === 200 && contentType.includes('application/json')) this.#whole = [];
    else this.#beginError(status, headers);
  }

  onData(chunk: Buffer): void {
    if (this.#isOver) return;
    if (this.#errorHead !== undefined) {
      this.#collectError(chunk);
      return;
    }
    if (this.#whole !== undefined) {
      this.#collectWhole(this.#whole, chunk);
      return;
    }
    try {
      const frames = this.#framer.push(chunk);
      if (frames !== undefined) this.#forward(frames);
    } catch (thrown) {
      // Past the commit point the client gets every good frame; before it another model starts anew.
      if (this.#sink !== undefined) this.#emit(this.#relay.goodPrefix);
      this.guard.cut(streamError(thrown));
    }
  }

  onEnd(): void {
    this.guard.release();
    if (this.#isOver) return;
    if (this.#errorHead !== undefined) {
      this.#fail(errorOf(this.#call, this.#errorHead, this.#errorBody));
      return;
    }
    try {
      if (this.#whole === undefined) this.#endFrames();
      else this.#emit(this.#relay.pushWhole(Buffer.concat(this.#whole)));
      this.#complete();
    } catch (thrown) {
      this.#fail(streamError(thrown));
    }
  }

  onError(error: Error): void {
    this.guard.release();
    if (!this.#isOver) this.#breakOff(connectionError(error, this.#hasHead));
  }

  onDrain(): void {
    this.#isPaused = false;
    if (!this.#isOver) this.guard.resume();
  }

  #endFrames(): void {
    const unfinished = this.#framer.takePending();
    if (unfinished !== undefined) this.#emit(this.#relay.push(unfinished));
    this.#emit(this.#relay.end());
  }

  /** Some services answer whole whatever they are asked; the client still gets its stream. */
  #collectWhole(chunks: Buffer[], chunk: Buffer): void {
    chunks.push(chunk);
    this.#wholeBytes += chunk.byteLength;
    if (this.#wholeBytes <= MAX_REPLY_BYTES) this.guard.progress();
    else this.guard.cut(tooLargeReply());
  }

  #forward(frames: Buffer): void {
    this.#emit(this.#relay.push(frames));
    if (this.#relay.isComplete) {
      this.#emit(this.#relay.end());
      this.#complete();
      this.guard.allow(TRAILING_MS);
      return;
    }
    if (!this.#relay.sawContent) return;
    this.#commit();
    // A paused exchange waits for the client, not for the provider.
    if (!this.#isPaused && isProgress(this.#call.framing, frames)) this.guard.progress();
  }

  #emit(chunk: Chunk | undefined): void {
    if (chunk === undefined || chunk.length === 0) return;
    if (this.#sink === undefined) this.#hold(chunk);
    else this.#write(this.#sink, chunk);
  }

  #hold(chunk: Chunk): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (this.#heldBytes > MAX_REPLY_BYTES) this.guard.cut(tooLargeReply());
  }

  #write(sink: AnswerSink, chunk: Chunk): void {
    if (sink.write(this.#withoutOpening(chunk)) || this.#isPaused) return;
    this.#isPaused = true;
    this.guard.pause();
    sink.onDrain(this);
  }

  #withoutOpening(chunk: Chunk): Chunk {
    const { length } = this.#opening;
    if (length === 0) return chunk;
    this.#opening = '';
    return typeof chunk === 'string' ? chunk.slice(length) : chunk.subarray(length);
  }

  #complete(): void {
    this.#isOver = true;
    this.#commit();
    if (this.#sink !== undefined) this.#close(this.#sink);
  }

  /** Before the commit point the failure belongs to whoever waits for it, after it to the client's stream. */
  #fail(error: RouterError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#error = error;
    this.#reject(error);
    if (this.#sink !== undefined) this.#close(this.#sink);
  }

  #close(sink: AnswerSink): void {
    if (this.#error !== undefined && !sink.isGone) sink.write(this.#withoutOpening(this.#relay.fail(this.#error)));
    sink.end();
    this.#finish();
  }

  #beginError(status: number, headers: ReplyHeaders): void {
    this.#errorHead = { status, headers };
    this.guard.allow(ERROR_BODY_MS);
  }

  #collectError(chunk: Buffer): void {
    this.#errorBody += chunk.toString('utf8');
    if (this.#errorBody.length > MAX_ERROR_BODY_BYTES) this.guard.cut(tooLargeReply());
  }

  /** What an error answer has said so far is enough to know it by, however it breaks off. */
  #breakOff(error: RouterError): void {
    const head = error.code.startsWith('upstream.') ? this.#errorHead : undefined;
    this.#fail(head === undefined ? error : errorOf(this.#call, head, this.#errorBody));
  }
}

interface ReplyHead {
  readonly status: number;
  readonly headers: ReplyHeaders;
}

function errorOf(call: StreamedCall, { status, headers }: ReplyHead, body: string): RouterError {
  if (status < 200 || status >= 300) return call.decodeError(status, body, headers);
  return new RouterError('upstream.bad_response', {
    publicMessage: 'The provider answered a streamed request without a stream.',
    detail: `content type ${String(headers['content-type'])}: ${body.slice(0, 200)}`,
  });
}

function streamError(thrown: unknown): RouterError {
  if (!(thrown instanceof FrameTooLargeError)) return RouterError.from(thrown);
  return new RouterError('upstream.oversized', { detail: thrown.message, cause: thrown });
}
