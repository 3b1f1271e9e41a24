import type { Timers } from '../../src/routing/waiting-line.ts';

/** A clock that a test moves from one timer to the next; everybody who is woken runs before time goes on. */
export class SteppedTime {
  current = 0;
  readonly #timers = new Map<number, { readonly run: () => void; readonly dueAt: number }>();
  #started = 0;

  readonly clock = { now: () => this.current };

  readonly timers: Timers = {
    start: (run, delayMs) => {
      this.#started += 1;
      this.#timers.set(this.#started, { run, dueAt: this.current + delayMs });
      return this.#started;
    },
    stop: (timer) => {
      this.#timers.delete(timer as number);
    },
  };

  get pending(): number {
    return this.#timers.size;
  }

  /** When the next timer runs. */
  get nextDueAt(): number | undefined {
    return this.#nextUntil(Number.POSITIVE_INFINITY)?.[1].dueAt;
  }

  async advance(ms: number): Promise<void> {
    const end = this.current + ms;
    await settled();
    for (let next = this.#nextUntil(end); next !== undefined; next = this.#nextUntil(end)) {
      const [id, { run, dueAt }] = next;
      this.#timers.delete(id);
      this.current = Math.max(this.current, dueAt);
      run();
      await settled();
    }
    this.current = end;
    await settled();
  }

  #nextUntil(end: number): [number, { readonly run: () => void; readonly dueAt: number }] | undefined {
    return [...this.#timers]
      .filter(([, { dueAt }]) => dueAt <= end)
      .sort((one, other) => one[1].dueAt - other[1].dueAt)[0];
  }
}

/** All that is ready to run has run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
