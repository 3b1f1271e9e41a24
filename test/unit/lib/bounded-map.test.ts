import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BoundedMap } from '../../../src/lib/bounded-map.ts';

function makeMap(options: { maxEntries?: number; maxSize?: number; now?: () => number } = {}): BoundedMap<string> {
  return new BoundedMap({
    maxEntries: 3,
    maxSize: 10,
    ttlMs: 100,
    now: () => 0,
    sizeOf: (value) => value.length,
    ...options,
  });
}

test('the oldest entry goes where there are too many', () => {
  const map = makeMap();
  for (const key of ['a', 'b', 'c', 'd']) map.set(key, key);
  expect(['a', 'b', 'c', 'd'].map((key) => map.get(key))).toEqual([undefined, 'b', 'c', 'd']);
});

test('an entry that is too large as a whole is not kept, and takes the place of none', () => {
  const map = makeMap();
  map.set('a', 'x');
  map.set('b', 'x'.repeat(11));
  expect([map.get('a'), map.get('b'), map.count]).toEqual(['x', undefined, 1]);
});

test('an entry is forgotten when its time is over', () => {
  let now = 0;
  const map = makeMap({ now: () => now });
  map.set('a', 'x');
  now = 99;
  expect(map.get('a')).toBe('x');
  now = 100;
  expect(map.get('a')).toBeUndefined();
  expect(map.count).toBe(0);
});

test('whatever is put in, number and size stay within their bounds, and what was put in last is there', () => {
  const entries = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e'), fc.string({ maxLength: 12 })));
  fc.assert(
    fc.property(entries, (list) => {
      const map = makeMap();
      for (const [key, value] of list) {
        map.set(key, value);
        expect(map.get(key)).toBe(value.length > 10 ? undefined : value);
        const kept = ['a', 'b', 'c', 'd', 'e'].flatMap((name) => map.get(name) ?? []);
        expect(kept.length).toBe(map.count);
        expect(kept.length).toBeLessThanOrEqual(3);
        expect(kept.join('').length).toBeLessThanOrEqual(10);
      }
    }),
  );
});
