import type { Clock } from '../lib/clock.ts';

/** `refused`: too many are waiting already. */
export type WaitOutcome = 'ready' | 'cancelled' | 'refused';

/** Receives what to call when the one who waits has gone; may call it at once. */
export type RegisterCancel = (cancel: () => void) => void;

export interface Timers {
  start(run: () => void, delayMs: number): unknown;
  stop(timer: unknown): void;
}

export interface WaitingLineOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** How many may wait at once. */
  readonly capacity?: number;
  readonly timers?: Timers;
}

interface Waiter {
  /** Monotonic milliseconds. */
  readonly dueAt: number;
  readonly finish: (outcome: WaitOutcome) => void;
  /** Waits on behalf of others: not counted. */
  readonly isCall: boolean;
}

const DEFAULT_CAPACITY = 10_000;

/** The longest delay that a timer of Node keeps: a longer one fires at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const NODE_TIMERS: Timers = {
  start: (run, delayMs) => setTimeout(run, delayMs),
  stop: (timer) => clearTimeout(timer as NodeJS.Timeout),
};

/** Requests that wait for a known time, and calls to be made then: any number of them, one timer, none early. */
export class WaitingLine {
  readonly #clock: Pick<Clock, 'now'>;
  readonly #capacity: number;
  readonly #timers: Timers;
  /** The one who is next stands last, so that releasing moves nobody. */
  readonly #waiters: Waiter[] = [];
  #callCount = 0;
  #alarm: { readonly dueAt: number; readonly timer: unknown } | undefined;

  constructor({ clock, capacity = DEFAULT_CAPACITY, timers = NODE_TIMERS }: WaitingLineOptions) {
    this.#clock = clock;
    this.#capacity = capacity;
    this.#timers = timers;
  }

  /** How many are waiting. */
  get length(): number {
    return this.#waiters.length - this.#callCount;
  }

  /** Resolves after `waitMs` milliseconds, or earlier when cancelled; never rejects. */
  wait(waitMs: number, onCancel?: RegisterCancel): Promise<WaitOutcome> {
    if (waitMs > 0 && this.length >= this.#capacity) return Promise.resolve('refused');
    return new Promise((resolve) => {
      const waiter: Waiter = { dueAt: this.#clock.now() + waitMs, finish: resolve, isCall: false };
      if (waitMs > 0) this.#enter(waiter);
      onCancel?.(() => this.#cancel(waiter));
      if (!(waitMs > 0)) resolve('ready');
    });
  }

  /**
   * Runs `run` once, `delayMs` (more than 0) from now, with the time it is then. Takes no place in the line. The answer
   * calls it off.
   */
  callLater(delayMs: number, run: (now: number) => void): () => void {
    const dueAt = this.#clock.now() + delayMs;
    const finish = (outcome: WaitOutcome): void => {
      if (outcome === 'ready') run(this.#clock.now());
    };
    const call = { dueAt, finish, isCall: true };
    this.#enter(call);
    return () => this.#cancel(call);
  }

  #enter(waiter: Waiter): void {
    if (waiter.isCall) this.#callCount += 1;
    this.#waiters.splice(this.#placeOf(waiter.dueAt), 0, waiter);
    this.#setAlarm();
  }

  /** Harmless for one who is no longer in the line: a promise settles once. */
  #cancel(waiter: Waiter): void {
    waiter.finish('cancelled');
    // Those who are due at the same time stand together, the latest comer first.
    for (let place = this.#placeOf(waiter.dueAt); this.#waiters[place]?.dueAt === waiter.dueAt; place += 1) {
      if (this.#waiters[place] !== waiter) continue;
      this.#waiters.splice(place, 1);
      if (waiter.isCall) this.#callCount -= 1;
      break;
    }
    this.#setAlarm();
  }

  /** The first place whose waiter is due at `dueAt` or before. */
  #placeOf(dueAt: number): number {
    let low = 0;
    let high = this.#waiters.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#waiters[middle]?.dueAt ?? 0) > dueAt) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Keeps the one timer no later than the next waiter is due; a timer that comes too early does no harm. */
  #setAlarm(): void {
    const next = this.#waiters.at(-1);
    if (next !== undefined && this.#alarm !== undefined && this.#alarm.dueAt <= next.dueAt) return;
    if (this.#alarm !== undefined) this.#timers.stop(this.#alarm.timer);
    this.#alarm = next && { dueAt: next.dueAt, timer: this.#startTimer(next.dueAt) };
  }

  #startTimer(dueAt: number): unknown {
    const delayMs = Math.max(0, Math.ceil(dueAt - this.#clock.now()));
    return this.#timers.start(() => this.#release(), Math.min(delayMs, MAX_TIMER_MS));
  }

  #release(): void {
    this.#alarm = undefined;
    const now = this.#clock.now();
    while ((this.#waiters.at(-1)?.dueAt ?? Number.POSITIVE_INFINITY) <= now) this.#finishNext();
    this.#setAlarm();
  }

  #finishNext(): void {
    const next = this.#waiters.pop();
    if (next?.isCall === true) this.#callCount -= 1;
    next?.finish('ready');
  }
}
