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

/** A sweep this much late means that the process stood still: it was busy, stopped, or the machine slept. */
const STALL_MS = 250;

/** How many sweeps what has come meanwhile gets to be read, and so to move its deadline. */
const GRACE_SWEEPS = 4;

/**
 * Watches many moving deadlines with one interval instead of a timer each: moving one is an assignment. A deadline
 * fires never early and at most one sweep late, or a few where the process has stood still: what others sent in that
 * time waits unread, and nobody is to be blamed for a silence that was our own.
 *
 * The watched ones stand in an array and know their places. A Set would have to hash every one of them, which at
 * thousands of calls a second cost more than choosing the model.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #watched: Deadline[] = [];
  #interval: NodeJS.Timeout | undefined;
  #sweptAt = 0;
  #graceSweeps = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  watch(deadline: Deadline): void {
    deadline.slot = this.#watched.length;
    this.#watched.push(deadline);
    if (this.#interval === undefined) this.#start();
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

  #start(): void {
    this.#sweptAt = this.#clock.now();
    this.#interval = setInterval(() => this.#sweep(), SWEEP_MS);
  }

  #sweep(): void {
    // Not stopped earlier: under load the last one goes and the next one comes many times between two sweeps.
    if (this.#watched.length === 0) this.#stop();
    const now = this.#clock.now();
    if (this.#isGraceAt(now)) return;
    this.#fireUntil(now);
  }

  /** A stall within the grace of an earlier one adds nothing: a process that is always late still keeps its deadlines. */
  #isGraceAt(now: number): boolean {
    const lateMs = now - this.#sweptAt - SWEEP_MS;
    this.#sweptAt = now;
    if (this.#graceSweeps > 0) this.#graceSweeps -= 1;
    else if (lateMs > STALL_MS) this.#graceSweeps = GRACE_SWEEPS;
    return this.#graceSweeps > 0;
  }

  /** From the end, because forgetting one puts the last into its place. */
  #fireUntil(now: number): void {
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
