import type { ServerResponse } from 'node:http';
import type { AnswerHeaders, AnswerSink } from '../gateway/answer-sink.ts';

/** Answers on the raw Node response: a web Response for each answer would cost as much as the whole pass-through. */
export class NodeSink implements AnswerSink {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get isGone(): boolean {
    return this.#response.destroyed && !this.#response.writableFinished;
  }

  get hasBegun(): boolean {
    return this.#response.headersSent;
  }

  send(status: number, headers: AnswerHeaders, body: Uint8Array | string): void {
    const length = String(typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength);
    this.#response.writeHead(status, { ...headers, 'content-length': length });
    this.#response.end(body);
  }

  start(status: number, headers: AnswerHeaders): void {
    this.#response.writeHead(status, headers);
  }

  write(chunk: Uint8Array | string): boolean {
    return this.#response.write(chunk);
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
    else this.#response.once('close', () => this.isGone && listener());
  }
}
