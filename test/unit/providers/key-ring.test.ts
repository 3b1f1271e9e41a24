import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_NEEDS } from '../../../src/canonical/needs.ts';
import { RouterError, type RouterErrorOptions } from '../../../src/errors/router-error.ts';
import { Secret } from '../../../src/lib/secret.ts';
import type { RingKey } from '../../../src/providers/key-entry.ts';
import { KeyRing } from '../../../src/providers/key-ring.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

const secretsOf = (...values: string[]): Secret[] => values.map((value) => new Secret(value));
const ringOf = (...values: string[]): KeyRing => new KeyRing(secretsOf(...values));

const refused = (status = 401): RouterError => new RouterError('upstream.auth', { upstreamStatus: status });
const limited = (retryAfterMs?: number): RouterError =>
  new RouterError('upstream.rate_limited', retryAfterMs === undefined ? {} : { retryAfterMs });
const usedUp = (options: RouterErrorOptions = {}): RouterError => new RouterError('upstream.quota', options);

function pick(ring: KeyRing, now = 0, model = 'p/m'): RingKey {
  const key = ring.pick(now, model);
  if (key === undefined) throw new Error('no key');
  return key;
}

const picked = (ring: KeyRing, now: number, count: number): (string | undefined)[] =>
  Array.from({ length: count }, () => pick(ring, now).secret?.reveal());

const waitOf = (ring: KeyRing, now: number, model = 'p/m'): number => ring.msUntilKey(model, NO_NEEDS, now);
const stateOf = (ring: KeyRing, now: number) => ring.states(now)[0];

describe('whose turn it is', () => {
  test('calls take the keys in turn', () => {
    expect(picked(ringOf('a', 'b', 'c'), 0, 7)).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a']);
  });

  test('a resting key is left out until its time has come', () => {
    const ring = ringOf('a', 'b');
    ring.report(pick(ring), 'p/m', limited(1000), 0);
    expect(picked(ring, 999, 3)).toEqual(['b', 'b', 'b']);
    expect(picked(ring, 1000, 2)).toEqual(['a', 'b']);
  });

  test('when all rest there is none, and the soonest tells how long', () => {
    const ring = ringOf('a', 'b', 'c');
    for (const ms of [5000, 2000, 3000]) ring.report(pick(ring), 'p/m', limited(ms), 0);
    expect([ring.pick(0, 'p/m'), waitOf(ring, 0), waitOf(ring, 1500), waitOf(ring, 2000)]).toEqual([
      undefined,
      2000,
      500,
      0,
    ]);
    expect(picked(ring, 2000, 2)).toEqual(['b', 'b']);
  });

  test('a call that was refused gets a live key that it has not tried, or none', () => {
    const ring = ringOf('a', 'b');
    const tried = new Set([pick(ring).id]);
    const second = ring.pick(0, 'p/m', NO_NEEDS, tried);
    expect(second?.secret?.reveal()).toBe('b');
    tried.add(second?.id ?? '');
    expect(ring.pick(0, 'p/m', NO_NEEDS, tried)).toBeUndefined();
  });

  test('a provider without keys has one that nobody can see, which rests like any other', () => {
    const ring = ringOf();
    const key = pick(ring);
    expect([ring.size, key.secret, key.id]).toEqual([1, undefined, 'none']);
    ring.report(key, 'p/m', limited(1000), 0);
    expect([ring.pick(0, 'p/m'), waitOf(ring, 0), waitOf(ring, 0, 'p/other')]).toEqual([undefined, 1000, 0]);
    for (const error of [refused(), usedUp()]) ring.report(key, 'p/m', error, 2000);
    expect([waitOf(ring, 2000), waitOf(ring, 2000, 'p/other')]).toEqual([HOUR_MS, 0]);
  });
});

