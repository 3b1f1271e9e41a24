import type { ModelEntry } from '../config/snapshot.ts';
import { type FailureRule, failureRule } from '../errors/failure-rules.ts';
import { RouterError } from '../errors/router-error.ts';
import type { LimitedModel, RestingModel, RoutingDecision } from '../routing/decision.ts';
import type { Admission } from '../routing/limits/admission.ts';
import { exhaustedError, unhealthyError } from '../routing/no-match.ts';
import type { WaitingLine } from '../routing/waiting-line.ts';
import { type AttemptDependencies, attempt, type Entry } from './attempt.ts';
import type { Invocation } from './invocation.ts';
import type { OpenAnswer } from './open-upstream.ts';
import type { RetryBudget } from './retry-budget.ts';
import { retryDelayMs } from './retry-delay.ts';
import { type FallbacksOf, TargetQueue } from './target-queue.ts';

export interface WalkDependencies extends AttemptDependencies {
  readonly waitingLine: WaitingLine;
  readonly retryBudget: RetryBudget;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** How a model has failed; it may be asked again when no other one is left. */
interface Failure {
  readonly error: RouterError;
  /** How often it has been asked. */
  readonly tries: number;
}

/**
 * Walks the decision until a model answers, before anything has reached the client: the same model again where that
 * can help at once, then what stands in for it, then the next candidate. Where all of them fail, it waits for a place
 * at a model whose limits stood in the way, and then asks those again that only need time. One deadline covers it all.
 */
export async function attemptCandidates(
  dependencies: WalkDependencies,
  invocation: Invocation,
  decision: RoutingDecision,
  fallbacksOf: FallbacksOf,
): Promise<OpenAnswer> {
  const walk = new Walk(dependencies, invocation, decision, fallbacksOf);
  dependencies.retryBudget.countRequest(dependencies.clock.now());
  return (await walk.tryTargets()) ?? (await walk.waitForPlace()) ?? (await walk.tryAgain()) ?? walk.giveUp();
}

class Walk {
  readonly #dependencies: WalkDependencies;
  readonly #invocation: Invocation;
  readonly #decision: RoutingDecision;
  readonly #queue: TargetQueue;
  /** Candidates whose place somebody else has taken since the decision. */
  readonly #passedOver: ModelEntry[] = [];
  readonly #failures = new Map<ModelEntry, Failure>();
  #lastError: RouterError | undefined;

  constructor(
    dependencies: WalkDependencies,
    invocation: Invocation,
    decision: RoutingDecision,
    fallbacksOf: FallbacksOf,
  ) {
    this.#dependencies = dependencies;
    this.#invocation = invocation;
    this.#decision = decision;
    this.#queue = new TargetQueue(decision.candidates, fallbacksOf);
  }

  /** Every candidate in turn, and the fallbacks of those that cannot answer. */
  async tryTargets(): Promise<OpenAnswer | undefined> {
    while (this.#mayGoOn) {
      const model = this.#queue.next() ?? this.#nextOfAbsent();
      if (model === undefined) return undefined;
      const answer = await this.#tryTarget(model);
      if (answer !== undefined) return answer;
      this.#queue.addFallbacksOf(model);
    }
    return undefined;
  }

  /** False where as many models have failed as the configuration allows for one request. */
  get #mayGoOn(): boolean {
    const { routing, retry } = this.#invocation.request.snapshot;
    return this.#failures.size < (routing.fallback ? retry.maxTargets : 1);
  }

