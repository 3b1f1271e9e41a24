import type { RouterSnapshot } from './snapshot.ts';

export type SnapshotListener = (next: RouterSnapshot, previous: RouterSnapshot) => void;

/** Holds the one current snapshot. A swap is a single assignment; whoever has read the old one keeps it. */
export class ConfigStore {
  #current: RouterSnapshot;
  readonly #listeners = new Set<SnapshotListener>();

  constructor(initial: RouterSnapshot) {
    this.#current = initial;
  }

  get current(): RouterSnapshot {
    return this.#current;
  }

  /** Every listener is called, in the order of `onSwap`, even when one throws; what they threw comes out afterwards. */
  swap(next: RouterSnapshot): void {
    const previous = this.#current;
    this.#current = next;
    const thrown: unknown[] = [];
    for (const listener of this.#listeners) {
      try {
        listener(next, previous);
      } catch (error) {
        thrown.push(error);
      }
    }
    if (thrown.length > 0) throw new AggregateError(thrown, 'a listener failed after a change of configuration');
  }

  /** Returns the function that ends the subscription. */
  onSwap(listener: SnapshotListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
