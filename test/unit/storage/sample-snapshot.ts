import type { RouterSnapshot } from '../../../src/config/snapshot.ts';
import { makeSnapshot } from '../../support/make-snapshot.ts';

export interface SampleProviders {
  readonly [provider: string]: { readonly type: string; readonly models: readonly string[] };
}

/** A snapshot with these providers and models and nothing else of interest. `loadedAt` in milliseconds. */
export function sampleSnapshot(content: SampleProviders, loadedAt = 1): RouterSnapshot {
  const entries = Object.entries(content);
  const providers = entries.map(([name, { type }]) => ({ name, type }));
  const models = entries.flatMap(([provider, entry]) => entry.models.map((name) => ({ name, provider })));
  return { ...makeSnapshot({ providers, models }), loadedAt };
}
