import type { Clock } from './clock.ts';

/** One thing with a deadline that may move. */
export interface Deadline {
  /** Monotonic milliseconds; Infinity while nothing is due. */
  expiresAt: number;
  readonly onExpire: () => void;
}

const SWEEP_MS = 25;

/**
 * Watches many moving deadlines with one interval instead of a timer each: moving one is an assignment. A deadline
 * fires at most one sweep late and never early.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #watched = new Set<Deadline>();
  #interval: NodeJS.Timeout | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  watch(deadline: Deadline): void {
    this.#watched.add(deadline);
    this.#interval ??= setInterval(() => this.#sweep(), SWEEP_MS);
  }

  forget(deadline: Deadline): void {
    this.#watched.delete(deadline);
    if (this.#watched.size === 0) this.#stop();
  }

  #sweep(): void {
    const now = this.#clock.now();
    for (const deadline of this.#watched) {
      if (deadline.expiresAt > now) continue;
      this.forget(deadline);
      deadline.onExpire();
    }
  }

  #stop(): void {
    clearInterval(this.#interval);
    this.#interval = undefined;
  }
}
