import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BucketLimits, type Reservation, TokenBucket } from '../../../src/routing/token-bucket.ts';

/** Times are multiples of 1/4096 ms, which a double holds exactly and which are no whole microseconds. */
const GRID_PER_MS = 4096;

/** Whole numbers for grid times and microseconds alike. */
const UNITS_PER_GRID = 1000n;
const UNITS_PER_MICROSECOND = 4096n;
const UNITS_PER_SECOND = 4_096_000_000n;

const limitsArbitrary = fc.record({
  burstSize: fc.integer({ min: 1, max: 20 }),
  maxRequests: fc.integer({ min: 1, max: 100 }),
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
  tryTake(time: bigint): boolean {
    const level = this.#level + (time - this.#time) * BigInt(this.#limits.maxRequests);
    this.#level = level > this.#capacity ? this.#capacity : level;
    this.#time = time;
    if (this.#level < this.#token) return false;
    this.#level -= this.#token;
    return true;
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
    const bucket = new TokenBucket({ burstSize: 3, maxRequests: 1, perSeconds: 2 }, 0);
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
    expect(bucket.tokens(3000)).toBe(0.5);
  });

  it('never holds more than its burst', () => {
    const bucket = new TokenBucket({ burstSize: 2, maxRequests: 2, perSeconds: 1 }, 0);
    expect(bucket.tokens(1e12)).toBe(2);
    expect([bucket.tryTake(1e12), bucket.tryTake(1e12), bucket.tryTake(1e12)]).toEqual([true, true, false]);
  });

  it('bears a clock that goes back', () => {
    const bucket = new TokenBucket({ burstSize: 1, maxRequests: 1, perSeconds: 1 }, 5000);
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
    const limits = { burstSize: 7, maxRequests: 3, perSeconds: 7 };
    const bucket = new TokenBucket(limits, 0);
    const takes = 1_000_000;
    const stepMs = 0.0625;
    let admitted = 0;
    for (let index = 0; index < takes; index += 1) if (bucket.tryTake(index * stepMs)) admitted += 1;
    const seconds = ((takes - 1) * stepMs) / 1000;
    expect(admitted).toBe(limits.burstSize + Math.floor((seconds * limits.maxRequests) / limits.perSeconds));
  });

  it('counts exactly where numbers are huge', () => {
    const limits = { burstSize: 1_000_000, maxRequests: 999_983, perSeconds: 86_400 };
    const bucket = new TokenBucket(limits, 0);
    let admitted = 0;
    for (let index = 0; index < limits.burstSize + 5; index += 1) if (bucket.tryTake(0)) admitted += 1;
    expect(admitted).toBe(limits.burstSize);
    const waitMs = Math.ceil(86_400_000 / limits.maxRequests);
    expect(bucket.msUntil(0)).toBe(waitMs);
    expect(bucket.tryTake(waitMs - 1)).toBe(false);
    expect(bucket.tryTake(waitMs)).toBe(true);
  });
});

