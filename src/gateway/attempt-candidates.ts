import type { ModelEntry, ModelKey } from '../config/snapshot.ts';
import { type FailureRule, failureRule } from '../errors/failure-rules.ts';
import { RouterError } from '../errors/router-error.ts';
import type { LimitedModel, RestingModel, RoutingDecision, RoutingState } from '../routing/decision.ts';
import type { Admission } from '../routing/limits/admission.ts';
import { exhaustedError, unhealthyError } from '../routing/no-match.ts';
import { isActive } from '../routing/skip-rules.ts';
import type { WaitingLine } from '../routing/waiting-line.ts';
import { type AttemptDependencies, attempt, type Entry } from './attempt.ts';
import type { Invocation } from './invocation.ts';
import type { OpenAnswer } from './open-upstream.ts';
import type { RetryBudget } from './retry-budget.ts';
import { retryDelayMs } from './retry-delay.ts';
import { TargetQueue } from './target-queue.ts';

export interface WalkDependencies extends AttemptDependencies {
  readonly waitingLine: WaitingLine;
  readonly retryBudget: RetryBudget;
  /** What the decision was made with. */
  readonly state: RoutingState;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** The decision among the models that may stand in for one that cannot answer. */
export type FallbacksOf = (invocation: Invocation, model: ModelEntry) => RoutingDecision;

/** How a model has failed; it may be asked again when no other one is left. */
interface Failure {
  readonly model: ModelEntry;
  readonly error: RouterError;
  /** How often it has been asked. */
  readonly tries: number;
  /** Monotonic milliseconds: from then on the time counts that the provider asks for. */
  readonly at: number;
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
  readonly #queue: TargetQueue;
  readonly #fallbacksOf: FallbacksOf;
  /** Would be candidates but for their limits, as the decision found them; fallbacks come to them on the way. */
  #limited: readonly LimitedModel[];
  #resting: readonly RestingModel[];
  /** Candidates whose place somebody else has taken since the decision. Most calls need neither this nor the failures. */
  #passedOver: ModelEntry[] | undefined;
  #failures: Map<ModelKey, Failure> | undefined;
  #lastError: RouterError | undefined;

  constructor(
    dependencies: WalkDependencies,
    invocation: Invocation,
    decision: RoutingDecision,
    fallbacksOf: FallbacksOf,
  ) {
    this.#dependencies = dependencies;
    this.#invocation = invocation;
    this.#fallbacksOf = fallbacksOf;
    this.#queue = new TargetQueue(decision.candidates);
    this.#limited = decision.limited;
    this.#resting = decision.resting;
  }

  /** Every candidate in turn, and the fallbacks of those that cannot answer. */
  async tryTargets(): Promise<OpenAnswer | undefined> {
    while (this.#mayGoOn) {
      const model = this.#queue.next() ?? this.#nextOfAbsent();
      if (model === undefined) return undefined;
      const answer = await this.#tryTarget(model);
      if (answer !== undefined) return answer;
      this.#addFallbacksOf(model);
    }
    return undefined;
  }

  /** False where time is up, or as many models have failed as the configuration allows for one request. */
  get #mayGoOn(): boolean {
    const { routing, retry } = this.#invocation.request.snapshot;
    const failed = this.#failures?.size ?? 0;
    if (failed === 0) return true;
    if (this.#dependencies.clock.now() >= this.#invocation.totalDeadline) return false;
    return failed < (routing.fallback ? retry.maxTargets : 1);
  }

