import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/lib/secret.ts';
import { KeyRing, type RingKey } from '../../../src/providers/key-ring.ts';

const keysOf = (...values: string[]): Secret[] => values.map((value) => new Secret(value));
const NONE: ReadonlySet<string> = new Set();

function pick(ring: KeyRing, now = 0, tried: ReadonlySet<string> = NONE): RingKey {
  const key = ring.pick(now, tried);
  if (key === undefined) throw new Error('no key');
  return key;
}

const picked = (ring: KeyRing, now: number, count: number): string[] =>
  Array.from({ length: count }, () => pick(ring, now).secret.reveal());

test('calls take the keys in turn', () => {
  expect(picked(new KeyRing(keysOf('a', 'b', 'c')), 0, 7)).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a']);
});

test('a provider without keys has none to give', () => {
  const ring = new KeyRing([]);
  expect([ring.size, ring.pick(0), ring.states(0)]).toEqual([0, undefined, []]);
});

test('a resting key is left out until its time has come', () => {
  const ring = new KeyRing(keysOf('a', 'b'));
  ring.park(pick(ring), 1000, 'rejected');
  expect(picked(ring, 999, 3)).toEqual(['b', 'b', 'b']);
  expect(picked(ring, 1000, 2)).toEqual(['a', 'b']);
});

test('when all rest, a call starts with the one that wakes soonest', () => {
  const ring = new KeyRing(keysOf('a', 'b', 'c'));
  ring.park(pick(ring), 5000, 'rejected');
  ring.park(pick(ring), 2000, 'rate-limited');
  ring.park(pick(ring), 3000, 'rate-limited');
  expect(picked(ring, 0, 2)).toEqual(['b', 'b']);
});

test('a call that was refused gets a live key that it has not tried, or none', () => {
  const ring = new KeyRing(keysOf('a', 'b', 'c'));
  const first = pick(ring);
  ring.park(first, 60_000, 'rejected');
  const second = pick(ring, 0, new Set([first.id]));
  expect(second.secret.reveal()).toBe('b');
  ring.park(second, 60_000, 'rejected');
  const third = pick(ring, 0, new Set([first.id, second.id]));
  expect(third.secret.reveal()).toBe('c');
  expect(ring.pick(0, new Set([first.id, second.id, third.id]))).toBeUndefined();
  ring.park(third, 60_000, 'rejected');
  expect(ring.pick(0, new Set([first.id]))).toBeUndefined();
});

test('a rest is never shortened by a later, shorter one', () => {
  const ring = new KeyRing(keysOf('a'));
  const key = pick(ring);
  ring.park(key, 60_000, 'rejected');
  ring.park(key, 1000, 'rate-limited');
  expect(ring.states(2000)).toEqual([{ id: key.id, state: 'resting', reason: 'rejected', until_ms: 60_000 }]);
});

describe('a new configuration', () => {
  test('keys that stay keep resting, new ones are live, old ones are gone', () => {
    const ring = new KeyRing(keysOf('a', 'b'));
    const a = pick(ring);
    const b = pick(ring);
    ring.park(a, 1000, 'rejected');
    ring.park(b, 1000, 'rejected');
    ring.reconcile(keysOf('c', 'b'));
    expect(picked(ring, 0, 2)).toEqual(['c', 'c']);
    expect(ring.states(0).map((key) => key.state)).toEqual(['live', 'resting']);
    ring.park(a, 9000, 'rejected');
    expect(ring.states(0).map((key) => key.state)).toEqual(['live', 'resting']);
  });

  test('a key that comes back after it was gone starts afresh', () => {
    const ring = new KeyRing(keysOf('a'));
    ring.park(pick(ring), 1000, 'rejected');
    ring.reconcile([]);
    expect(ring.pick(0)).toBeUndefined();
    ring.reconcile(keysOf('a'));
    expect(ring.states(0)[0]?.state).toBe('live');
  });

  test('a key written twice counts once', () => {
    expect(new KeyRing(keysOf('a', 'b', 'a')).size).toBe(2);
  });
});

test('states show eight digits of a hash and nothing of the key', () => {
  const ring = new KeyRing(keysOf('sk-very-secret'));
  // The first digits of `printf sk-very-secret | sha256sum`.
  expect(ring.states(0)).toEqual([{ id: 'e7f15906', state: 'live' }]);
  expect(JSON.stringify([ring.states(0), ring.pick(0)])).not.toContain('very');
});

test('whatever happens: live keys first, none twice in a call, and every live key gets its turn', () => {
  const values = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 6 });
  const rests = fc.array(fc.nat(100), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(values, rests, fc.nat(100), (names, untils, now) => {
      const ring = new KeyRing(keysOf(...names));
      const keys = names.map(() => pick(ring));
      for (const [index, key] of keys.entries()) ring.park(key, untils[index] ?? 0, 'rate-limited');
      const live = keys.filter((_key, index) => (untils[index] ?? 0) <= now);
      const tried = new Set<string>();
      for (let key = ring.pick(now, tried); key !== undefined; key = ring.pick(now, tried)) {
        expect(tried.has(key.id)).toBe(false);
        tried.add(key.id);
      }
      expect(tried.size).toBe(Math.max(1, live.length));
      const inTurn = new Set(live.map(() => pick(ring, now).id));
      expect(inTurn).toEqual(new Set(live.map((key) => key.id)));
    }),
  );
});
