import type { ModelEntry, RouterSnapshot } from '../config/snapshot.ts';
import { RouterError } from '../errors/router-error.ts';
import type { TrafficGroup } from '../monitor/traffic.ts';
import type { RouteQuery, RoutingDecision, SelectionContext } from '../routing/decision.ts';
import { noMatchError } from '../routing/no-match.ts';
import { decide, decideFallbacks } from '../routing/router-engine.ts';
import { IDLE_STATE } from '../routing/routing-state.ts';
import { needsOf, permissionOf, queryOf } from './drill-question.ts';

/** How many models a reason names. */
const MAX_NAMES = 3;

/** Who would get the calls of a group. */
export type DrillDecision = { readonly model: ModelEntry } | { readonly reason: string };

/** Providers by name, and models as `provider/model`. */
export type Killed = ReadonlySet<string>;

/**
 * Decides a recorded question anew, with the engine that decides for calls. What is killed rests, as if its breaker
 * were open; limits count as free.
 */
export function decideAgain(snapshot: RouterSnapshot, group: TrafficGroup, killed: Killed): DrillDecision {
  try {
    const query = queryOf(snapshot, group);
    const context = contextOf(snapshot, group, killed);
    return choose(snapshot, query, context);
  } catch (thrown) {
    if (!(thrown instanceof RouterError)) throw thrown;
    return { reason: thrown.publicMessage };
  }
}

export function isKilled(model: ModelEntry, killed: Killed): boolean {
  return killed.has(model.provider.name) || killed.has(model.key);
}

function choose(snapshot: RouterSnapshot, query: RouteQuery, context: SelectionContext): DrillDecision {
  const decision = decide(snapshot, query, context);
  const model = firstOf(decision, (absent) => decideFallbacks(snapshot, absent, query, context).candidates);
  if (model !== undefined) return { model };
  const { resting } = decision;
  if (resting.length === 0) throw noMatchError(snapshot, query, context);
  const names = resting.slice(0, MAX_NAMES).map((rest) => rest.model.key);
  const more = resting.length > names.length ? ' and others' : '';
  return { reason: `Every model that matches is taken out: ${names.join(', ')}${more}.` };
}

/** Candidates first, then what stands in for those that rest: the order of a real call. */
function firstOf(
  { candidates, resting }: RoutingDecision,
  fallbacksOf: (model: ModelEntry) => readonly ModelEntry[],
): ModelEntry | undefined {
  const [first] = candidates;
  if (first !== undefined) return first;
  return resting.flatMap(({ model }) => fallbacksOf(model))[0];
}

function contextOf(snapshot: RouterSnapshot, group: TrafficGroup, killed: Killed): SelectionContext {
  const restOf = (model: ModelEntry) =>
    isKilled(model, killed)
      ? { detail: 'is taken out by the drill', retryAfterMs: Number.POSITIVE_INFINITY }
      : undefined;
  return {
    needs: needsOf(group),
    permits: permissionOf(snapshot, group),
    state: { ...IDLE_STATE, restOf },
    now: 0,
  };
}