describe('a refused key', () => {
  test('rests for a minute, then two, and is dead after the third time; once an hour it is tried', () => {
    const ring = ringOf('a');
    const key = pick(ring);
    ring.report(key, 'p/m', refused(), 0);
    expect(stateOf(ring, 0)).toMatchObject({ state: 'resting', reason: 'rejected', retry_after_ms: MINUTE_MS });
    ring.report(pick(ring, MINUTE_MS), 'p/m', refused(), MINUTE_MS);
    expect(stateOf(ring, MINUTE_MS)).toMatchObject({ state: 'resting', retry_after_ms: 2 * MINUTE_MS });
    ring.report(pick(ring, 3 * MINUTE_MS), 'p/m', refused(), 3 * MINUTE_MS);
    expect(stateOf(ring, 3 * MINUTE_MS)).toMatchObject({ state: 'dead', reason: 'rejected', retry_after_ms: HOUR_MS });
    const later = 3 * MINUTE_MS + HOUR_MS;
    expect(ring.pick(later - 1, 'p/m')).toBeUndefined();
    expect(ring.pick(later, 'p/m')).toBe(key);
    expect(stateOf(ring, later)?.state).toBe('dead');
    ring.report(key, 'p/m', undefined, later);
    expect(ring.states(later)).toEqual([{ id: key.id, state: 'live' }]);
  });

  test('counts one refusal for calls that were refused together', () => {
    const ring = ringOf('a');
    const keys = Array.from({ length: 5 }, () => pick(ring));
    for (const key of keys) ring.report(key, 'p/m', refused(), 0);
    expect(stateOf(ring, 0)).toMatchObject({ state: 'resting', retry_after_ms: MINUTE_MS });
  });

  test('is tried by one call alone when its rest is over, and by the next one if that says nothing', () => {
    const ring = ringOf('a');
    const key = pick(ring);
    ring.report(key, 'p/m', refused(), 0);
    expect(ring.pick(MINUTE_MS, 'p/m')).toBe(key);
    expect(ring.pick(MINUTE_MS, 'p/m')).toBeUndefined();
    ring.report(key, 'p/m', new RouterError('upstream.failed'), MINUTE_MS + 5);
    expect(ring.pick(MINUTE_MS + 5, 'p/m')).toBe(key);
    expect(ring.pick(MINUTE_MS + 5, 'p/m')).toBeUndefined();
    // A call that never reports does not keep the key for ever.
    expect(ring.pick(2 * MINUTE_MS, 'p/m')).toBe(key);
  });

  test('a success in between begins the count anew', () => {
    const ring = ringOf('a');
    let now = 0;
    for (let round = 0; round < 5; round += 1) {
      ring.report(pick(ring, now), 'p/m', refused(), now);
      now += MINUTE_MS;
      ring.report(pick(ring, now), 'p/m', undefined, now);
    }
    expect(stateOf(ring, now)?.state).toBe('live');
  });

  test('without credit it rests longer and longer, but never dies', () => {
    const ring = ringOf('a');
    let now = 0;
    for (let round = 0; round < 10; round += 1) {
      ring.report(pick(ring, now), 'p/m', refused(402), now);
      now += waitOf(ring, now);
    }
    ring.report(pick(ring, now), 'p/m', refused(402), now);
    expect(stateOf(ring, now)).toMatchObject({ state: 'resting', reason: 'no-credit', retry_after_ms: HOUR_MS });
  });

  test('forbidden may be about the model: the others go on', () => {
    const ring = ringOf('a');
    ring.report(pick(ring), 'p/m', refused(403), 0);
    expect([waitOf(ring, 0, 'p/m'), waitOf(ring, 0, 'p/other')]).toEqual([MINUTE_MS, 0]);
    expect(ring.states(0)).toMatchObject([
      { state: 'live', models: [{ model: 'p/m', reason: 'forbidden', retry_after_ms: MINUTE_MS }] },
    ]);
  });
});

