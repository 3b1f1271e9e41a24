import type { ModelEntry, ModelKey, RouterSnapshot } from '../config/snapshot.ts';
import type { RoutingState } from './decision.ts';
import { TokenBucket } from './token-bucket.ts';

/** A token that a request holds, or will hold after `waitMs`. */
export interface ModelReservation {
  readonly waitMs: number;
  /** For a request that ends before its wait does. Further calls do nothing. */
  giveBack(now: number): void;
}

/** How full the bucket of one model is; for people who look at a running router. */
export interface ModelLevel {
  readonly model: ModelKey;
  /** With fractions; negative by the tokens that are promised to waiting requests. */
  readonly tokens: number;
  readonly burstSize: number;
  readonly maxRequests: number;
  readonly perSeconds: number;
  /** 0 when there is a token now. */
  readonly retryAfterMs: number;
}

const UNLIMITED: ModelReservation = { waitMs: 0, giveBack: () => {} };

/**
 * The token buckets of all models, made on first use. All times are monotonic milliseconds. A model without
 * `rate_limit` always has a token. There are never more buckets than models in the configuration in force and in those
 * that requests still on their way began with.
 */
export class ModelLimits implements RoutingState {
  readonly #buckets = new Map<ModelKey, TokenBucket>();
  #current: RouterSnapshot | undefined;

  /** Takes one token; false when there is none. */
  take(model: ModelEntry, now: number): boolean {
    return this.#bucketOf(model, now)?.tryTake(now) ?? true;
  }

  /**
   * Takes the next free token, to come within the model's `maxWaitMs` (and `withinMs`, where the request has less time
   * than that); undefined when the wait would be longer.
   */
  reserve(model: ModelEntry, now: number, withinMs: number = Number.POSITIVE_INFINITY): ModelReservation | undefined {
    const bucket = this.#bucketOf(model, now);
    if (bucket === undefined) return UNLIMITED;
    const reservation = bucket.reserve(now, Math.min(withinMs, model.rateLimit?.maxWaitMs ?? 0));
    if ('refusedForMs' in reservation) return undefined;
    let isHeld = true;
    return {
      waitMs: reservation.waitMs,
      giveBack: (leftAt) => {
        if (isHeld) bucket.giveBack(reservation, leftAt);
        isHeld = false;
      },
    };
  }

  msUntilToken(model: ModelEntry, now: number): number {
    if (model.rateLimit === undefined) return 0;
    return this.#buckets.get(model.key)?.msUntil(now) ?? 0;
  }

  /**
   * Follows a reload: unchanged limits keep their level, changed ones the fraction that is full, and models that are
   * gone or no longer limited are forgotten.
   */
  reconcile(snapshot: RouterSnapshot, now: number): void {
    this.#current = snapshot;
    for (const [key, bucket] of this.#buckets) {
      const limits = snapshot.models.get(key)?.rateLimit;
      if (limits === undefined) this.#buckets.delete(key);
      else bucket.resize(limits, now);
    }
  }

  /** Every bucket that has been used. */
  levels(now: number): ModelLevel[] {
    return Array.from(this.#buckets, ([model, bucket]) => {
      const { burstSize, maxRequests, perSeconds } = bucket.limits;
      return {
        model,
        tokens: bucket.tokens(now),
        burstSize,
        maxRequests,
        perSeconds,
        retryAfterMs: bucket.msUntil(now),
      };
    });
  }

  #bucketOf(model: ModelEntry, now: number): TokenBucket | undefined {
    if (model.rateLimit === undefined) return undefined;
    const known = this.#buckets.get(model.key);
    if (known !== undefined) return known;
    // A request that began before a reload must not bring the old limits back.
    const limits = this.#current?.models.get(model.key)?.rateLimit ?? model.rateLimit;
    const bucket = new TokenBucket(limits, now);
    this.#buckets.set(model.key, bucket);
    return bucket;
  }
}
