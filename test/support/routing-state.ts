import { systemClock } from '../../src/lib/clock.ts';
import { ProviderConnections } from '../../src/providers/connections.ts';
import type { RoutingState } from '../../src/routing/decision.ts';
import { ModelLimits } from '../../src/routing/model-limits.ts';
import { liveState } from '../../src/routing/routing-state.ts';
import { TargetHealth } from '../../src/routing/target-health.ts';
import { WaitingLine } from '../../src/routing/waiting-line.ts';

/** Limits on the process's own clock; who passes `now` to their methods needs no other. */
export function makeLimits(): ModelLimits {
  return new ModelLimits({ clock: systemClock, waitingLine: new WaitingLine({ clock: systemClock }) });
}

/** Everybody is well; only limits may stand in the way. */
export function limitedState(limits: ModelLimits): RoutingState {
  return liveState(new TargetHealth(), limits, new ProviderConnections().keys);
}