describe('a limited key', () => {
  test('rests with the model that was called, as long as the provider asks for', () => {
    const ring = ringOf('a');
    ring.report(pick(ring), 'p/m', limited(7000), 0);
    expect([waitOf(ring, 0, 'p/m'), waitOf(ring, 0, 'p/other'), waitOf(ring, 7000, 'p/m')]).toEqual([7000, 0, 0]);
  });

  test('rests half a second, doubling to a minute, where the provider names no time', () => {
    const ring = ringOf('a');
    const waits: number[] = [];
    for (let now = 0; waits.length < 10; now += waits.at(-1) ?? 0) {
      ring.report(pick(ring, now), 'p/m', limited(), now);
      waits.push(waitOf(ring, now));
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  test('a time of 0 is none that was told, an absurd one a day', () => {
    const ring = ringOf('a');
    ring.report(pick(ring), 'p/m', limited(0), 0);
    expect(waitOf(ring, 0)).toBe(500);
    ring.report(pick(ring, 500), 'p/m', limited(365 * 24 * HOUR_MS), 500);
    expect(waitOf(ring, 500)).toBe(24 * HOUR_MS);
  });

  test('keeps the time it was told, whatever calls of before still say', () => {
    const ring = ringOf('a');
    const key = pick(ring);
    ring.report(key, 'p/m', limited(60_000), 0);
    ring.report(key, 'p/m', undefined, 10);
    ring.report(key, 'p/m', limited(1000), 20);
    expect(waitOf(ring, 20)).toBe(59_980);
  });

  test('a used-up quota rests the key for an hour, growing, or until the time that is told', () => {
    const ring = ringOf('a');
    ring.report(pick(ring), 'p/m', usedUp(), 0);
    expect([waitOf(ring, 0, 'p/m'), waitOf(ring, 0, 'p/other')]).toEqual([HOUR_MS, HOUR_MS]);
    ring.report(pick(ring, HOUR_MS), 'p/m', usedUp(), HOUR_MS);
    expect(waitOf(ring, HOUR_MS)).toBe(2 * HOUR_MS);
    const told = ringOf('a');
    told.report(pick(told), 'p/m', usedUp({ retryAfterMs: 12 * HOUR_MS }), 0);
    expect(waitOf(told, 0)).toBe(12 * HOUR_MS);
  });

  test('a quota of one model rests the key with that model alone', () => {
    const ring = ringOf('a');
    ring.report(pick(ring), 'p/m', usedUp({ limitScope: 'model' }), 0);
    expect([waitOf(ring, 0, 'p/m'), waitOf(ring, 0, 'p/other')]).toEqual([HOUR_MS, 0]);
  });
});

test('failures that are not about the key leave it alone', () => {
  const ring = ringOf('a');
  for (const code of ['upstream.failed', 'upstream.timeout', 'upstream.rejected', 'client.closed'] as const) {
    expect(ring.report(pick(ring), 'p/m', new RouterError(code), 0)).toBe(false);
  }
  expect([waitOf(ring, 0), ring.soonestRest('p/m', 0)]).toEqual([0, undefined]);
});

describe('why there is no key', () => {
  test('the rest that ends first', () => {
    const ring = ringOf('a', 'b');
    ring.report(pick(ring), 'p/m', refused(), 0);
    expect(ring.soonestRest('p/m', 0)).toBeUndefined();
    ring.report(pick(ring), 'p/m', limited(5000), 0);
    expect(ring.soonestRest('p/m', 0)?.reason).toBe('rate-limited');
    expect(ring.soonestRest('p/other', 0)).toBeUndefined();
  });
});

describe('a new configuration', () => {
  test('keys that stay keep resting, new ones are live, old ones are gone', () => {
    const ring = ringOf('a', 'b');
    const a = pick(ring);
    const b = pick(ring);
    ring.report(a, 'p/m', refused(), 0);
    ring.report(b, 'p/m', refused(), 0);
    ring.reconcile(secretsOf('c', 'b'));
    expect(picked(ring, 0, 2)).toEqual(['c', 'c']);
    expect(ring.states(0).map((key) => key.state)).toEqual(['live', 'resting']);
    ring.report(a, 'p/m', refused(), 0);
    expect(ring.states(0).map((key) => key.state)).toEqual(['live', 'resting']);
  });

  test('a key that comes back after it was gone starts afresh', () => {
    const ring = ringOf('a');
    ring.report(pick(ring), 'p/m', refused(), 0);
    ring.reconcile([]);
    expect(ring.pick(0, 'p/m')?.secret).toBeUndefined();
    ring.reconcile(secretsOf('a'));
    expect(ring.states(0)[0]?.state).toBe('live');
  });

  test('a key written twice counts once', () => {
    expect(ringOf('a', 'b', 'a').size).toBe(2);
  });
});

test('states show eight digits of a hash and nothing of the key', () => {
  const ring = ringOf('sk-very-secret');
  // The first digits of `printf sk-very-secret | sha256sum`.
  expect(ring.states(0)).toEqual([{ id: 'e7f15906', state: 'live' }]);
  expect(JSON.stringify([ring.states(0), ring.pick(0, 'p/m')])).not.toContain('very');
});

test('no more models are remembered for a key than there is room for', () => {
  const ring = ringOf('a');
  for (let index = 0; index < 2000; index += 1) {
    ring.report(pick(ring, 0, `p/${index}`), `p/${index}`, limited(60_000), 0);
  }
  expect(ring.states(0)[0]?.models).toHaveLength(512);
  expect(waitOf(ring, 0, 'p/1999')).toBe(60_000);
});

/** Key, model, what comes of the call, and the time until the next one. */
const step = fc.record({
  model: fc.constantFrom('p/1', 'p/2'),
  outcome: fc.constantFrom<RouterError | undefined>(
    undefined,
    refused(),
    refused(402),
    refused(403),
    limited(),
    limited(3000),
    usedUp(),
    usedUp({ limitScope: 'model' }),
    new RouterError('upstream.failed'),
  ),
  passesMs: fc.constantFrom(0, 1, 500, 60_000, 3_600_000),
});

test('whatever happens: a key comes exactly when the wait is over, never one that was tried, and it comes back', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string({ minLength: 1 }), { maxLength: 4 }), fc.array(step), (names, steps) => {
      const ring = ringOf(...names);
      let now = 0;
      for (const { model, outcome, passesMs } of steps) {
        const waitMs = waitOf(ring, now, model);
        expect(waitMs >= 0 && waitMs <= 24 * HOUR_MS).toBe(true);
        const key = ring.pick(now, model);
        expect(key !== undefined).toBe(waitMs === 0);
        if (key !== undefined) {
          expect(ring.report(key, model, outcome, now)).toBe(
            outcome !== undefined && outcome.code !== 'upstream.failed',
          );
          if (outcome !== undefined && outcome.retryAfterMs === 3000) expect(ring.pick(now, model)).not.toBe(key);
        }
        now += passesMs;
      }
      expect(waitOf(ring, now + 24 * HOUR_MS, 'p/1')).toBe(0);
    }),
    { numRuns: 500 },
  );
});