  /** Fallbacks also stand in for models that cannot even be asked now. */
  #nextOfAbsent(): ModelEntry | undefined {
    const { limited, resting } = this.#decision;
    for (const { model } of limited) this.#queue.addFallbacksOf(model);
    for (const { model } of resting) this.#queue.addFallbacksOf(model);
    return this.#queue.next();
  }

  async #tryTarget(model: ModelEntry): Promise<OpenAnswer | undefined> {
    for (let tries = 1; ; tries += 1) {
      const entry = this.#enter(model);
      if (entry === undefined) {
        if (tries === 1) this.#passedOver.push(model);
        return undefined;
      }
      const result = await this.#attempt(model, entry);
      if (!(result instanceof RouterError)) return result;
      this.#note(model, result, tries);
      if (againOf(result) !== 'first' || !(await this.#pause(model, result, tries))) return undefined;
    }
  }

  /** Undefined where the model's limits or its health stand in the way. */
  #enter(model: ModelEntry): Entry | undefined {
    const { limits, clock } = this.#dependencies;
    this.#invocation.throwIfCancelled();
    // A caller may ask to see models that are switched off, but not to call them.
    if (!model.isActive || !model.provider.isActive) throw new RouterError('model.inactive');
    const admission = limits.admit(model, this.#invocation.request.head.needs, clock.now());
    return admission && this.#enterWith(model, admission);
  }

  #enterWith(model: ModelEntry, admission: Admission): Entry | undefined {
    const { health, clock } = this.#dependencies;
    const now = clock.now();
    const pass = health.enter(model, now);
    if (pass !== undefined) return { admission, pass };
    admission.settle({ usedTokens: 0, refund: 'all' }, now);
    return undefined;
  }

  #attempt(model: ModelEntry, entry: Entry): Promise<OpenAnswer | RouterError> {
    return attempt(this.#dependencies, this.#invocation, model, entry);
  }

  #note(model: ModelEntry, error: RouterError, tries: number): void {
    this.#failures.set(model, { error, tries });
    this.#lastError = error;
  }

  /** Waits before the model is asked again. False: it is not to be asked again, or there is no time left for it. */
  async #pause(model: ModelEntry, error: RouterError, tries: number): Promise<boolean> {
    const { clock, random, retryBudget, waitingLine } = this.#dependencies;
    const invocation = this.#invocation;
    if (tries >= model.retry.maxAttempts) return false;
    const delayMs = retryDelayMs(model.retry, error, tries, random);
    const now = clock.now();
    if (delayMs === undefined || now + delayMs >= invocation.totalDeadline) return false;
    if (!retryBudget.tryRetry(now, model.retry.budgetPercent)) return false;
    const outcome = await waitingLine.wait(delayMs, (cancel) => invocation.onCancel(cancel));
    invocation.throwIfCancelled();
    return outcome === 'ready';
  }

  /** A place at one of the models whose limits stand in the way, the soonest first. */
  async waitForPlace(): Promise<OpenAnswer | undefined> {
    const { limits, clock } = this.#dependencies;
    const invocation = this.#invocation;
    for (const { model } of this.#limitedNow()) {
      if (!this.#mayGoOn) return undefined;
      if (!(await this.#waitForKey(model))) continue;
      const admission = await limits.admitWithin(model, invocation.request.head.needs, {
        withinMs: invocation.totalDeadline - clock.now(),
        onCancel: (cancel) => invocation.onCancel(cancel),
      });
      if (admission === undefined) {
        invocation.throwIfCancelled();
        continue;
      }
      const entry = this.#enterWith(model, admission);
      if (entry === undefined) continue;
      const result = await this.#attempt(model, entry);
      if (!(result instanceof RouterError)) return result;
      this.#note(model, result, 1);
    }
    return undefined;
  }

  /** Until the provider takes a key again, as far as it has told. False where that is too long. */
  async #waitForKey(model: ModelEntry): Promise<boolean> {
    const { connections, clock, waitingLine } = this.#dependencies;
    const invocation = this.#invocation;
    const now = clock.now();
    const waitMs = connections.keys.msUntilKey(model.provider, model.key, invocation.request.head.needs, now);
    if (waitMs <= 0) return true;
    if (waitMs > model.retry.retryAfterCapMs || now + waitMs >= invocation.totalDeadline) return false;
    const outcome = await waitingLine.wait(waitMs, (cancel) => invocation.onCancel(cancel));
    invocation.throwIfCancelled();
    return outcome === 'ready';
  }

  #limitedNow(): LimitedModel[] {
    const { limits, health, clock } = this.#dependencies;
    const { needs } = this.#invocation.request.head;
    const now = clock.now();
    const drained = this.#passedOver
      .filter((model) => health.restOf(model, now) === undefined)
      .map((model) => ({ model, retryAfterMs: limits.msUntilAdmitted(model, needs, now) }));
    return [...this.#decision.limited, ...drained].sort((left, right) => left.retryAfterMs - right.retryAfterMs);
  }

  /** Those that failed and only need time, the one that asks for the least of it first. */
  async tryAgain(): Promise<OpenAnswer | undefined> {
    const patient = [...this.#failures].filter(([, { error }]) => againOf(error) === 'last');
    for (const [model, failure] of patient.sort(([, left], [, right]) => askedMs(left) - askedMs(right))) {
      const answer = await this.#askAgain(model, failure);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  async #askAgain(model: ModelEntry, failure: Failure): Promise<OpenAnswer | undefined> {
    let { error, tries } = failure;
    while (againOf(error) !== 'never' && (await this.#pause(model, error, tries))) {
      const entry = this.#enter(model);
      if (entry === undefined) return undefined;
      const result = await this.#attempt(model, entry);
      if (!(result instanceof RouterError)) return result;
      error = result;
      tries += 1;
      this.#note(model, error, tries);
    }
    return undefined;
  }

  /** What is told when nobody has answered: the last failure, or why nobody could be asked at all. */
  giveUp(): never {
    if (this.#lastError !== undefined) throw this.#lastError;
    const limited = this.#limitedNow();
    throw limited.length > 0 ? exhaustedError(limited) : unhealthyError(this.#restingNow());
  }

  #restingNow(): readonly RestingModel[] {
    const { health, clock } = this.#dependencies;
    const now = clock.now();
    const onTrial = this.#passedOver.flatMap((model) => {
      const rest = health.restOf(model, now);
      return rest === undefined ? [] : [{ model, ...rest }];
    });
    return [...this.#decision.resting, ...onTrial];
  }
}

function askedMs({ error }: Failure): number {
  return error.retryAfterMs ?? 0;
}

/** A provider that names a time is left alone until then: others come first. */
function againOf(error: RouterError): FailureRule['again'] {
  const { again } = failureRule(error.code);
  return again === 'first' && error.retryAfterMs !== undefined ? 'last' : again;
}
