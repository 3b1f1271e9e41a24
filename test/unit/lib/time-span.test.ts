import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSpan } from '../../../src/lib/time-span.ts';

test.each([
  ['6m0s', 360_000],
  ['20ms', 20],
  ['12ms', 12],
  ['7.66s', 7660],
  ['1h2m3.5s', 3_723_500],
  ['9m38.016s', 578_016],
  ['2d', 172_800_000],
  ['26 seconds.', 26_000],
  ['1 second', 1000],
  ['2 minutes and more', 120_000],
  ['1 hour, 30 minutes', 5_400_000],
  ['1.2s. Need more?', 1200],
  ['500 milliseconds', 500],
  ['5S', 5000],
])('%s', (text, expected) => {
  expect(parseSpan(text)).toBeCloseTo(expected, 6);
});

test.each(['', '5', 's', '-5s', 'soon', '5 months', '3 dogs', '1e3s', '.5s'])('no span: %s', (text) => {
  expect(parseSpan(text)).toBeUndefined();
});

test('never negative, never NaN, whatever is written', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9.]{0,20}[a-z]{0,5}[0-9.]{0,20}[a-z]{0,5}$/));
  fc.assert(
    fc.property(text, (value) => {
      const ms = parseSpan(value);
      expect(ms === undefined || (Number.isFinite(ms) && ms >= 0)).toBe(true);
    }),
    { numRuns: 2000 },
  );
});
