import type { ModelEntry } from '../config/snapshot.ts';
import type { MeaningfulLoss, SelectionContext } from './decision.ts';
import type { NeedReporter } from './serve-needs.ts';

/**
 * The models that get everything of the request that matters. Where there is none, those that lose something and may
 * serve all the same.
 */
export function faithfulModels(
  models: readonly ModelEntry[],
  lossOf: NonNullable<SelectionContext['lossOf']>,
  report: NeedReporter | undefined,
): readonly ModelEntry[] {
  const losses = new Map<ModelEntry, MeaningfulLoss>();
  for (const model of models) {
    const loss = lossOf(model);
    if (loss !== undefined) losses.set(model, loss);
  }
  if (losses.size === 0) return models;
  const hasFaithful = losses.size < models.length;
  return models.filter((model) => {
    const loss = losses.get(model);
    if (loss === undefined || (!hasFaithful && loss.isTolerated)) return true;
    report?.(model, hasFaithful && loss.isTolerated ? `${loss.detail}, while others do not` : loss.detail);
    return false;
  });
}
