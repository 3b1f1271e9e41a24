import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isSingleTypo } from '../../../src/lib/typo.ts';

test.each([
  ['temprature', 'temperature', true],
  ['temperatures', 'temperature', true],
  ['temparature', 'temperature', true],
  ['tempreature', 'temperature', true],
  ['', 'a', true],
  ['ab', 'ba', true],
  ['temperature', 'temperature', false],
  ['min_tokens', 'max_tokens', false],
  ['abcd', 'badc', false],
  ['abc', 'cba', false],
  ['abc', 'abcde', false],
])('%s for %s: %s', (left, right, expected) => {
  expect(isSingleTypo(left, right)).toBe(expected);
  expect(isSingleTypo(right, left)).toBe(expected);
});

test('any one character that is missing or too much is a single typo', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.nat(), (text, seed) => {
      const at = seed % text.length;
      expect(isSingleTypo(text, text.slice(0, at) + text.slice(at + 1))).toBe(true);
    }),
  );
});
