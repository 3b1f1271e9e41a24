/** Made for one answer; the sink takes it over and may add to it. */
export type AnswerHeaders = Record<string, string>;

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
  /** Called once after each `write` that returned false, when there is room again. */
  onDrain(listener: () => void): void;
  /** The client left before the answer was whole. */
  readonly isGone: boolean;
  /** Called once when the client leaves; at once when it already has. */
  onGone(listener: () => void): void;
}

/** A sink for work that answers nobody. */
export const NOBODY: AnswerSink = {
  send: () => undefined,
  start: () => undefined,
  write: () => true,
  end: () => undefined,
  onDrain: () => undefined,
  isGone: false,
  onGone: () => undefined,
};

/** Keeps a whole answer in memory; for items of a batch, which are never streamed. */
export class CollectingSink implements AnswerSink {
  readonly #parent: AnswerSink;
  status = 0;
  body = '';

  constructor(parent: AnswerSink) {
    this.#parent = parent;
  }

  get isGone(): boolean {
    return this.#parent.isGone;
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

  onDrain(listener: () => void): void {
    listener();
  }

  onGone(listener: () => void): void {
    this.#parent.onGone(listener);
  }
}
