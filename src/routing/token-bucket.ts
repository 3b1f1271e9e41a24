/** Positive whole numbers: `burstSize` units when full, `refillSize` new ones in `perSeconds`. */
export interface BucketLimits {
  readonly burstSize: number;
  readonly refillSize: number;
  readonly perSeconds: number;
}

/** Whole numbers instead of fractions of a unit: a tick of time adds `partsPerTick`, a unit costs `unitParts`. */
interface Scale {
  readonly ticksPerMs: number;
  readonly partsPerTick: number;
  readonly unitParts: number;
  readonly capacityParts: number;
}

/**
 * No take, and no debt, counts for more than so many full buckets: whatever a client asks for or a provider reports,
 * the bucket is there again in bounded time.
 */
const MAX_FULL_BUCKETS = 8;

/** Microseconds wherever the deepest debt still counts exactly in a double, milliseconds for huge buckets. */
function scaleOf({ burstSize, refillSize, perSeconds }: BucketLimits): Scale {
  const isHuge = burstSize * perSeconds > Number.MAX_SAFE_INTEGER / (MAX_FULL_BUCKETS * 2_000_000);
  const ticksPerMs = isHuge ? 1 : 1000;
  const unitParts = perSeconds * 1000 * ticksPerMs;
  return { ticksPerMs, partsPerTick: refillSize, unitParts, capacityParts: burstSize * unitParts };
}

/**
 * Lazy token bucket: no timers, time is passed in as monotonic milliseconds. It counts in whole numbers, and time is
 * only ever rounded against the caller, so that in no span of time more units go out than a full bucket and the
 * refill of that span hold. A take that is larger than the bucket needs a full one and leaves it in debt, because
 * otherwise it could never come about.
 */
export class TokenBucket {
  #limits: BucketLimits;
  #scale: Scale;
  /** Below zero: more has been used than there was. */
  #level: number;
  /** The tick up to which `#level` has been refilled. */
  #tick: number;

  constructor(limits: BucketLimits, now: number) {
    this.#limits = limits;
    this.#scale = scaleOf(limits);
    this.#level = this.#scale.capacityParts;
    this.#tick = Math.ceil(now * this.#scale.ticksPerMs);
  }

  get limits(): BucketLimits {
    return this.#limits;
  }

  /** Takes `count` units, all or none. A refused take costs nothing. */
  tryTake(now: number, count = 1): boolean {
    if (!this.hasRoom(now, count)) return false;
    this.take(count);
    return true;
  }

  /** Whether `take(count)` is allowed now. */
  hasRoom(now: number, count = 1): boolean {
    this.#refill(now);
    return this.#level >= this.#partsNeeded(count);
  }

  /** For those who have just asked `hasRoom`. Returns what was counted, which is less than `count` where that is absurd. */
  take(count = 1): number {
    const taken = Math.min(count, MAX_FULL_BUCKETS * this.#limits.burstSize);
    this.#level -= taken * this.#scale.unitParts;
    return taken;
  }

  /** Returns units that were taken and not used. */
  giveBack(now: number, count: number): void {
    this.#refill(now);
    const { unitParts, capacityParts } = this.#scale;
    this.#level = Math.min(capacityParts, this.#level + count * unitParts);
  }

  /** Takes units that have been used already, whether they are there or not. */
  charge(now: number, count: number): void {
    this.#refill(now);
    const { unitParts, capacityParts } = this.#scale;
    const deepest = Math.min(this.#level, -MAX_FULL_BUCKETS * capacityParts);
    this.#level = Math.max(deepest, this.#level - count * unitParts);
  }

  /**
   * Whole milliseconds, rounded up, until `count` units can be taken if nobody else takes any but `ahead`, who are
   * served first; 0 when they can be taken now.
   */
  msUntil(now: number, count = 1, ahead = 0): number {
    this.#refill(now);
    const parts = ahead * this.#scale.unitParts + this.#partsNeeded(count);
    return this.#level >= parts ? 0 : this.#msTo(this.#tickWithLevel(parts), now);
  }

  /** Keeps the fraction that is full, so that a reload neither grants nor steals a burst; a debt stays what it was. */
  resize(limits: BucketLimits, now: number): void {
    if (isSame(limits, this.#limits)) return;
    this.#refill(now);
    const before = this.#scale;
    const after = scaleOf(limits);
    const debt = Math.ceil((-this.#level / before.unitParts) * after.unitParts);
    this.#level =
      this.#level >= 0
        ? scaleDown(this.#level, after.capacityParts, before.capacityParts)
        : -Math.min(debt, MAX_FULL_BUCKETS * after.capacityParts);
    this.#limits = limits;
    this.#scale = after;
    this.#tick = Math.ceil(now * after.ticksPerMs);
  }

  /** Units there are now, with fractions; negative in debt. */
  units(now: number): number {
    this.#refill(now);
    return this.#level / this.#scale.unitParts;
  }

  #partsNeeded(count: number): number {
    return Math.min(count * this.#scale.unitParts, this.#scale.capacityParts);
  }

  #refill(now: number): void {
    const { ticksPerMs, partsPerTick, capacityParts } = this.#scale;
    const tick = Math.max(this.#tick, Math.floor(now * ticksPerMs));
    const level = this.#level + (tick - this.#tick) * partsPerTick;
    const isFull = level >= capacityParts;
    this.#level = isFull ? capacityParts : level;
    // A tick that begins with a full bucket fills nothing, so it must not count later either.
    this.#tick = isFull ? Math.max(tick, Math.ceil(now * ticksPerMs)) : tick;
  }

  /** The first tick at which the level, left alone, has reached `parts`. */
  #tickWithLevel(parts: number): number {
    const missing = parts - this.#level;
    const ticks = Math.floor(missing / this.#scale.partsPerTick);
    // Multiplied back, because the quotient is rounded and the product is not.
    return this.#tick + (ticks * this.#scale.partsPerTick >= missing ? ticks : ticks + 1);
  }

  #msTo(tick: number, now: number): number {
    return Math.max(0, Math.ceil(tick / this.#scale.ticksPerMs - now));
  }
}

function isSame(left: BucketLimits, right: BucketLimits): boolean {
  return (
    left.burstSize === right.burstSize && left.refillSize === right.refillSize && left.perSeconds === right.perSeconds
  );
}

/** `parts * numerator / denominator`, rounded down, without the rounding of doubles. */
function scaleDown(parts: number, numerator: number, denominator: number): number {
  return Number((BigInt(parts) * BigInt(numerator)) / BigInt(denominator));
}
