import type { ModelEntry, ModelKey } from '../config/snapshot.ts';

/**
 * The models that one request may still be tried at: the candidates in order, behind each one its fallbacks. Models are
 * known by their keys, because those that the file does not list are made anew each time they are named.
 */
export class TargetQueue {
  #models: readonly ModelEntry[];
  #place = 0;
  /** Whose fallbacks are in the queue, and which those are. */
  #followed: Set<ModelKey> | undefined;

  constructor(candidates: readonly ModelEntry[]) {
    this.#models = candidates;
  }

  next(): ModelEntry | undefined {
    const model = this.#models[this.#place];
    if (model !== undefined) this.#place += 1;
    return model;
  }

  /** The fallbacks of `model` are still to be added, where it has any; asking for them counts as adding them. */
  takesFallbacksOf(model: ModelEntry): boolean {
    if (model.fallbacks.length === 0 || this.#followed?.has(model.key) === true) return false;
    this.#followed ??= new Set();
    this.#followed.add(model.key);
    return true;
  }

  /**
   * Puts what stands in for a model before everybody else, but for those that had their turn. What stands in for a
   * stand-in comes in nobody's place: the file names one chain for each model, not a tree.
   */
  addFallbacks(fallbacks: readonly ModelEntry[]): void {
    const past = this.#models.slice(0, this.#place);
    const known = new Set(past.map(({ key }) => key));
    const added = fallbacks.filter(({ key }) => !known.has(key) && known.add(key));
    for (const { key } of added) this.#followed?.add(key);
    const rest = this.#models.slice(this.#place).filter(({ key }) => !known.has(key));
    this.#models = [...past, ...added, ...rest];
  }
}
