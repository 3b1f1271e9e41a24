const OPEN = 0;
const SHUT = 1;
const CANCELLED = 2;

/**
 * Stands between a generation and its reader, in memory that both threads share: a thread that is busy generating
 * does not read messages. A shut gate stops the generation at its next token.
 */
export class GenerationGate {
  readonly buffer: SharedArrayBuffer;
  readonly #state: Int32Array;

  constructor(buffer = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.buffer = buffer;
    this.#state = new Int32Array(buffer);
  }

  shut(): void {
    Atomics.compareExchange(this.#state, 0, OPEN, SHUT);
  }

  open(): void {
    Atomics.compareExchange(this.#state, 0, SHUT, OPEN);
    Atomics.notify(this.#state, 0);
  }

  /** For good. */
  cancel(): void {
    Atomics.store(this.#state, 0, CANCELLED);
    Atomics.notify(this.#state, 0);
  }

  get isCancelled(): boolean {
    return Atomics.load(this.#state, 0) === CANCELLED;
  }

  /** Blocks the thread while the gate is shut: only for the thread that generates. */
  pass(): void {
    Atomics.wait(this.#state, 0, SHUT);
  }
}
