/** More would cost memory for every model, fewer would make the window jump. */
const BUCKETS = 10;

/**
 * Counts calls and failures of the last `windowMs` in a fixed number of buckets, so that its size does not depend on
 * the traffic. The oldest bucket goes as a whole: the window is up to a tenth shorter than it says, never longer. A
 * clock that goes back counts into the newest bucket.
 */
export class FailureWindow {
  readonly windowMs: number;
  readonly #calls: number[] = Array.from({ length: BUCKETS }, () => 0);
  readonly #failures: number[] = Array.from({ length: BUCKETS }, () => 0);
  #totalCalls = 0;
  #totalFailures = 0;
  /** Counts spans of a bucket's length since time zero. */
  #newest = Number.NEGATIVE_INFINITY;

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  add(isFailure: boolean, now: number): void {
    this.#advance(now);
    const place = placeOf(this.#newest);
    this.#calls[place] = (this.#calls[place] ?? 0) + 1;
    this.#totalCalls += 1;
    if (!isFailure) return;
    this.#failures[place] = (this.#failures[place] ?? 0) + 1;
    this.#totalFailures += 1;
  }

  calls(now: number): number {
    this.#advance(now);
    return this.#totalCalls;
  }

  failures(now: number): number {
    this.#advance(now);
    return this.#totalFailures;
  }

  clear(): void {
    this.#calls.fill(0);
    this.#failures.fill(0);
    this.#totalCalls = 0;
    this.#totalFailures = 0;
  }

  #advance(now: number): void {
    const span = Math.floor((now / this.windowMs) * BUCKETS);
    if (!(span > this.#newest)) return;
    const passed = Math.min(span - this.#newest, BUCKETS);
    for (let step = 0; step < passed; step += 1) this.#empty(placeOf(span - step));
    this.#newest = span;
  }

  #empty(place: number): void {
    this.#totalCalls -= this.#calls[place] ?? 0;
    this.#totalFailures -= this.#failures[place] ?? 0;
    this.#calls[place] = 0;
    this.#failures[place] = 0;
  }
}

function placeOf(span: number): number {
  return ((span % BUCKETS) + BUCKETS) % BUCKETS;
}
