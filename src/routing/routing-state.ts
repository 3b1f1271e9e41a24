import type { RequestNeeds } from '../canonical/needs.ts';
import type { ModelKey } from '../config/snapshot.ts';
import type { ProviderInstance } from '../providers/spec.ts';
import type { RoutingState } from './decision.ts';
import type { ModelLimits } from './model-limits.ts';
import type { Rest, TargetHealth } from './target-health.ts';

/** Nobody rests and nothing is used up: for questions about the configuration alone. */
export const IDLE_STATE: RoutingState = { restOf: () => undefined, msUntilAdmitted: () => 0 };

/** What is known of a provider's keys. */
export interface KeyStates {
  /** Undefined: at least one key has not been refused. */
  keyRefusal(provider: ProviderInstance, modelKey: ModelKey, now: number): Rest | undefined;
  /** Milliseconds until a key may be used for such a request, as far as the provider has told its limits. */
  msUntilKey(provider: ProviderInstance, modelKey: ModelKey, needs: RequestNeeds, now: number): number;
}

/** The state that calls run into. */
export function liveState(health: TargetHealth, limits: ModelLimits, keys: KeyStates): RoutingState {
  return {
    restOf: (model, now) => health.restOf(model, now) ?? keys.keyRefusal(model.provider, model.key, now),
    msUntilAdmitted: (model, needs, now) => {
      const ownMs = limits.msUntilAdmitted(model, needs, now);
      const keyMs = keys.msUntilKey(model.provider, model.key, needs, now);
      return ownMs > keyMs ? ownMs : keyMs;
    },
  };
}
