import type { RouterSnapshot } from './snapshot.ts';

/** How much of what serves now a new file no longer has. */
export type Loss = 'none' | 'some' | 'most';

function countMissing(current: ReadonlyMap<string, unknown>, next: ReadonlyMap<string, unknown>): number {
  let count = 0;
  for (const key of current.keys()) if (!next.has(key)) count += 1;
  return count;
}

/** `most`: more than half of the models or of the providers. Embedded defaults are meant to be replaced: no loss. */
export function measureLoss(current: RouterSnapshot, next: RouterSnapshot): Loss {
  if (current.file === undefined) return 'none';
  const models = countMissing(current.models, next.models);
  const providers = countMissing(current.providers, next.providers);
  if (models * 2 > current.models.size || providers * 2 > current.providers.size) return 'most';
  return models + providers > 0 ? 'some' : 'none';
}
