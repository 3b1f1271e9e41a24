/** Positive whole numbers: `burstSize` tokens when full, `maxRequests` new ones in `perSeconds`. */
export interface BucketLimits {
  readonly burstSize: number;
  readonly maxRequests: number;
  readonly perSeconds: number;
}

/** A token that exists now (`waitMs` is 0) or will exist at a known time. */
export interface Reservation {
  /** Whole milliseconds, rounded up. */
  readonly waitMs: number;
  /** When the token comes into being, on the bucket's own scale: microseconds, or milliseconds for huge buckets. */
  readonly dueTick: number;
  /** The scale of `dueTick`; a resized bucket has another one. */
  readonly scale: object;
}

export interface Refusal {
  /** When the next token could be had: later than the caller wants to wait. */
  readonly refusedForMs: number;
}

/** Whole numbers instead of fractions of a token: a tick of time adds `partsPerTick`, a token costs `tokenParts`. */
interface Scale {
  readonly ticksPerMs: number;
  readonly partsPerTick: number;
  readonly tokenParts: number;
  readonly capacityParts: number;
}

/** Microseconds wherever a full bucket still counts exactly in a double, milliseconds for huge ones. */
function scaleOf({ burstSize, maxRequests, perSeconds }: BucketLimits): Scale {
  const isHuge = burstSize * perSeconds > Number.MAX_SAFE_INTEGER / 1_000_000;
  const ticksPerMs = isHuge ? 1 : 1000;
  const tokenParts = perSeconds * 1000 * ticksPerMs;
  return { ticksPerMs, partsPerTick: maxRequests, tokenParts, capacityParts: burstSize * tokenParts };
}

/**
 * Lazy token bucket: no timers, time is passed in as monotonic milliseconds. It counts in whole numbers, and time is
 * only ever rounded against the caller, so that in no span of time more tokens go out than a full bucket and the
 * refill of that span hold.
 */
export class TokenBucket {
  #limits: BucketLimits;
  #scale: Scale;
  /** Below zero: tokens that do not exist yet are promised. */
  #level: number;
  /** The tick up to which `#level` has been refilled. */
  #tick: number;
  /** Due ticks of promised tokens that were given back while others wait behind them; ascending. */
  #freedTicks: number[] = [];

  constructor(limits: BucketLimits, now: number) {
    this.#limits = limits;
    this.#scale = scaleOf(limits);
    this.#level = this.#scale.capacityParts;
    this.#tick = Math.ceil(now * this.#scale.ticksPerMs);
  }

  get limits(): BucketLimits {
    return this.#limits;
  }

  /** Takes a token that exists now. A refused take costs nothing. */
  tryTake(now: number): boolean {
    this.#refill(now);
    if (this.#level < this.#scale.tokenParts) return false;
    this.#level -= this.#scale.tokenParts;
    return true;
  }

  /** Whole milliseconds, rounded up, until `tryTake` finds a token if nobody else takes it; 0 when there is one. */
  msUntil(now: number): number {
    this.#refill(now);
    const { tokenParts } = this.#scale;
    return this.#level >= tokenParts ? 0 : this.#msTo(this.#tickWithLevel(tokenParts), now);
  }

  /** Takes the next token that nobody has been promised, even if it comes into being only within `maxWaitMs`. */
  reserve(now: number, maxWaitMs: number): Reservation | Refusal {
    if (this.tryTake(now)) return { waitMs: 0, dueTick: this.#tick, scale: this.#scale };
    this.#dropPastTicks();
    const { tokenParts } = this.#scale;
    const freedTick = this.#freedTicks[0];
    const dueTick = freedTick ?? this.#tickWithLevel(tokenParts);
    const waitMs = this.#msTo(dueTick, now);
    if (waitMs > maxWaitMs) return { refusedForMs: waitMs };
    if (freedTick === undefined) this.#level -= tokenParts;
    else this.#freedTicks.shift();
    return { waitMs, dueTick, scale: this.#scale };
  }

  /**
   * Returns a reserved token that was not used. While others wait behind it, its place in time stays where it is: the
   * next reservation gets it, or nobody, because whoever waits behind it was promised what comes later.
   */
  giveBack(reservation: Reservation, now: number): void {
    if (reservation.scale !== this.#scale) return;
    this.#refill(now);
    this.#dropPastTicks();
    const { dueTick } = reservation;
    if (this.#level >= 0 || dueTick >= this.#tickWithLevel(0)) this.#undoLastPromises();
    else if (dueTick > this.#tick) this.#insertFreedTick(dueTick);
  }

  /**
   * Keeps the fraction that is full, so that a reload neither grants nor steals a burst. Promised tokens stay promised
   * one by one; they can no longer be given back.
   */
  resize(limits: BucketLimits, now: number): void {
    if (isSame(limits, this.#limits)) return;
    this.#refill(now);
    const before = this.#scale;
    const after = scaleOf(limits);
    this.#level =
      this.#level >= 0
        ? scaleDown(this.#level, after.capacityParts, before.capacityParts)
        : -Math.ceil((-this.#level / before.tokenParts) * after.tokenParts);
    this.#limits = limits;
    this.#scale = after;
    this.#tick = Math.ceil(now * after.ticksPerMs);
    this.#freedTicks = [];
  }

  /** Tokens there are now, with fractions; negative by the tokens that are promised. */
  tokens(now: number): number {
    this.#refill(now);
    return this.#level / this.#scale.tokenParts;
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

  #dropPastTicks(): void {
    while ((this.#freedTicks[0] ?? Number.POSITIVE_INFINITY) <= this.#tick) this.#freedTicks.shift();
  }

  /** The last promise is taken back, and with it those before it that were given back earlier. */
  #undoLastPromises(): void {
    const { tokenParts, capacityParts } = this.#scale;
    this.#level = Math.min(capacityParts, this.#level + tokenParts);
    while (this.#level < 0 && (this.#freedTicks.at(-1) ?? -1) >= this.#tickWithLevel(0)) {
      this.#freedTicks.pop();
      this.#level += tokenParts;
    }
  }

  #insertFreedTick(tick: number): void {
    const index = this.#freedTicks.findIndex((other) => other > tick);
    this.#freedTicks.splice(index === -1 ? this.#freedTicks.length : index, 0, tick);
  }
}

function isSame(left: BucketLimits, right: BucketLimits): boolean {
  return (
    left.burstSize === right.burstSize && left.maxRequests === right.maxRequests && left.perSeconds === right.perSeconds
  );
}

/** `parts * numerator / denominator`, rounded down, without the rounding of doubles. */
function scaleDown(parts: number, numerator: number, denominator: number): number {
  return Number((BigInt(parts) * BigInt(numerator)) / BigInt(denominator));
}
