import type { RouterError } from '../errors/router-error.ts';

/** Made for one answer; the sink takes it over and may add to it. */
export type AnswerHeaders = Record<string, string>;

/** Waits for a reader that is behind. */
export interface DrainListener {
  /** There is room again. */
  onDrain(): void;
}

/** Told when a client has closed its half of the connection: it has left, or only has nothing more to say. */
export interface HalfCloseListener {
  /** Whatever is written now shows which: one that has left refuses it. */
  onHalfClosed(): void;
}

/**
 * `client.closed`: the client has left. `client.stalled`: it takes nothing of what waits for it. `server.draining`: it is
 * there, and is to be told. The first reason counts.
 */
export type GoneListener = (reason: RouterError) => void;

/**
 * Where one answer goes: a Node response, or memory for an item of a batch. Either `send` once, or `start`, any
 * number of `write`, and `end`.
 */
export interface AnswerSink {
  /** Head and whole body. */
  send(status: number, headers: AnswerHeaders, body: Uint8Array | string): void;
  start(status: number, headers: AnswerHeaders): void;
  /** False when the reader is behind: write no more before `onDrain`. */
  write(chunk: Uint8Array | string): boolean;
  end(): void;
  /** To be called after each `write` that returned false. */
  onDrain(listener: DrainListener): void;
  /** The head has gone out. */
  readonly hasBegun: boolean;
  /** A `write` has returned false, and there is no room yet. */
  readonly isBehind: boolean;
  /** For answers that can write something at any time once they have begun. */
  onHalfClosed(listener: HalfCloseListener): void;
  /** The client left before the answer was whole. */
  readonly isGone: boolean;
  /** Called when the answer cannot go on, with the reason; at once when the client has left already. */
  onGone(listener: GoneListener): void;
}

/** A sink for work that answers nobody. */
export const NOBODY: AnswerSink = {
  send: () => undefined,
  start: () => undefined,
  write: () => true,
  end: () => undefined,
  onDrain: () => undefined,
  hasBegun: false,
  isBehind: false,
  onHalfClosed: () => undefined,
  isGone: false,
  onGone: () => undefined,
};

/** Keeps a whole answer in memory; for items of a batch, which are never streamed. */
export class CollectingSink implements AnswerSink {
  readonly #parent: AnswerSink;
  readonly isBehind = false;
  status = 0;
  body = '';

  constructor(parent: AnswerSink) {
    this.#parent = parent;
  }

  get isGone(): boolean {
    return this.#parent.isGone;
  }

  get hasBegun(): boolean {
    return this.status !== 0;
  }

  send(status: number, _headers: AnswerHeaders, body: Uint8Array | string): void {
    this.status = status;
    this.body = typeof body === 'string' ? body : Buffer.from(body).toString('utf8');
  }

  start(status: number): void {
    this.status = status;
  }

  write(chunk: Uint8Array | string): boolean {
    this.body += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    return true;
  }

  end(): void {}

  /** Memory has room at once. */
  onDrain(listener: DrainListener): void {
    listener.onDrain();
  }

  onHalfClosed(): void {}

  onGone(listener: GoneListener): void {
    this.#parent.onGone(listener);
  }
}
