/** Length of the window, in slices of a second. */
const SLICES = 10;
const SLICE_MS = 1000;

/** A quiet router may try again all the same: a share of next to nothing would be nothing. */
const ALWAYS_ALLOWED = 10;

/**
 * Keeps repeated attempts a share of the requests of the last ten seconds, so that a provider in trouble is not
 * buried under the retries of everybody at once. All times are monotonic milliseconds.
 */
export class RetryBudget {
  readonly #requests = new Float64Array(SLICES);
  readonly #retries = new Float64Array(SLICES);
  #slice = 0;

  countRequest(now: number): void {
    addOne(this.#requests, this.#turn(now));
  }

  /** Takes one retry, where no more than `percent` of the requests would have become retries. */
  tryRetry(now: number, percent: number): boolean {
    const place = this.#turn(now);
    const allowed = Math.max(percent > 0 ? ALWAYS_ALLOWED : 0, (sum(this.#requests) * percent) / 100);
    if (sum(this.#retries) + 1 > allowed) return false;
    addOne(this.#retries, place);
    return true;
  }

  /** The place of the slice that `now` is in; what is older than the window is forgotten on the way. */
  #turn(now: number): number {
    const slice = Math.floor(now / SLICE_MS);
    const passed = Math.min(SLICES, slice - this.#slice);
    for (let step = 1; step <= passed; step += 1) {
      const place = (this.#slice + step) % SLICES;
      this.#requests[place] = 0;
      this.#retries[place] = 0;
    }
    if (passed > 0) this.#slice = slice;
    return this.#slice % SLICES;
  }
}

function sum(values: Float64Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

function addOne(values: Float64Array, place: number): void {
  values[place] = (values[place] ?? 0) + 1;
}
