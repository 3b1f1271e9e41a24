import type { RequestNeeds } from '../canonical/needs.ts';
import { type Clock, systemClock } from '../lib/clock.ts';
import type { RingKey } from './key-entry.ts';
import { isRefusal, type RestReason } from './key-rest.ts';
import { KeyRing } from './key-ring.ts';
import { type LearnedByProvider, LearnedLimits, type LearnedLimitsOptions } from './learned-limits.ts';
import { LimitReader } from './limit-watch.ts';
import type { ProviderInstance } from './spec.ts';
import type { ReplyHandler } from './transport.ts';

/** A model whose keys are refused; `detail` is a predicate. */
export interface KeyRefusal {
  readonly detail: string;
  readonly retryAfterMs: number;
}

const REFUSAL_DETAILS: Readonly<Partial<Record<RestReason, string>>> = {
  rejected: 'has no key that its provider accepts',
  'no-credit': 'has no key with credit left',
  forbidden: 'has no key that may use it',
};

type Providers = ReadonlyMap<string, ProviderInstance>;

/** The key rings of all providers, made on first use, and what they keep over a restart. */
export class ProviderKeys {
  readonly #rings = new Map<string, KeyRing>();
  readonly #learned: LearnedLimits | undefined;
  readonly #clock: Clock;
  #isRestored = false;

  /** `memory`: where learned limits survive a restart; undefined: nowhere. */
  constructor(memory: LearnedLimitsOptions | undefined) {
    this.#clock = memory?.clock ?? systemClock;
    this.#learned = memory && new LearnedLimits(memory, () => this.#allLearned());
  }

  ringOf(provider: ProviderInstance): KeyRing {
    const known = this.#rings.get(provider.name);
    if (known !== undefined) return known;
    const ring = new KeyRing(provider.apiKeys, () => this.#learned?.changed());
    this.#rings.set(provider.name, ring);
    return ring;
  }

  /** Milliseconds until some key of the provider may be used for the model, 0 where one may now. */
  msUntilKey({ name }: ProviderInstance, modelKey: string, needs: RequestNeeds, now: number): number {
    const ring = this.#rings.get(name);
    return ring?.isNoted === true ? ring.msUntilKey(modelKey, needs, now) : 0;
  }

  /** Why the model cannot be called with any key, where the provider takes none of them; undefined where it takes one. */
  keyRefusal({ name }: ProviderInstance, modelKey: string, now: number): KeyRefusal | undefined {
    const ring = this.#rings.get(name);
    const rest = ring?.isNoted === true ? ring.soonestRest(modelKey, now) : undefined;
    if (rest === undefined || !isRefusal(rest.reason)) return undefined;
    return { detail: REFUSAL_DETAILS[rest.reason] ?? rest.reason, retryAfterMs: rest.untilMs - now };
  }

  /** `handler`, or where the next answer is worth a look at what it says about limits, one before it that takes it. */
  watchLimits(provider: ProviderInstance, modelKey: string, key: RingKey, handler: ReplyHandler): ReplyHandler {
    const ring = this.ringOf(provider);
    if (!ring.limits.looksAtNext()) return handler;
    return new LimitReader(handler, ring.limits, this.#clock, (readings, now) => {
      ring.observe(key, modelKey, readings, now);
    });
  }

  /** Follows the configuration. The first one gets back what an earlier run has learned. */
  reconcile(providers: Providers): void {
    for (const [name, ring] of this.#rings) {
      const provider = providers.get(name);
      if (provider === undefined) this.#rings.delete(name);
      else ring.reconcile(provider.apiKeys);
    }
    if (!this.#isRestored) this.#restore(providers);
    this.#isRestored = true;
  }

  close(): void {
    this.#learned?.close();
  }

  #restore(providers: Providers): void {
    const learned = this.#learned?.load() ?? [];
    if (learned.length === 0) return;
    const now = this.#clock.now();
    for (const provider of providers.values()) {
      const own = learned.filter((limit) => limit.provider === provider.name);
      if (own.length > 0) this.ringOf(provider).restore(own, now);
    }
  }

  #allLearned(): LearnedByProvider[] {
    const now = this.#clock.now();
    return [...this.#rings].flatMap(([provider, ring]) => ring.learned(now).map((limit) => ({ provider, ...limit })));
  }
}
