import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BucketLimits, TokenBucket } from '../../../src/routing/token-bucket.ts';

/** Times are multiples of 1/4096 ms, which a double holds exactly and which are no whole microseconds. */
const GRID_PER_MS = 4096;

/** Whole numbers for grid times and microseconds alike. */
const UNITS_PER_GRID = 1000n;
const UNITS_PER_MICROSECOND = 4096n;
const UNITS_PER_SECOND = 4_096_000_000n;

const limitsArbitrary = fc.record({
  burstSize: fc.integer({ min: 1, max: 20 }),
  refillSize: fc.integer({ min: 1, max: 100 }),
  perSeconds: fc.integer({ min: 1, max: 90 }),
});

/** Steps of the clock in grid units: many tiny ones, some long ones. */
const stepArbitrary = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.integer({ min: 0, max: 4096 * 50 }),
  fc.integer({ min: 0, max: 4096 * 20_000 }),
);

/** The bucket as it is defined, in fractions: one token is `perSeconds * UNITS_PER_SECOND` parts. */
class ExactBucket {
  readonly #limits: BucketLimits;
  #level: bigint;
  #time = 0n;

  constructor(limits: BucketLimits) {
    this.#limits = limits;
    this.#level = this.#capacity;
  }

  get #token(): bigint {
    return BigInt(this.#limits.perSeconds) * UNITS_PER_SECOND;
  }

  get #capacity(): bigint {
    return BigInt(this.#limits.burstSize) * this.#token;
  }

