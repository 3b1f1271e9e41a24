import type { ModelEntry } from '../config/snapshot.ts';

/** Models that may stand in for one that cannot answer, best first. */
export type FallbacksOf = (model: ModelEntry) => readonly ModelEntry[];

/** The models that one request may still be tried at: the candidates in order, behind each one its fallbacks. */
export class TargetQueue {
  #models: readonly ModelEntry[];
  readonly #fallbacksOf: FallbacksOf;
  #place = 0;
  #added: Set<ModelEntry> | undefined;

  constructor(candidates: readonly ModelEntry[], fallbacksOf: FallbacksOf) {
    this.#models = candidates;
    this.#fallbacksOf = fallbacksOf;
  }

  get hasMore(): boolean {
    return this.#place < this.#models.length;
  }

  next(): ModelEntry | undefined {
    const model = this.#models[this.#place];
    if (model !== undefined) this.#place += 1;
    return model;
  }

  /**
   * Puts what stands in for `model` before everybody else. What stands in for a stand-in comes in nobody's place: the
   * file names one chain for each model, not a tree.
   */
  addFallbacksOf(model: ModelEntry): void {
    if (model.fallbacks.length === 0 || this.#added?.has(model) === true) return;
    const past = new Set(this.#models.slice(0, this.#place));
    const fallbacks = this.#fallbacksOf(model).filter((fallback) => !past.has(fallback));
    const added = new Set(fallbacks);
    const rest = this.#models.slice(this.#place).filter((other) => !added.has(other));
    this.#added ??= new Set();
    for (const fallback of fallbacks) this.#added.add(fallback);
    this.#models = [...past, ...fallbacks, ...rest];
  }
}
