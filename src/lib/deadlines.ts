import type { Clock } from './clock.ts';

/** One thing with a deadline that may move. */
export interface Deadline {
  /** Monotonic milliseconds; Infinity while nothing is due. */
  expiresAt: number;
  /** Its place among the watched ones; -1 while nobody watches it. Belongs to `Deadlines`. */
  slot: number;
  readonly onExpire: () => void;
}

const SWEEP_MS = 25;

/**
 * Watches many moving deadlines with one interval instead of a timer each: moving one is an assignment. A deadline
 * fires at most one sweep late and never early.
 *
 * The watched ones stand in an array and know their places. A Set would have to hash every one of them, which at
 * thousands of calls a second cost more than choosing the model.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #watched: Deadline[] = [];
  #interval: NodeJS.Timeout | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  watch(deadline: Deadline): void {
    deadline.slot = this.#watched.length;
    this.#watched.push(deadline);
    this.#interval ??= setInterval(() => this.#sweep(), SWEEP_MS);
  }

  /** Harmless for one that is not watched. */
  forget(deadline: Deadline): void {
    const { slot } = deadline;
    if (slot === -1) return;
    deadline.slot = -1;
    const last = this.#watched.pop();
    if (last !== undefined && last !== deadline) {
      last.slot = slot;
      this.#watched[slot] = last;
    }
  }

  /** From the end, because forgetting one puts the last into its place. */
  #sweep(): void {
    // Not stopped earlier: under load the last one goes and the next one comes many times between two sweeps.
    if (this.#watched.length === 0) this.#stop();
    const now = this.#clock.now();
    for (let slot = this.#watched.length - 1; slot >= 0; slot -= 1) {
      const deadline = this.#watched[slot];
      if (deadline === undefined || deadline.expiresAt > now) continue;
      this.forget(deadline);
      deadline.onExpire();
    }
  }

  #stop(): void {
    clearInterval(this.#interval);
    this.#interval = undefined;
  }
}
