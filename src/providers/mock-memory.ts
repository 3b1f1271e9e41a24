/** What the mock remembers of one script of one model. */
export interface MockTally {
  /** Calls before this one. */
  calls: number;
  /** Monotonic milliseconds. */
  windowStartedAt: number;
  /** Calls let in since then. */
  windowCalls: number;
}

/** Names come with the requests, so there may be any number of them. */
const MAX_TALLIES = 1000;

/** Counts calls by name for scripts that change from call to call. Beyond a thousand names the oldest one starts anew. */
export class MockMemory {
  readonly #tallies = new Map<string, MockTally>();

  tallyOf(name: string): MockTally {
    const known = this.#tallies.get(name);
    if (known !== undefined) return known;
    if (this.#tallies.size >= MAX_TALLIES) this.#forgetOldest();
    const tally = { calls: 0, windowStartedAt: Number.NEGATIVE_INFINITY, windowCalls: 0 };
    this.#tallies.set(name, tally);
    return tally;
  }

  get size(): number {
    return this.#tallies.size;
  }

  #forgetOldest(): void {
    for (const name of this.#tallies.keys()) {
      this.#tallies.delete(name);
      return;
    }
  }
}