describe('TokenBucket.reserve', () => {
  const onePerSecond = { burstSize: 1, maxRequests: 1, perSeconds: 1 };

  it('spaces the waits and refuses one that is too long, at no cost', () => {
    const bucket = new TokenBucket(onePerSecond, 0);
    const waits = [0, 1, 2].map(() => bucket.reserve(0, 2000));
    expect(waits).toMatchObject([{ waitMs: 0 }, { waitMs: 1000 }, { waitMs: 2000 }]);
    expect(bucket.reserve(0, 2000)).toEqual({ refusedForMs: 3000 });
    expect(bucket.reserve(0, 2000)).toEqual({ refusedForMs: 3000 });
    expect(bucket.tryTake(2000)).toBe(false);
    expect(bucket.msUntil(2000)).toBe(1000);
    expect(bucket.tryTake(3000)).toBe(true);
  });

  it('undoes the last promise entirely', () => {
    const bucket = new TokenBucket(onePerSecond, 0);
    bucket.tryTake(0);
    const reservation = bucket.reserve(0, 5000) as Reservation;
    bucket.giveBack(reservation, 500);
    expect(bucket.msUntil(500)).toBe(500);
    expect(bucket.tryTake(1000)).toBe(true);
  });

  it('hands the place of one who left to the next one who comes, and nobody gets two', () => {
    const bucket = new TokenBucket(onePerSecond, 0);
    bucket.tryTake(0);
    const [first] = [1, 2, 3].map(() => bucket.reserve(0, 5000));
    bucket.giveBack(first as Reservation, 200);
    expect(bucket.reserve(200, 5000)).toMatchObject({ waitMs: 800 });
    expect(bucket.reserve(200, 5000)).toMatchObject({ waitMs: 3800 });
  });

  it('does not hand on a place whose time has passed while others wait behind it', () => {
    const bucket = new TokenBucket(onePerSecond, 0);
    bucket.tryTake(0);
    const [first] = [1, 2, 3].map(() => bucket.reserve(0, 5000));
    bucket.giveBack(first as Reservation, 200);
    expect(bucket.reserve(1500, 5000)).toMatchObject({ waitMs: 2500 });
  });

  it('takes back places that were given back before the last one', () => {
    const bucket = new TokenBucket(onePerSecond, 0);
    bucket.tryTake(0);
    const reservations = [1, 2, 3].map(() => bucket.reserve(0, 5000));
    for (const reservation of reservations) bucket.giveBack(reservation as Reservation, 0);
    expect(bucket.tokens(0)).toBe(0);
    expect(bucket.msUntil(0)).toBe(1000);
  });

  it('keeps a token that was given back too late to be handed on', () => {
    const bucket = new TokenBucket({ ...onePerSecond, burstSize: 3 }, 0);
    const reservation = bucket.reserve(0, 0) as Reservation;
    bucket.giveBack(reservation, 10);
    expect(bucket.tokens(10)).toBe(3);
  });

  it('admits in any window at most its capacity and the refill, whoever leaves', () => {
    const action = fc.oneof(
      { weight: 2, arbitrary: fc.constant({ kind: 'take' as const }) },
      { weight: 5, arbitrary: fc.record({ kind: fc.constant('reserve' as const), maxWaitMs: fc.nat(20_000) }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('leave' as const), index: fc.nat() }) },
    );
    const actions = fc.array(fc.tuple(stepArbitrary, action), { maxLength: 200 });
    // Tokens that come at whole microseconds: a promise says no fractions of them.
    const wholeTicks = fc.record({
      burstSize: fc.integer({ min: 1, max: 20 }),
      maxRequests: fc.constantFrom(1, 2, 4, 5, 10, 20, 25, 50),
      perSeconds: fc.integer({ min: 1, max: 90 }),
    });
    fc.assert(
      fc.property(wholeTicks, actions, (limits, events) => {
        const bucket = new TokenBucket(limits, 0);
        const taken: bigint[] = [];
        const held: Reservation[] = [];
        let time = 0;
        for (const [step, event] of events) {
          time += step;
          const now = time / GRID_PER_MS;
          if (event.kind === 'take') {
            if (bucket.tryTake(now)) taken.push(BigInt(time) * UNITS_PER_GRID);
          } else if (event.kind === 'reserve') {
            const result = bucket.reserve(now, event.maxWaitMs);
            if ('refusedForMs' in result) continue;
            if (result.waitMs === 0) taken.push(BigInt(time) * UNITS_PER_GRID);
            else held.push(result);
          } else {
            // Only somebody who still waits can leave.
            const waiting = held.filter((reservation) => reservation.dueTick > now * 1000);
            const leaver = waiting[event.index % Math.max(1, waiting.length)];
            if (leaver === undefined) continue;
            bucket.giveBack(leaver, now);
            held.splice(held.indexOf(leaver), 1);
          }
        }
        const due = held.map((reservation) => BigInt(reservation.dueTick) * UNITS_PER_MICROSECOND);
        return admitsAll(limits, [...taken, ...due]);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('TokenBucket.resize', () => {
  it('keeps the fraction that is full', () => {
    const bucket = new TokenBucket({ burstSize: 10, maxRequests: 10, perSeconds: 60 }, 0);
    for (let taken = 0; taken < 5; taken += 1) bucket.tryTake(0);
    bucket.resize({ burstSize: 4, maxRequests: 4, perSeconds: 60 }, 0);
    expect(bucket.tokens(0)).toBe(2);
    bucket.resize({ burstSize: 40, maxRequests: 4, perSeconds: 30 }, 0);
    expect(bucket.tokens(0)).toBe(20);
  });

  it('does nothing where the limits are the same', () => {
    const limits = { burstSize: 10, maxRequests: 10, perSeconds: 60 };
    const bucket = new TokenBucket(limits, 0);
    bucket.tryTake(0.0003);
    bucket.resize({ ...limits }, 0.0007);
    expect(bucket.tryTake(6000)).toBe(true);
    expect(bucket.tokens(6000)).toBeCloseTo(9, 6);
  });

  it('never makes a bucket fuller than it was', () => {
    fc.assert(
      fc.property(limitsArbitrary, limitsArbitrary, fc.nat(20), fc.nat(1e6), (before, after, takes, now) => {
        const bucket = new TokenBucket(before, 0);
        for (let index = 0; index < takes; index += 1) bucket.tryTake(0);
        const fraction = bucket.tokens(now) / before.burstSize;
        bucket.resize(after, now);
        const resized = bucket.tokens(now) / after.burstSize;
        return resized <= fraction + 1e-12 && resized >= fraction - 1e-6;
      }),
    );
  });

  it('keeps promises, one token each, and takes none of them back', () => {
    const bucket = new TokenBucket({ burstSize: 1, maxRequests: 1, perSeconds: 1 }, 0);
    bucket.tryTake(0);
    const reservation = bucket.reserve(0, 5000) as Reservation;
    bucket.resize({ burstSize: 10, maxRequests: 10, perSeconds: 1 }, 0);
    expect(bucket.tokens(0)).toBe(-1);
    bucket.giveBack(reservation, 0);
    expect(bucket.tokens(0)).toBe(-1);
  });
});
