import type { RequestNeeds } from '../canonical/needs.ts';
import type { ModelEntry, ModelKey, RouterSnapshot } from '../config/snapshot.ts';
import type { Clock } from '../lib/clock.ts';
import type { ProviderInstance } from '../providers/spec.ts';
import { Account } from './limits/account.ts';
import { type Admission, UNLIMITED } from './limits/admission.ts';
import { Gate, type Waiter } from './limits/gate.ts';
import type { PoolLevel } from './limits/limit-pool.ts';
import { reservedTokens } from './limits/reserved-tokens.ts';
import type { RegisterCancel, WaitingLine } from './waiting-line.ts';

export interface WaitOptions {
  /** How long the request has left, in milliseconds. */
  readonly withinMs: number;
  readonly onCancel: RegisterCancel;
}

/** How much of its limits is left of one model, or of one provider over all its models. */
export interface LimitLevel extends PoolLevel {
  readonly provider: string;
  /** Undefined: all models of the provider together. */
  readonly model: ModelKey | undefined;
  /** Requests that wait for their turn. */
  readonly waiting: number;
}

export interface ModelLimitsOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly waitingLine: WaitingLine;
}

/**
 * The limits of all models and of their providers: requests, tokens and calls under way. What a request may come to
 * use is taken before it goes out and settled when it has ended. All times are monotonic milliseconds. Counters are made
 * on first use; there are never more of them than the configuration in force has limits.
 */
export class ModelLimits {
  readonly #accounts = new Map<string, Account>();
  /** The ways to models with limits of their own. */
  readonly #gates = new Map<ModelKey, Gate>();
  readonly #clock: Pick<Clock, 'now'>;
  readonly #waitingLine: WaitingLine;
  #current: RouterSnapshot | undefined;
  #arrivals = 0;

  constructor({ clock, waitingLine }: ModelLimitsOptions) {
    this.#clock = clock;
    this.#waitingLine = waitingLine;
  }

  /** One synchronous step; undefined where a limit stands in the way, or somebody who came before. That costs nothing. */
  admit(model: ModelEntry, needs: RequestNeeds, now: number): Admission | undefined {
    if (isUnlimited(model)) return UNLIMITED;
    const gate = this.#gateOf(model, now);
    return gate.account.admit(gate, tokensOf(model, needs), now);
  }

  /**
   * Waits for a place, for `max_wait_ms` at most. Undefined where there is none in time, where too many wait already,
   * or where the client has left.
   */
  async admitWithin(model: ModelEntry, needs: RequestNeeds, options: WaitOptions): Promise<Admission | undefined> {
    if (isUnlimited(model)) return UNLIMITED;
    const now = this.#clock.now();
    const gate = this.#gateOf(model, now);
    const tokens = tokensOf(model, needs);
    const admission = gate.account.admit(gate, tokens, now);
    const patienceMs = Math.min(options.withinMs, maxWaitMs(model));
    if (admission !== undefined || !(patienceMs > 0)) return admission;
    if (gate.account.msUntilRefilled(gate, tokens, now) > patienceMs) return undefined;
    this.#arrivals += 1;
    const waiter: Waiter = { gate, tokens, arrival: this.#arrivals, admission: undefined, wake: undefined };
    gate.account.enter(waiter, now);
    return this.#waitForTurn(waiter, patienceMs, options.onCancel);
  }

  /**
   * Whole milliseconds until a request with such needs would be let in, 0 where it would be now: exact for what time
   * brings back, an estimate where calls have to end first. Changes nothing.
   */
  msUntilAdmitted(model: ModelEntry, needs: RequestNeeds, now: number): number {
    if (isUnlimited(model)) return 0;
    const account = this.#accounts.get(model.provider.name);
    if (account === undefined) return 0;
    return account.msUntilRoom(this.#gates.get(model.key) ?? account.common, tokensOf(model, needs), now);
  }

  /**
   * Follows a reload: unchanged limits keep their level, changed ones the fraction that is full, calls under way stay
   * counted, and limits that are gone are forgotten.
   */
  reconcile(snapshot: RouterSnapshot, now: number): void {
    this.#current = snapshot;
    for (const [key, gate] of this.#gates) {
      const limits = snapshot.models.get(key)?.rateLimit;
      gate.follow(limits, now);
      if (limits === undefined) this.#gates.delete(key);
    }
    for (const [name, account] of this.#accounts) {
      account.follow(snapshot.providers.get(name)?.rateLimit, now);
      account.letIn(now);
      if (!snapshot.providers.has(name)) this.#accounts.delete(name);
    }
  }

  /** Of all limits that have been used. */
  levels(now: number): LimitLevel[] {
    const levels: LimitLevel[] = [];
    for (const { name, pool, requests: waiting } of this.#accounts.values()) {
      if (pool !== undefined) levels.push({ provider: name, model: undefined, waiting, ...pool.level(now) });
    }
    for (const [model, { account, pool, requests: waiting }] of this.#gates) {
      if (pool !== undefined) levels.push({ provider: account.name, model, waiting, ...pool.level(now) });
    }
    return levels;
  }

  async #waitForTurn(waiter: Waiter, patienceMs: number, onCancel: RegisterCancel): Promise<Admission | undefined> {
    const { account } = waiter.gate;
    await this.#waitingLine.wait(patienceMs, (cancel) => {
      waiter.wake = cancel;
      onCancel(() => {
        account.leave(waiter, this.#clock.now());
        cancel();
      });
    });
    account.leave(waiter, this.#clock.now());
    return waiter.admission;
  }

  /** By the limits in force: a request that began before a reload must not bring the old ones back. */
  #gateOf(model: ModelEntry, now: number): Gate {
    const known = this.#gates.get(model.key);
    if (known !== undefined) return known;
    const account = this.#accountOf(model.provider, now);
    const limits = this.#current === undefined ? model.rateLimit : this.#current.models.get(model.key)?.rateLimit;
    if (limits === undefined) return account.common;
    const gate = new Gate(account);
    gate.follow(limits, now);
    this.#gates.set(model.key, gate);
    return gate;
  }

  #accountOf(provider: ProviderInstance, now: number): Account {
    const known = this.#accounts.get(provider.name);
    if (known !== undefined) return known;
    const inForce = this.#current === undefined ? provider : this.#current.providers.get(provider.name);
    const account = new Account(provider.name, this.#waitingLine);
    account.follow(inForce?.rateLimit, now);
    this.#accounts.set(provider.name, account);
    return account;
  }
}

function isUnlimited({ rateLimit, provider }: ModelEntry): boolean {
  return rateLimit === undefined && provider.rateLimit === undefined;
}

/** What a request may come to use, where anybody counts it. */
function tokensOf(model: ModelEntry, needs: RequestNeeds): number {
  const isCounted = model.rateLimit?.maxTokens !== undefined || model.provider.rateLimit?.maxTokens !== undefined;
  return isCounted ? reservedTokens(model, needs) : 0;
}

/** That of the model counts before that of its provider. */
function maxWaitMs({ rateLimit, provider }: ModelEntry): number {
  return (rateLimit ?? provider.rateLimit)?.maxWaitMs ?? 0;
}
