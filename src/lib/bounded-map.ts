export interface BoundedMapOptions<Value> {
  /** Most entries; beyond it the oldest one goes. */
  readonly maxEntries: number;
  /** Most size of all entries together, in the unit of `sizeOf`. */
  readonly maxSize: number;
  /** How long an entry is kept, in milliseconds of `now`. */
  readonly ttlMs: number;
  readonly now: () => number;
  readonly sizeOf: (value: Value) => number;
}

interface Entry<Value> {
  readonly value: Value;
  readonly size: number;
  readonly expiresAt: number;
}

/** A map that forgets: by age, by number and by size, the oldest first. */
export class BoundedMap<Value> {
  readonly #options: BoundedMapOptions<Value>;
  readonly #entries = new Map<string, Entry<Value>>();
  #size = 0;

  constructor(options: BoundedMapOptions<Value>) {
    this.#options = options;
  }

  get count(): number {
    return this.#entries.size;
  }

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    if (entry.expiresAt > this.#options.now()) return entry.value;
    this.#remove(key);
    return undefined;
  }

  set(key: string, value: Value): void {
    const { now, ttlMs, sizeOf, maxSize } = this.#options;
    this.#remove(key);
    const size = sizeOf(value);
    if (size > maxSize) return;
    this.#entries.set(key, { value, size, expiresAt: now() + ttlMs });
    this.#size += size;
    this.#shrink();
  }

  #shrink(): void {
    const { maxEntries, maxSize } = this.#options;
    for (const key of this.#entries.keys()) {
      if (this.#entries.size <= maxEntries && this.#size <= maxSize) return;
      this.#remove(key);
    }
  }

  #remove(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    this.#entries.delete(key);
    this.#size -= entry.size;
  }
}
