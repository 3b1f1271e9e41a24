import type { ServerResponse } from 'node:http';
import { RouterError } from '../errors/router-error.ts';
import type {
  AnswerHeaders,
  AnswerSink,
  DrainListener,
  GoneListener,
  HalfCloseListener,
} from '../gateway/answer-sink.ts';

/**
 * Answers on the raw Node response: a web Response for each answer would cost as much as the whole pass-through.
 * `stallMs`: a client that has not taken a byte of what waits for it in this time is cut off, at the latest after twice
 * of it.
 */
export class NodeSink implements AnswerSink {
  readonly #response: ServerResponse;
  readonly #stallMs: number;
  #goneListeners: GoneListener[] | undefined;
  #halfClose: HalfCloseListener | undefined;
  #drain: DrainListener | undefined;
  #isWatched = false;
  isBehind = false;

  constructor(response: ServerResponse, stallMs: number) {
    this.#response = response;
    this.#stallMs = stallMs;
  }

  get isGone(): boolean {
    return this.#response.destroyed && !this.#response.writableFinished;
  }

  /** HTTP status of the answer, as far as one has begun. */
  get status(): number {
    return this.#response.statusCode;
  }

  get hasBegun(): boolean {
    return this.#response.headersSent;
  }

  /** Nothing more of the answer is to come. */
  get isDone(): boolean {
    return this.#response.writableFinished || this.#response.destroyed;
  }

  send(status: number, headers: AnswerHeaders, body: Uint8Array | string): void {
    if (this.isGone) return;
    if (this.hasBegun) {
      // Too late for another head. A connection that breaks is honest, one that stays open for ever is not.
      this.#response.destroy();
      return;
    }
    headers['content-length'] = String(typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength);
    this.#response.writeHead(status, headers);
    this.#response.end(body);
    if (this.#response.writableLength > 0) this.#watchReader();
  }

  start(status: number, headers: AnswerHeaders): void {
    // A client may leave between two chunks; what matters of it is told by `close`.
    this.#response.on('error', () => undefined);
    this.#response.writeHead(status, headers);
  }

  /** What is written to a client that has left is done with at once. */
  write(chunk: Uint8Array | string): boolean {
    if (this.#response.destroyed || this.#response.write(chunk)) return true;
    if (this.isBehind) return false;
    this.isBehind = true;
    this.#watchReader();
    this.#response.once('drain', () => this.#onDrain());
    return false;
  }

  end(): void {
    this.#response.end();
    if (this.#response.writableLength > 0) this.#watchReader();
  }

  onDrain(listener: DrainListener): void {
    this.#drain = listener;
  }

  onHalfClosed(listener: HalfCloseListener): void {
    this.#halfClose = listener;
  }

  /**
   * The client has closed its half of the connection. Whether it still reads shows when something is written: an interim
   * response before the answer, or what the answer itself has for such a case. Clients pass over a few interim responses;
   * those that do not (Python's http.client takes a 102 for the answer) do not close one half only. A client of HTTP/1.0
   * knows none (RFC 9110 §15.2); it is taken to have left.
   */
  onClientEnd(): void {
    if (this.isGone || this.#response.writableEnded) return;
    if (this.hasBegun) this.#halfClose?.onHalfClosed();
    else if (this.#response.req.httpVersionMinor === 0) this.#response.destroy();
    else this.#response.writeProcessing();
  }

  /** `close` on the response, not on the request: the latter fires as soon as the body has been read. */
  onGone(listener: GoneListener): void {
    if (this.isGone) listener(new RouterError('client.closed'));
    else if (this.#goneListeners !== undefined) this.#goneListeners.push(listener);
    else this.#listenForClose(listener);
  }

  /** Tells the client that the connection ends with this answer, where the head has not gone out. */
  closeAfterAnswer(): void {
    if (!this.hasBegun) this.#response.shouldKeepAlive = false;
  }

  /** Has the answer end now, with `reason`. False where nobody is at work on one. */
  cut(reason: RouterError): boolean {
    if (this.#goneListeners === undefined || this.#response.writableFinished) return false;
    for (const listener of this.#goneListeners) listener(reason);
    return true;
  }

  /** The connection is over. Node says so only to the answer whose turn it was. */
  onConnectionClosed(): void {
    if (this.isDone) return;
    this.#response.destroy();
    this.#onClose();
  }

  #onDrain(): void {
    this.isBehind = false;
    this.#response.setTimeout(0);
    const listener = this.#drain;
    this.#drain = undefined;
    listener?.onDrain();
  }

  /** Node's own clock of a socket goes on as long as the system takes any byte of what is to be written. */
  #watchReader(): void {
    if (!this.#isWatched) {
      this.#response.on('timeout', () => this.#onStall());
      // Before Node's own listener hands the socket to the next answer, with its clock.
      this.#response.prependOnceListener('finish', () => this.#response.setTimeout(0));
    }
    this.#isWatched = true;
    this.#response.setTimeout(this.#stallMs);
  }

  #onStall(): void {
    this.cut(new RouterError('client.stalled'));
    this.#response.destroy();
  }

  /** One listener on the response, however many items of a batch want to know. */
  #listenForClose(first: GoneListener): void {
    this.#goneListeners = [first];
    this.#response.once('close', () => this.#onClose());
  }

  /** The connection may hold this sink for a while yet, which must not hold the whole call. */
  #onClose(): void {
    if (this.isGone) this.cut(new RouterError('client.closed'));
    this.#goneListeners = undefined;
    this.#halfClose = undefined;
    this.#drain = undefined;
  }
}