  /** Fallbacks also stand in for models that cannot even be asked now. */
  #nextOfAbsent(): ModelEntry | undefined {
    for (const { model } of this.#limited) this.#addFallbacksOf(model);
    for (const { model } of this.#resting) this.#addFallbacksOf(model);
    return this.#queue.next();
  }

  #addFallbacksOf(model: ModelEntry): void {
    if (!this.#queue.takesFallbacksOf(model)) return;
    const { candidates, limited, resting } = this.#fallbacksOf(this.#invocation, model);
    this.#queue.addFallbacks(candidates);
    this.#limited = withOthers(this.#limited, limited);
    this.#resting = withOthers(this.#resting, resting);
  }

  async #tryTarget(model: ModelEntry): Promise<OpenAnswer | undefined> {
    for (let tries = 1; ; tries += 1) {
      const entry = this.#enter(model);
      if (entry === undefined) {
        if (tries === 1) this.#passOver(model);
        return undefined;
      }
      const result = await attempt(this.#dependencies, this.#invocation, model, entry);
      if (!(result instanceof RouterError)) return result;
      const failure = this.#note(model, result, tries);
      if (againOf(result) !== 'first' || !(await this.#pause(failure))) return undefined;
    }
  }

  /** Undefined where the model's limits or its health stand in the way. */
  #enter(model: ModelEntry): Entry | undefined {
    const { limits, clock } = this.#dependencies;
    this.#invocation.throwIfCancelled();
    refuseInactive(model);
    const admission = limits.admit(model, this.#invocation.request.head.needs, clock.now());
    return admission && this.#enterWith(model, admission);
  }

  #enterWith(model: ModelEntry, admission: Admission): Entry | undefined {
    const { health, clock } = this.#dependencies;
    const now = clock.now();
    const pass = health.enter(model, now);
    if (pass !== undefined) return { admission, pass };
    admission.settle({ usedTokens: undefined, refund: 'all' }, now);
    return undefined;
  }

  #passOver(model: ModelEntry): void {
    this.#passedOver ??= [];
    this.#passedOver.push(model);
  }

  #note(model: ModelEntry, error: RouterError, tries: number): Failure {
    const failure = { model, error, tries, at: this.#dependencies.clock.now() };
    this.#failures ??= new Map();
    this.#failures.set(model.key, failure);
    this.#lastError = error;
    return failure;
  }

  /** Waits before the model is asked again. False: it is not to be asked again, or there is no time left for it. */
  async #pause({ model, error, tries, at }: Failure): Promise<boolean> {
    const { clock, random, retryBudget } = this.#dependencies;
    if (tries >= model.retry.maxAttempts) return false;
    const delayMs = retryDelayMs(model.retry, error, tries, random);
    if (delayMs === undefined) return false;
    const now = clock.now();
    const leftMs = Math.max(0, at + delayMs - now);
    if (now + leftMs >= this.#invocation.totalDeadline) return false;
    return retryBudget.tryRetry(now, model.retry.budgetPercent) && (await this.#wait(leftMs));
  }

  /** False where too many are waiting already. Throws where the client leaves meanwhile. */
  async #wait(waitMs: number): Promise<boolean> {
    const outcome = await this.#dependencies.waitingLine.wait(waitMs, (cancel) => this.#invocation.onCancel(cancel));
    this.#invocation.throwIfCancelled();
    return outcome === 'ready';
  }

  /** A place at one of the models whose limits stand in the way, the soonest first. */
  async waitForPlace(): Promise<OpenAnswer | undefined> {
    const since = this.#dependencies.clock.now();
    for (const { model } of this.#limitedNow()) {
      const answer = this.#mayGoOn ? await this.#tryWithPlace(model, since) : undefined;
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  async #tryWithPlace(model: ModelEntry, since: number): Promise<OpenAnswer | undefined> {
    refuseInactive(model);
    const entry = (await this.#waitForKey(model)) ? await this.#enterWithin(model, since) : undefined;
    if (entry === undefined) return undefined;
    const result = await attempt(this.#dependencies, this.#invocation, model, entry);
    if (!(result instanceof RouterError)) return result;
    const failure = this.#note(model, result, 1);
    return againOf(result) === 'first' ? this.#askAgain(failure) : undefined;
  }

  /** Waits for `max_wait_ms` at most, counted from `since`, so that many limited models are no longer wait than one. */
  async #enterWithin(model: ModelEntry, since: number): Promise<Entry | undefined> {
    const { limits, clock } = this.#dependencies;
    const invocation = this.#invocation;
    const maxWaitMs = model.rateLimit?.maxWaitMs ?? model.provider.rateLimit?.maxWaitMs ?? 0;
    const until = Math.min(invocation.totalDeadline, since + maxWaitMs);
    const admission = await limits.admitWithin(model, invocation.request.head.needs, {
      withinMs: Math.max(0, until - clock.now()),
      onCancel: (cancel) => invocation.onCancel(cancel),
    });
    invocation.throwIfCancelled();
    return admission && this.#enterWith(model, admission);
  }

  /** Until the provider takes a key again, as far as it has told. False where that is too long. */
  async #waitForKey(model: ModelEntry): Promise<boolean> {
    const { connections, clock } = this.#dependencies;
    const { request, totalDeadline } = this.#invocation;
    const now = clock.now();
    const waitMs = connections.keys.msUntilKey(model.provider, model.key, request.head.needs, now);
    if (waitMs <= 0) return true;
    return waitMs <= model.retry.retryAfterCapMs && now + waitMs < totalDeadline && (await this.#wait(waitMs));
  }

  /** Those whose limits stand in the way at this moment, the soonest first; who has had his turn is not among them. */
  #limitedNow(): LimitedModel[] {
    const { state, clock } = this.#dependencies;
    const { needs } = this.#invocation.request.head;
    const now = clock.now();
    const passedOver = (this.#passedOver ?? []).filter((model) => state.restOf(model, now) === undefined);
    return [...this.#limited.map(({ model }) => model), ...passedOver]
      .filter(({ key }) => this.#failures?.has(key) !== true)
      .map((model) => ({ model, retryAfterMs: state.msUntilAdmitted(model, needs, now) }))
      .sort((left, right) => left.retryAfterMs - right.retryAfterMs);
  }

  /** Those that failed and only need time, the one whose time comes soonest first. */
  async tryAgain(): Promise<OpenAnswer | undefined> {
    const patient = [...(this.#failures?.values() ?? [])].filter(({ error }) => againOf(error) === 'last');
    for (const failure of patient.sort((left, right) => dueAt(left) - dueAt(right))) {
      const answer = await this.#askAgain(failure);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }

  async #askAgain(first: Failure): Promise<OpenAnswer | undefined> {
    const { model } = first;
    let failure = first;
    while (againOf(failure.error) !== 'never' && (await this.#pause(failure))) {
      const entry = this.#enter(model);
      if (entry === undefined) return undefined;
      const result = await attempt(this.#dependencies, this.#invocation, model, entry);
      if (!(result instanceof RouterError)) return result;
      failure = this.#note(model, result, failure.tries + 1);
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
    const { state, clock } = this.#dependencies;
    const now = clock.now();
    const onTrial = (this.#passedOver ?? []).flatMap((model) => {
      const rest = state.restOf(model, now);
      return rest === undefined ? [] : [{ model, ...rest }];
    });
    return [...this.#resting, ...onTrial];
  }
}

/** A caller may ask to see models that are switched off, but not to call them. */
function refuseInactive(model: ModelEntry): void {
  if (!isActive(model)) throw new RouterError('model.inactive');
}

function withOthers<Absent extends LimitedModel>(
  known: readonly Absent[],
  others: readonly Absent[],
): readonly Absent[] {
  const keys = new Set(known.map(({ model }) => model.key));
  return [...known, ...others.filter(({ model }) => !keys.has(model.key))];
}

function dueAt({ error, at }: Failure): number {
  return at + (error.retryAfterMs ?? 0);
}

/** A provider that names a time is left alone until then: others come first. */
function againOf(error: RouterError): FailureRule['again'] {
  const { again } = failureRule(error.code);
  return again === 'first' && (error.retryAfterMs ?? 0) > 0 ? 'last' : again;
}
