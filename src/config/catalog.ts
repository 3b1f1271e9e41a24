import type { ModelKey, RouterSnapshot } from './snapshot.ts';

/**
 * Integer ids of providers and models, as the API shows them and the records keep them. An id belongs to a name for
 * ever: it survives restarts and the name's absence from the file, and is never given to another one.
 */
export interface Catalog {
  /** Gives an id to every provider and model of `snapshot` that has none yet. Call it before the snapshot serves. */
  register(snapshot: RouterSnapshot): void;
  /** Undefined for a provider that was never registered, or could not be. */
  providerId(name: string): number | undefined;
  /** Undefined for a model that was never registered, or could not be. */
  modelId(key: ModelKey): number | undefined;
}