  /** Times must not go back. */
  tryTake(time: bigint, count = 1n): boolean {
    this.change(time, 0n);
    const parts = count * this.#token;
    if (this.#level < parts && this.#level < this.#capacity) return false;
    this.#level -= parts < 8n * this.#capacity ? parts : 8n * this.#capacity;
    return true;
  }

  change(time: bigint, count: bigint): void {
    const refilled = this.#level + (time - this.#time) * BigInt(this.#limits.refillSize);
    this.#time = time;
    const full = refilled > this.#capacity ? this.#capacity : refilled;
    const deepest = -8n * this.#capacity;
    const level = full + count * this.#token;
    this.#level = level > this.#capacity ? this.#capacity : level;
    if (count < 0n && level < deepest) this.#level = full < deepest ? full : deepest;
  }
}

/** A bucket from which everything that was admitted can be taken never held less: no window of time saw too many. */
function admitsAll(limits: BucketLimits, times: readonly bigint[]): boolean {
  const exact = new ExactBucket(limits);
  return [...times]
    .sort((left, right) => (left < right ? -1 : Number(left > right)))
    .every((time) => exact.tryTake(time));
}

describe('TokenBucket', () => {
  it('starts full and refills continuously', () => {
    const bucket = new TokenBucket({ burstSize: 3, refillSize: 1, perSeconds: 2 }, 0);
    expect([bucket.tryTake(0), bucket.tryTake(0), bucket.tryTake(0), bucket.tryTake(0)]).toEqual([
      true,
      true,
      true,
      false,
    ]);
    expect(bucket.msUntil(0)).toBe(2000);
    expect(bucket.tryTake(1999.999)).toBe(false);
    expect(bucket.msUntil(1999.5)).toBe(1);
    expect(bucket.tryTake(2000)).toBe(true);
    expect(bucket.tryTake(2000)).toBe(false);
    expect(bucket.units(3000)).toBe(0.5);
  });

  it('never holds more than its burst', () => {
    const bucket = new TokenBucket({ burstSize: 2, refillSize: 2, perSeconds: 1 }, 0);
    expect(bucket.units(1e12)).toBe(2);
    expect([bucket.tryTake(1e12), bucket.tryTake(1e12), bucket.tryTake(1e12)]).toEqual([true, true, false]);
  });

  it('bears a clock that goes back', () => {
    const bucket = new TokenBucket({ burstSize: 1, refillSize: 1, perSeconds: 1 }, 5000);
    expect(bucket.tryTake(5000)).toBe(true);
    expect(bucket.tryTake(0)).toBe(false);
    expect(bucket.tryTake(5999)).toBe(false);
    expect(bucket.tryTake(6000)).toBe(true);
  });

  it('admits in any window at most its capacity and the refill', () => {
    fc.assert(
      fc.property(limitsArbitrary, fc.array(stepArbitrary, { maxLength: 300 }), (limits, steps) => {
        const bucket = new TokenBucket(limits, 0);
        const admitted: bigint[] = [];
        let time = 0;
        for (const step of steps) {
          time += step;
          if (bucket.tryTake(time / GRID_PER_MS)) admitted.push(BigInt(time) * UNITS_PER_GRID);
        }
        return admitsAll(limits, admitted);
      }),
      { numRuns: 500 },
    );
  });

  it('is no less generous than the definition at whole microseconds', () => {
    const times = fc.array(fc.integer({ min: 0, max: 5_000_000 }), { maxLength: 300 });
    fc.assert(
      fc.property(limitsArbitrary, times, (limits, steps) => {
        const bucket = new TokenBucket(limits, 0);
        const exact = new ExactBucket(limits);
        let microseconds = 0;
        return steps.every((step) => {
          microseconds += step;
          const expected = exact.tryTake(BigInt(microseconds) * UNITS_PER_MICROSECOND);
          return bucket.tryTake(microseconds / 1000) === expected;
        });
      }),
      { numRuns: 500 },
    );
  });

  it('has a token after the time it says, and none a millisecond earlier', () => {
    fc.assert(
      fc.property(limitsArbitrary, fc.integer({ min: 0, max: 1e9 }), (limits, startMs) => {
        const bucket = new TokenBucket(limits, startMs);
        for (let taken = 0; taken < limits.burstSize; taken += 1) bucket.tryTake(startMs);
        const waitMs = bucket.msUntil(startMs);
        return waitMs > 0 && !bucket.tryTake(startMs + waitMs - 1) && bucket.tryTake(startMs + waitMs);
      }),
    );
  });

  it('counts a million takes exactly', () => {
    const limits = { burstSize: 7, refillSize: 3, perSeconds: 7 };
    const bucket = new TokenBucket(limits, 0);
    const takes = 1_000_000;
    const stepMs = 0.0625;
    let admitted = 0;
    for (let index = 0; index < takes; index += 1) if (bucket.tryTake(index * stepMs)) admitted += 1;
    const seconds = ((takes - 1) * stepMs) / 1000;
    expect(admitted).toBe(limits.burstSize + Math.floor((seconds * limits.refillSize) / limits.perSeconds));
  });

  it('counts exactly where numbers are huge', () => {
    const limits = { burstSize: 1_000_000, refillSize: 999_983, perSeconds: 86_400 };
    const bucket = new TokenBucket(limits, 0);
    let admitted = 0;
    for (let index = 0; index < limits.burstSize + 5; index += 1) if (bucket.tryTake(0)) admitted += 1;
    expect(admitted).toBe(limits.burstSize);
    const waitMs = Math.ceil(86_400_000 / limits.refillSize);
    expect(bucket.msUntil(0)).toBe(waitMs);
    expect(bucket.tryTake(waitMs - 1)).toBe(false);
    expect(bucket.tryTake(waitMs)).toBe(true);
  });
});

describe('units of any number', () => {
  const limits = { burstSize: 100, refillSize: 10, perSeconds: 1 };

  it('are taken as a whole or not at all', () => {
    const bucket = new TokenBucket(limits, 0);
    expect([bucket.tryTake(0, 60), bucket.tryTake(0, 60), bucket.tryTake(0, 40)]).toEqual([true, false, true]);
    expect(bucket.msUntil(0, 5)).toBe(500);
    expect(bucket.msUntil(0, 5, 20)).toBe(2500);
    expect(bucket.tryTake(499, 5)).toBe(false);
    expect(bucket.tryTake(500, 5)).toBe(true);
  });

  it('that are more than the bucket holds need a full one and leave it in debt', () => {
    const bucket = new TokenBucket(limits, 0);
    bucket.tryTake(0);
    expect(bucket.tryTake(0, 250)).toBe(false);
    expect(bucket.msUntil(0, 250)).toBe(100);
    expect(bucket.tryTake(100, 250)).toBe(true);
    expect(bucket.units(100)).toBe(-150);
    expect(bucket.msUntil(100)).toBe(15_100);
  });

  it('that were used beyond what was taken are paid back by waiting, unused ones come back', () => {
    const bucket = new TokenBucket(limits, 0);
    bucket.tryTake(0, 100);
    bucket.charge(0, 30);
    expect(bucket.units(0)).toBe(-30);
    bucket.giveBack(0, 50);
    expect(bucket.units(0)).toBe(20);
    bucket.giveBack(0, 1000);
    expect(bucket.units(0)).toBe(100);
  });

  it('that nobody can mean silence nobody for ever', () => {
    const bucket = new TokenBucket(limits, 0);
    expect(bucket.tryTake(0, 1e9)).toBe(true);
    bucket.charge(0, Number.MAX_VALUE);
    expect(bucket.msUntil(0)).toBe((8 * 100 * 1000) / 10 + 100);
  });

  it('count as the definition says, whatever is taken, charged and given back', () => {
    const act = fc.record({
      microseconds: fc.integer({ min: 0, max: 3_000_000 }),
      kind: fc.constantFrom('take', 'take', 'take', 'charge', 'giveBack'),
      count: fc.integer({ min: 0, max: 60 }),
    });
    let large = 0;
    fc.assert(
      fc.property(limitsArbitrary, fc.array(act, { maxLength: 200 }), (bucketLimits, acts) => {
        const bucket = new TokenBucket(bucketLimits, 0);
        const exact = new ExactBucket(bucketLimits);
        let microseconds = 0;
        for (const { microseconds: step, kind, count } of acts) {
          microseconds += step;
          const time = BigInt(microseconds) * UNITS_PER_MICROSECOND;
          if (kind === 'take') {
            const isTaken = bucket.tryTake(microseconds / 1000, count);
            expect(isTaken).toBe(exact.tryTake(time, BigInt(count)));
            if (isTaken && count > bucketLimits.burstSize) large += 1;
          } else if (kind === 'charge') {
            bucket.charge(microseconds / 1000, count);
            exact.change(time, -BigInt(count));
          } else {
            bucket.giveBack(microseconds / 1000, count);
            exact.change(time, BigInt(count));
          }
        }
      }),
      { numRuns: 500 },
    );
    expect(large).toBeGreaterThan(100);
  });

  it('are there after the time it says, and not a millisecond earlier', () => {
    const counts = fc.integer({ min: 1, max: 60 });
    fc.assert(
      fc.property(
        limitsArbitrary,
        fc.integer({ min: 0, max: 1e9 }),
        counts,
        fc.nat(50),
        (some, startMs, count, debt) => {
          const bucket = new TokenBucket(some, startMs);
          bucket.charge(startMs, some.burstSize + debt);
          const waitMs = bucket.msUntil(startMs, count);
          return waitMs > 0 && !bucket.tryTake(startMs + waitMs - 1, count) && bucket.tryTake(startMs + waitMs, count);
        },
      ),
    );
  });
});

describe('TokenBucket.resize', () => {
  it('keeps the fraction that is full', () => {
    const bucket = new TokenBucket({ burstSize: 10, refillSize: 10, perSeconds: 60 }, 0);
    for (let taken = 0; taken < 5; taken += 1) bucket.tryTake(0);
    bucket.resize({ burstSize: 4, refillSize: 4, perSeconds: 60 }, 0);
    expect(bucket.units(0)).toBe(2);
    bucket.resize({ burstSize: 40, refillSize: 4, perSeconds: 30 }, 0);
    expect(bucket.units(0)).toBe(20);
  });

  it('does nothing where the limits are the same', () => {
    const limits = { burstSize: 10, refillSize: 10, perSeconds: 60 };
    const bucket = new TokenBucket(limits, 0);
    bucket.tryTake(0.0003);
    bucket.resize({ ...limits }, 0.0007);
    expect(bucket.tryTake(6000)).toBe(true);
    expect(bucket.units(6000)).toBeCloseTo(9, 6);
  });

  it('never makes a bucket fuller than it was', () => {
    fc.assert(
      fc.property(limitsArbitrary, limitsArbitrary, fc.nat(20), fc.nat(1e6), (before, after, takes, now) => {
        const bucket = new TokenBucket(before, 0);
        for (let index = 0; index < takes; index += 1) bucket.tryTake(0);
        const fraction = bucket.units(now) / before.burstSize;
        bucket.resize(after, now);
        const resized = bucket.units(now) / after.burstSize;
        return resized <= fraction + 1e-12 && resized >= fraction - 1e-6;
      }),
    );
  });

  it('keeps a debt as it is', () => {
    const bucket = new TokenBucket({ burstSize: 10, refillSize: 10, perSeconds: 1 }, 0);
    bucket.charge(0, 12);
    bucket.resize({ burstSize: 100, refillSize: 1, perSeconds: 60 }, 0);
    expect(bucket.units(0)).toBe(-2);
  });
});
