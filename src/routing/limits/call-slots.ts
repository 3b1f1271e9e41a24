/** How long a call is thought to take before the first one has ended. */
const FIRST_GUESS_MS = 1000;

/** Weight of the latest call in the mean. */
const LATEST_WEIGHT = 0.2;

/** Counts calls under way, also where there is no limit to them now, because a reload may bring one. */
export class CallSlots {
  max: number | undefined;
  #inUse = 0;
  #meanMs: number | undefined;

  constructor(max: number | undefined) {
    this.max = max;
  }

  get inUse(): number {
    return this.#inUse;
  }

  get hasRoom(): boolean {
    return this.max === undefined || this.#inUse < this.max;
  }

  enter(): void {
    this.#inUse += 1;
  }

  /** `heldMs` is undefined for a call that never began: it says nothing about the others. */
  leave(heldMs: number | undefined): void {
    this.#inUse -= 1;
    if (heldMs === undefined) return;
    this.#meanMs = this.#meanMs === undefined ? heldMs : this.#meanMs + (heldMs - this.#meanMs) * LATEST_WEIGHT;
  }

  /**
   * An estimate, from how long calls have taken lately, of when there is room for one more behind `ahead` others. In
   * whole milliseconds; 0 only where there is room now.
   */
  msUntilRoom(ahead: number): number {
    if (this.max === undefined) return 0;
    const endings = this.#inUse + ahead + 1 - this.max;
    if (endings <= 0) return 0;
    return Math.max(1, Math.ceil((endings * (this.#meanMs ?? FIRST_GUESS_MS)) / this.max));
  }
}
