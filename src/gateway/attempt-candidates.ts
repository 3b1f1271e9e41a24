import type { ModelEntry } from '../config/snapshot.ts';
import { RouterError } from '../errors/router-error.ts';
import type { Clock } from '../lib/clock.ts';
import type { AttemptRecord } from '../monitor/invocation-record.ts';
import type { RoutingDecision } from '../routing/decision.ts';
import type { ModelLimits } from '../routing/model-limits.ts';
import { exhaustedError } from '../routing/no-match.ts';
import type { WaitingLine } from '../routing/waiting-line.ts';
import type { Invocation } from './invocation.ts';
import { type OpenAnswer, openUpstream, type UpstreamDependencies } from './open-upstream.ts';

export interface AttemptDependencies extends UpstreamDependencies {
  readonly limits: ModelLimits;
  readonly waitingLine: WaitingLine;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * Walks the decision in order until a model answers. Each try costs one token of its model; a model without one is
 * passed over. A failure moves on only where another model may help and nothing has reached the client. The last
 * target may be asked again, and where nothing but an empty bucket stands in the way, the request waits for it.
 */
export async function attemptCandidates(
  dependencies: AttemptDependencies,
  invocation: Invocation,
  decision: RoutingDecision,
): Promise<OpenAnswer> {
  const { snapshot } = invocation.request;
  const targets = decision.candidates.slice(0, snapshot.retry.maxTargets);
  let last: RouterError | undefined;
  let failed: ModelEntry | undefined;
  for (const model of targets) {
    if (!dependencies.limits.take(model, dependencies.clock.now())) continue;
    try {
      return await attempt(dependencies, invocation, model);
    } catch (thrown) {
      last = RouterError.from(thrown);
      failed = model;
      if (!last.failover || !snapshot.routing.fallback) throw last;
    }
  }
  if (last === undefined || failed === undefined) return waitForToken(dependencies, invocation, decision);
  return retryTarget(dependencies, invocation, failed, last);
}

/** One try of one model, noted for the record whatever comes of it. */
function attempt(dependencies: AttemptDependencies, invocation: Invocation, model: ModelEntry): Promise<OpenAnswer> {
  const { clock } = dependencies;
  invocation.throwIfCancelled();
  invocation.model = model;
  // A caller may ask to see models that are switched off, but not to call them.
  if (!model.isActive || !model.provider.isActive) throw new RouterError('model.inactive');
  const startedAt = clock.now();
  return openUpstream(dependencies, invocation, model).then(
    (answer) => {
      const now = clock.now();
      invocation.firstTokenAt = now;
      invocation.attempts.push({ model: model.key, outcome: 'ok', durationMs: now - startedAt });
      return answer;
    },
    (thrown: unknown) => {
      const error = RouterError.from(thrown);
      invocation.attempts.push(failedAttempt(model, error, clock.now() - startedAt));
      throw error;
    },
  );
}

function failedAttempt(model: ModelEntry, error: RouterError, durationMs: number): AttemptRecord {
  const outcome = error.code === 'client.closed' ? 'cancelled' : 'failed';
  const upstreamStatus = error.upstreamStatus === undefined ? {} : { upstreamStatus: error.upstreamStatus };
  return { model: model.key, outcome, errorCode: error.code, durationMs, ...upstreamStatus };
}

/** No other model is left: the same one again, while its failure may pass by itself. */
async function retryTarget(
  dependencies: AttemptDependencies,
  invocation: Invocation,
  model: ModelEntry,
  firstError: RouterError,
): Promise<OpenAnswer> {
  const { clock, limits, waitingLine, random } = dependencies;
  let last = firstError;
  for (let tries = 1; tries < model.retry.maxAttempts; tries += 1) {
    const delayMs = retryDelayMs(model, last, tries, random);
    if (delayMs === undefined || clock.now() + delayMs >= invocation.totalDeadline) throw last;
    const outcome = await waitingLine.wait(delayMs, (cancel) => invocation.onCancel(cancel));
    invocation.throwIfCancelled();
    if (outcome !== 'ready' || !limits.take(model, clock.now())) throw last;
    try {
      return await attempt(dependencies, invocation, model);
    } catch (thrown) {
      last = RouterError.from(thrown);
      if (!last.failover) throw last;
    }
  }
  throw last;
}

/** A wrong key or an unknown model does not get better by asking again. */
const PASSING = new Set(['upstream.failed', 'upstream.unreachable', 'upstream.overloaded', 'upstream.truncated']);

/** Full jitter under a doubling ceiling, never earlier than the provider asks for; undefined: do not retry. */
function retryDelayMs(model: ModelEntry, error: RouterError, tries: number, random: () => number): number | undefined {
  const { baseDelayMs, maxDelayMs, retryAfterCapMs } = model.retry;
  const isLimited = error.code === 'upstream.rate_limited' && error.retryAfterMs !== undefined;
  if (!isLimited && !PASSING.has(error.code)) return undefined;
  const askedMs = error.retryAfterMs ?? 0;
  if (askedMs > retryAfterCapMs) return undefined;
  const ceilingMs = Math.min(maxDelayMs, baseDelayMs * 2 ** tries);
  return askedMs + random() * ceilingMs;
}

/** Every candidate's bucket is empty: wait for the one that is there soonest, or say when to come back. */
async function waitForToken(
  dependencies: AttemptDependencies,
  invocation: Invocation,
  decision: RoutingDecision,
): Promise<OpenAnswer> {
  const { limits, waitingLine, clock } = dependencies;
  const now = clock.now();
  const drained = decision.candidates.map((model) => ({ model, retryAfterMs: limits.msUntilToken(model, now) }));
  const limited = [...decision.limited, ...drained].sort((left, right) => left.retryAfterMs - right.retryAfterMs);
  for (const { model } of limited) {
    const reservation = limits.reserve(model, now, invocation.totalDeadline - now);
    if (reservation === undefined) continue;
    const outcome = await waitingLine.wait(reservation.waitMs, (cancel) => invocation.onCancel(cancel));
    if (outcome !== 'ready') {
      reservation.giveBack(clock.now());
      invocation.throwIfCancelled();
      break;
    }
    return attempt(dependencies, invocation, model);
  }
  throw exhaustedError(limited);
}
