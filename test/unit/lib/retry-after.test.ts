import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRetryAfter } from '../../../src/lib/retry-after.ts';

const NOW = Date.UTC(2026, 10, 20, 12, 0, 0);
const DAY_MS = 86_400_000;

describe('what is understood', () => {
  test.each([
    ['0', 0],
    ['1', 1000],
    ['120', 120_000],
    [' 7 ', 7000],
    ['0.25', 250],
    ['Fri, 20 Nov 2026 12:00:30 GMT', 30_000],
    ['Fri, 20 Nov 2026 12:00:00 GMT', 0],
    ['Friday, 20-Nov-26 12:01:00 GMT', 60_000],
    ['Fri Nov 20 12:02:00 2026', 120_000],
    ['Sun Nov  6 08:49:37 1994', 0],
    ['Fri, 20 Nov 2026 11:59:59 GMT', 0],
    ['Sunday, 06-Nov-94 08:49:37 GMT', 0],
  ])('retry-after: %s', (value, expected) => {
    expect(parseRetryAfter({ 'retry-after': value }, NOW)).toBe(expected);
  });

  test('retry-after-ms is finer and comes first', () => {
    expect(parseRetryAfter({ 'retry-after-ms': '1500.5', 'retry-after': '2' }, NOW)).toBe(1500.5);
  });

  test('nonsense in retry-after-ms does not hide retry-after', () => {
    expect(parseRetryAfter({ 'retry-after-ms': 'soon', 'retry-after': '2' }, NOW)).toBe(2000);
  });

  test('of a header sent twice the first counts', () => {
    expect(parseRetryAfter({ 'retry-after': ['3', '9'] }, NOW)).toBe(3000);
  });

  test('an absurd figure is cut to a year', () => {
    expect(parseRetryAfter({ 'retry-after': '99999999999999' }, NOW)).toBe(365 * DAY_MS);
    expect(parseRetryAfter({ 'retry-after': '9'.repeat(400) }, NOW)).toBe(365 * DAY_MS);
  });
});

test.each(['', '-1', '-0.5', '+5', '1e3', '0x10', 'soon', 'NaN', 'Infinity', '1,5', '12:00', 'Nov 20', '2026-11-20'])(
  'nonsense says nothing: %s',
  (value) => {
    expect(parseRetryAfter({ 'retry-after': value }, NOW)).toBeUndefined();
  },
);

test('dates that do not exist say nothing', () => {
  for (const value of ['Xxx, 99 Xxx 2026 12:00:00 GMT', 'Fri, 20 Nov 2026 99:00:00 GMT', 'Fri Nov 99 12:00:00 2026']) {
    expect(parseRetryAfter({ 'retry-after': value }, NOW)).toBeUndefined();
  }
});

test('no header says nothing', () => {
  expect(parseRetryAfter({}, NOW)).toBeUndefined();
  expect(parseRetryAfter({ 'retry-after': [] }, NOW)).toBeUndefined();
});

test('whatever is sent, the answer is nothing or a wait between now and a year', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.float().map(String), fc.date().map(String)), (value) => {
      const ms = parseRetryAfter({ 'retry-after': value, 'retry-after-ms': value }, NOW);
      expect(ms === undefined || (ms >= 0 && ms <= 365 * DAY_MS)).toBe(true);
    }),
  );
});

test('a date as HTTP writes it is read back to the second', () => {
  const later = fc.integer({ min: 0, max: 300 * 86_400 });
  fc.assert(
    fc.property(later, (seconds) => {
      const value = new Date(NOW + seconds * 1000).toUTCString();
      expect(parseRetryAfter({ 'retry-after': value }, NOW)).toBe(seconds * 1000);
    }),
  );
});
