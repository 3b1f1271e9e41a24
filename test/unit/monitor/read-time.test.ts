import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readTime } from '../../../src/monitor/read-time.ts';

test.each([
  ['2026-11-20T19:06:41Z', '2026-11-20T19:06:41.000Z'],
  ['2026-11-20T19:06:41', '2026-11-20T19:06:41.000Z'],
  ['2026-11-20 19:06:41.138', '2026-11-20T19:06:41.138Z'],
  ['2026-11-20T19:06', '2026-11-20T19:06:00.000Z'],
  ['2026-11-20', '2026-11-20T00:00:00.000Z'],
  ['2026-11-20T19:06:41+02:00', '2026-11-20T17:06:41.000Z'],
  ['2026-11-20T19:06:41 02:00', '2026-11-20T17:06:41.000Z'],
  ['2026-11-20T19:06:41-0330', '2026-11-20T22:36:41.000Z'],
])('%s', (text, expected) => {
  expect(readTime(text)).toBe(Date.parse(expected));
});

test('parts of a millisecond are kept', () => {
  expect(readTime('1970-01-01T00:00:01.138763')).toBeCloseTo(1138.763, 6);
});

test.each([
  '',
  'yesterday',
  '1763665601',
  '2026-13-01',
  '2026-02-30',
  '2026-11-20T24:00:00',
  '2026-11-20T19:60:00',
  '2026-11-20T19:06:41+25:00',
  '2026-11-20T19:06:41Z; DROP TABLE x',
  '2026-11-20T',
  '20261120',
])('%j is no time', (text) => {
  expect(readTime(text)).toBeUndefined();
});

test('every time that the API gives reads back as itself', () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      expect(readTime(date.toISOString())).toBe(date.getTime());
    }),
  );
});
