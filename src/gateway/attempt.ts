import { totalTokens } from '../canonical/usage.ts';
import type { ModelEntry } from '../config/snapshot.ts';
import { failureRule } from '../errors/failure-rules.ts';
import { RouterError } from '../errors/router-error.ts';
import type { Clock } from '../lib/clock.ts';
import type { AttemptRecord } from '../monitor/invocation-record.ts';
import type { AttemptOutcome, BreakerPass } from '../routing/circuit-breaker.ts';
import type { Admission } from '../routing/limits/admission.ts';
import type { ModelLimits } from '../routing/model-limits.ts';
import type { TargetHealth } from '../routing/target-health.ts';
import type { Invocation } from './invocation.ts';
import { type OpenAnswer, openUpstream, type UpstreamDependencies } from './open-upstream.ts';

export interface AttemptDependencies extends UpstreamDependencies {
  readonly limits: ModelLimits;
  readonly health: TargetHealth;
  readonly clock: Clock;
}

/** What an attempt has been let in with: both halves are handed back at its end. */
export interface Entry {
  readonly admission: Admission;
  readonly pass: BreakerPass;
}

/**
 * One try of one model that its limits and its health have let in; noted for the record whatever comes of it. The
 * answer, or the error where something else may still help; throws where nothing can.
 */
export async function attempt(
  dependencies: AttemptDependencies,
  invocation: Invocation,
  model: ModelEntry,
  entry: Entry,
): Promise<OpenAnswer | RouterError> {
  const { clock, health } = dependencies;
  const startedAt = clock.now();
  invocation.model = model;
  invocation.wasSent = false;
  try {
    const answer = await openUpstream(dependencies, invocation, model);
    const now = clock.now();
    invocation.firstTokenAt = now;
    invocation.attempts.push({ model: model.key, outcome: 'ok', durationMs: now - startedAt });
    invocation.entry = entry;
    health.commit(model, entry.pass);
    return answer;
  } catch (thrown) {
    const error = RouterError.from(thrown);
    const now = clock.now();
    const rule = failureRule(error.code);
    invocation.attempts.push(failedAttempt(model, error, now - startedAt));
    entry.admission.settle({ usedTokens: undefined, refund: invocation.wasSent ? rule.refund : 'all' }, now);
    // Whoever had less time left than it is granted has not failed.
    const hadTime = now < invocation.totalDeadline || now - startedAt >= model.timeouts.firstTokenMs;
    health.leave(model, entry.pass, rule.isStrike && hadTime ? 'failure' : 'neutral', now, error);
    if (error.failover) return error;
    throw error;
  }
}

function failedAttempt(model: ModelEntry, error: RouterError, durationMs: number): AttemptRecord {
  const outcome = error.code === 'client.closed' ? 'cancelled' : 'failed';
  const upstreamStatus = error.upstreamStatus === undefined ? {} : { upstreamStatus: error.upstreamStatus };
  return { model: model.key, outcome, errorCode: error.code, durationMs, ...upstreamStatus };
}

/** At the end of a call that was answered: what it has used and how it ended, for the limits and the model's health. */
export function settleAttempt({ clock, health }: AttemptDependencies, invocation: Invocation): void {
  const { entry, model, usage, error } = invocation;
  if (entry === undefined || model === undefined) return;
  const now = clock.now();
  entry.admission.settle({ usedTokens: usage && totalTokens(usage), refund: 'none' }, now);
  health.leave(model, entry.pass, outcomeOf(error, now >= invocation.totalDeadline), now, error);
}

/** An answer that is merely longer than the whole request may take is not the model's failure. */
function outcomeOf(error: RouterError | undefined, isOutOfTime: boolean): AttemptOutcome {
  if (error === undefined) return 'success';
  return failureRule(error.code).isStrike && !isOutOfTime ? 'failure' : 'neutral';
}
