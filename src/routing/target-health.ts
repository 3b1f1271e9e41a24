import type { ModelEntry, ModelKey, RouterSnapshot } from '../config/snapshot.ts';
import type { ErrorCode } from '../errors/codes.ts';
import type { RouterError } from '../errors/router-error.ts';
import { anyModel } from './any-model.ts';
import {
  type AttemptOutcome,
  type BreakerPass,
  type BreakerState,
  CircuitBreaker,
  FIRST_PASS,
} from './circuit-breaker.ts';

/** A model that must not be asked now. */
export interface Rest {
  /** As a predicate: `failed 5 times in a row`. */
  readonly detail: string;
  /** Until it may be asked again, in milliseconds. */
  readonly retryAfterMs: number;
}

/** For people who look at a running router. */
export interface TargetState {
  readonly model: ModelKey;
  /** Undefined: its breaker is switched off. */
  readonly breaker: BreakerState | undefined;
  readonly failuresInRow: number;
  /** In the breaker's window, which begins with the first failure. */
  readonly calls: number;
  readonly failures: number;
  /** Undefined: it may be asked. */
  readonly rest: Rest | undefined;
  readonly lastError: LastError | undefined;
}

interface LastError {
  readonly code: ErrorCode;
  /** HTTP status of the provider, where it gave one. */
  readonly upstreamStatus: number | undefined;
  /** Milliseconds since then. */
  readonly agoMs: number;
}

/** A model about which something is known. */
interface Target {
  /** As in the configuration in force. */
  model: ModelEntry;
  breaker: CircuitBreaker | undefined;
  lastError: RouterError | undefined;
  lastErrorAt: number;
}

/** Most models that are known though the file does not list them. */
const MAX_UNLISTED = 1000;

/**
 * What is known of the health of each model. All times are monotonic milliseconds. Models that never failed are not
 * known, so there are never more than the configuration lists, and a thousand of those that it does not list.
 */
export class TargetHealth {
  readonly #targets = new Map<ModelKey, Target>();
  #snapshot: RouterSnapshot | undefined;

  /** Undefined: it may be asked. Changes nothing. */
  restOf(model: ModelEntry, now: number): Rest | undefined {
    const breaker = this.#find(model)?.breaker;
    return breaker && restOf(breaker, now);
  }

  /** Lets an attempt in; undefined while the model rests or others try it. One `leave` follows each pass. */
  enter(model: ModelEntry, now: number): BreakerPass | undefined {
    const breaker = this.#find(model)?.breaker;
    return breaker === undefined ? FIRST_PASS : breaker.enter(now, model.timeouts.totalMs);
  }

  /** The answer has begun: a model on trial has passed. */
  commit(model: ModelEntry, pass: BreakerPass): void {
    this.#find(model)?.breaker?.commit(pass);
  }

  /** The attempt is over. */
  leave(model: ModelEntry, pass: BreakerPass, outcome: AttemptOutcome, now: number, error?: RouterError): void {
    const isWorthKnowing = outcome === 'failure' || error?.failover === true;
    const target = isWorthKnowing ? this.#findOrAdd(model) : this.#find(model);
    if (target === undefined) return;
    target.breaker?.leave(pass, outcome, now);
    if (!isWorthKnowing || error === undefined) return;
    target.lastError = error;
    target.lastErrorAt = now;
  }

  /** The models that rest, for those who look whether one of them is well again. */
  resting(now: number): readonly ModelEntry[] {
    const models: ModelEntry[] = [];
    for (const { model, breaker } of this.#targets.values()) if (breaker?.state(now) === 'open') models.push(model);
    return models;
  }

  /** Something says that the model may be well: the next call tries it, however long it was to rest. */
  endRest(model: ModelEntry, now: number): void {
    this.#find(model)?.breaker?.endCooldown(now);
  }

  /** Follows a reload: models whose provider and name there stay the same keep their state, others are forgotten. */
  reconcile(snapshot: RouterSnapshot): void {
    this.#snapshot = snapshot;
    for (const [key, target] of this.#targets) {
      const current = currentModel(snapshot, target.model);
      if (current === undefined) this.#targets.delete(key);
      else follow(target, current);
    }
  }

  states(now: number): TargetState[] {
    return Array.from(this.#targets.values(), (target) => stateOf(target, now));
  }

  /** Undefined where nothing is known, or where what is known is about another target of that name. */
  #find(model: ModelEntry): Target | undefined {
    if (this.#targets.size === 0) return undefined;
    const target = this.#targets.get(model.key);
    return target !== undefined && isSameTarget(target.model, model) ? target : undefined;
  }

  /** Undefined for a target that the configuration in force does not have any more. */
  #findOrAdd(model: ModelEntry): Target | undefined {
    const known = this.#find(model);
    if (known !== undefined) return known;
    const current = this.#snapshot === undefined ? model : currentModel(this.#snapshot, model);
    if (current === undefined) return undefined;
    this.#makeRoom();
    const breaker = current.breaker && new CircuitBreaker(current.breaker);
    const target: Target = { model: current, breaker, lastError: undefined, lastErrorAt: 0 };
    this.#targets.set(model.key, target);
    return target;
  }

  /** Listed models always have room; of the others the oldest goes, one that is well before one that rests. */
  #makeRoom(): void {
    const listed = this.#snapshot?.models;
    if (this.#targets.size < (listed?.size ?? 0) + MAX_UNLISTED) return;
    let oldest: ModelKey | undefined;
    for (const [key, { breaker }] of this.#targets) {
      if (listed?.has(key) === true) continue;
      oldest ??= key;
      if (breaker?.isClosed === false) continue;
      oldest = key;
      break;
    }
    if (oldest !== undefined) this.#targets.delete(oldest);
  }
}

/** The model as the configuration in force has it; undefined where it has none of that name at the same place. */
function currentModel(snapshot: RouterSnapshot, model: ModelEntry): ModelEntry | undefined {
  const provider = snapshot.providers.get(model.provider.name);
  const unlisted = provider?.anyModel === true ? anyModel(snapshot, provider, model.name) : undefined;
  const current = snapshot.models.get(model.key) ?? unlisted;
  return current !== undefined && isSameTarget(current, model) ? current : undefined;
}

function isSameTarget(left: ModelEntry, right: ModelEntry): boolean {
  if (left === right) return true;
  return left.upstreamName === right.upstreamName && left.provider.fingerprint === right.provider.fingerprint;
}

function follow(target: Target, current: ModelEntry): void {
  target.model = current;
  if (current.breaker === undefined) target.breaker = undefined;
  else if (target.breaker === undefined) target.breaker = new CircuitBreaker(current.breaker);
  else target.breaker.follow(current.breaker);
}

function restOf(breaker: CircuitBreaker, now: number): Rest | undefined {
  const retryAfterMs = breaker.msUntilEntry(now);
  return retryAfterMs === 0 ? undefined : { detail: breaker.reason, retryAfterMs };
}

function stateOf({ model, breaker, lastError, lastErrorAt }: Target, now: number): TargetState {
  return {
    model: model.key,
    breaker: breaker?.state(now),
    failuresInRow: breaker?.failuresInRow ?? 0,
    calls: breaker?.callsInWindow(now) ?? 0,
    failures: breaker?.failuresInWindow(now) ?? 0,
    rest: breaker && restOf(breaker, now),
    lastError: lastError && {
      code: lastError.code,
      upstreamStatus: lastError.upstreamStatus,
      agoMs: now - lastErrorAt,
    },
  };
}
