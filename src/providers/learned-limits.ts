import type { LearnedLimit, LearnedLimitStore } from '../canonical/learned-limit.ts';
import type { Clock } from '../lib/clock.ts';

/** What one provider's keys have learned; a span instead of a time, because the two clocks have nothing in common. */
export type LearnedByKeys = Omit<LearnedLimit, 'provider' | 'resetsAt'> & {
  /** From now on, in milliseconds. */
  readonly resetMs: number;
};

export type LearnedByProvider = LearnedByKeys & { readonly provider: string };

export interface LearnedLimitsOptions {
  readonly clock: Clock;
  readonly store: LearnedLimitStore;
  /** Reading or writing failed: what is known stays in memory, and the next change tries again. */
  readonly onError: (error: unknown) => void;
}

const SAVE_EVERY_MS = 2000;

/** Of more only those that last longest are kept. */
const MAX_LIMITS = 4096;

/** Writes what providers have told behind the calls: seldom, and only what a restart must not forget. */
export class LearnedLimits {
  readonly #options: LearnedLimitsOptions;
  readonly #collect: () => readonly LearnedByProvider[];
  #timer: NodeJS.Timeout | undefined;

  /** `collect` is asked for all there is, each time it is saved. */
  constructor(options: LearnedLimitsOptions, collect: () => readonly LearnedByProvider[]) {
    this.#options = options;
    this.#collect = collect;
  }

  /** What an earlier run has learned and is not over yet. */
  load(): LearnedByProvider[] {
    const { clock, store, onError } = this.#options;
    try {
      const wallTime = clock.wallTime();
      const limits = store.load().map(({ resetsAt, ...limit }) => ({ ...limit, resetMs: resetsAt - wallTime }));
      return limits.filter(({ resetMs }) => resetMs > 0);
    } catch (thrown) {
      onError(thrown);
      return [];
    }
  }

  /** Something has changed that is worth keeping. */
  changed(): void {
    this.#timer ??= setTimeout(() => this.#save(), SAVE_EVERY_MS).unref();
  }

  close(): void {
    if (this.#timer !== undefined) this.#save();
    this.#options.store.close();
  }

  #save(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { clock, store, onError } = this.#options;
    const wallTime = clock.wallTime();
    const limits = this.#collect().map(({ resetMs, ...limit }) => ({ ...limit, resetsAt: wallTime + resetMs }));
    try {
      store.save(limits.sort((left, right) => right.resetsAt - left.resetsAt).slice(0, MAX_LIMITS));
    } catch (thrown) {
      onError(thrown);
    }
  }
}
