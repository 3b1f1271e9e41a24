import type { ServerResponse } from 'node:http';
import type { AnswerHeaders, AnswerSink } from '../gateway/answer-sink.ts';

/** Answers on the raw Node response: a web Response for each answer would cost as much as the whole pass-through. */
export class NodeSink implements AnswerSink {
  readonly #response: ServerResponse;
  #goneListeners: (() => void)[] | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
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
  }

  start(status: number, headers: AnswerHeaders): void {
    // A client may leave between two chunks; what matters of it is told by `close`.
    this.#response.on('error', () => undefined);
    this.#response.writeHead(status, headers);
  }

  /** What is written to a client that has left is done with at once. */
  write(chunk: Uint8Array | string): boolean {
    return this.#response.destroyed || this.#response.write(chunk);
  }

  end(): void {
    this.#response.end();
  }

  onDrain(listener: () => void): void {
    this.#response.once('drain', listener);
  }

  /** `close` on the response, not on the request: the latter fires as soon as the body has been read. */
  onGone(listener: () => void): void {
    if (this.isGone) listener();
    else if (this.#goneListeners !== undefined) this.#goneListeners.push(listener);
    else this.#listenForClose(listener);
  }

  /** One listener on the response, however many items of a batch want to know. */
  #listenForClose(first: () => void): void {
    const listeners = [first];
    this.#goneListeners = listeners;
    this.#response.once('close', () => {
      if (this.isGone) for (const listener of listeners) listener();
    });
  }
}
