import type { RateLimits } from '../../providers/rate-limits.ts';
import { type BucketLimits, TokenBucket } from '../token-bucket.ts';
import type { Settlement } from './admission.ts';
import { CallSlots } from './call-slots.ts';

/** What is asked for by those who are served before somebody. */
export interface Ahead {
  readonly requests: number;
  readonly tokens: number;
}

export interface BucketLevel {
  /** With fractions; negative where more has been used than there was. */
  readonly left: number;
  readonly burstSize: number;
  /** Units that come back in `perSeconds`. */
  readonly refillSize: number;
  readonly perSeconds: number;
}

/** Undefined: without a limit. */
export interface PoolLevel {
  readonly requests: BucketLevel | undefined;
  readonly tokens: BucketLevel | undefined;
  readonly calls: { readonly underWay: number; readonly max: number } | undefined;
}

/** The counters of one model, or of one provider over all its models. */
export class LimitPool {
  #requests: TokenBucket | undefined;
  #tokens: TokenBucket | undefined;
  readonly #slots: CallSlots;

  constructor(limits: RateLimits, now: number) {
    this.#slots = new CallSlots(limits.maxConcurrency);
    this.resize(limits, now);
  }

  /** Follows a reload: unchanged limits keep their level, changed ones the fraction that is full. */
  resize(limits: RateLimits, now: number): void {
    this.#requests = resized(this.#requests, requestLimits(limits), now);
    this.#tokens = resized(this.#tokens, tokenLimits(limits), now);
    this.#slots.max = limits.maxConcurrency;
  }

  /** Whether `take(tokens)` is allowed now. */
  hasRoom(tokens: number, now: number): boolean {
    return (
      this.#slots.hasRoom && (this.#requests?.hasRoom(now) ?? true) && (this.#tokens?.hasRoom(now, tokens) ?? true)
    );
  }

  /** For those who have just asked `hasRoom`. */
  take(tokens: number, now: number): Hold {
    this.#slots.enter();
    this.#requests?.take();
    return new Hold(this, this.#tokens?.take(tokens) ?? 0, now);
  }

  /** Ends what `take` has begun, once. */
  settle({ tokens, takenAt }: Hold, { usedTokens, refund }: Settlement, now: number): void {
    this.#slots.leave(refund === 'all' ? undefined : now - takenAt);
    if (refund === 'all') this.#requests?.giveBack(now, 1);
    const usedUnits = refund === 'none' ? readTokens(usedTokens, tokens) : 0;
    if (usedUnits < tokens) this.#tokens?.giveBack(now, tokens - usedUnits);
    else if (usedUnits > tokens) this.#tokens?.charge(now, usedUnits - tokens);
  }

  /** Time alone makes no room: a call has to end first. */
  get isOccupied(): boolean {
    return !this.#slots.hasRoom;
  }

  /** When time has brought enough requests and tokens, in whole milliseconds, if only those `ahead` come before. */
  msUntilRefilled(tokens: number, ahead: Ahead, now: number): number {
    const ofRequests = this.#requests?.msUntil(now, 1, ahead.requests) ?? 0;
    return Math.max(ofRequests, this.#tokens?.msUntil(now, tokens, ahead.tokens) ?? 0);
  }

  /** When there is room if only those `ahead` come before: exact for what time brings, an estimate for calls that end. */
  msUntilRoom(tokens: number, ahead: Ahead, now: number): number {
    return Math.max(this.msUntilRefilled(tokens, ahead, now), this.#slots.msUntilRoom(ahead.requests));
  }

  level(now: number): PoolLevel {
    const { inUse, max } = this.#slots;
    return {
      requests: levelOf(this.#requests, now),
      tokens: levelOf(this.#tokens, now),
      calls: max === undefined ? undefined : { underWay: inUse, max },
    };
  }
}

/** The pool after a reload that brings `limits`, or the first one. */
export function followedPool(
  pool: LimitPool | undefined,
  limits: RateLimits | undefined,
  now: number,
): LimitPool | undefined {
  if (limits === undefined) return undefined;
  if (pool === undefined) return new LimitPool(limits, now);
  pool.resize(limits, now);
  return pool;
}

/** What one call holds of a pool. */
export class Hold {
  readonly tokens: number;
  /** Monotonic milliseconds. */
  readonly takenAt: number;
  readonly #pool: LimitPool;

  constructor(pool: LimitPool, tokens: number, takenAt: number) {
    this.#pool = pool;
    this.tokens = tokens;
    this.takenAt = takenAt;
  }

  settle(settlement: Settlement, now: number): void {
    this.#pool.settle(this, settlement, now);
  }
}

function requestLimits({ maxRequests, burstSize, perSeconds }: RateLimits): BucketLimits | undefined {
  if (maxRequests === undefined) return undefined;
  return { burstSize: burstSize ?? maxRequests, refillSize: maxRequests, perSeconds };
}

function tokenLimits({ maxTokens, perSeconds }: RateLimits): BucketLimits | undefined {
  return maxTokens === undefined ? undefined : { burstSize: maxTokens, refillSize: maxTokens, perSeconds };
}

function resized(
  bucket: TokenBucket | undefined,
  limits: BucketLimits | undefined,
  now: number,
): TokenBucket | undefined {
  if (limits === undefined) return undefined;
  if (bucket === undefined) return new TokenBucket(limits, now);
  bucket.resize(limits, now);
  return bucket;
}

/** Figures of providers need not be sensible. */
function readTokens(usedTokens: number | undefined, otherwise: number): number {
  return usedTokens === undefined || Number.isNaN(usedTokens) ? otherwise : Math.max(0, Math.ceil(usedTokens));
}

function levelOf(bucket: TokenBucket | undefined, now: number): BucketLevel | undefined {
  return bucket && { left: bucket.units(now), ...bucket.limits };
}
