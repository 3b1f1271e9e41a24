import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseExact, stringifyExact } from '../../../src/lib/exact-json.ts';
import type { JsonObject, JsonValue } from '../../../src/lib/json.ts';
import { mayLoseDigits, survivesAsDouble } from '../../../src/lib/long-numbers.ts';
import { exactValuesOf, objectText } from '../../support/json-texts.ts';

function parsed(text: string): JsonValue {
  const result = parseExact(text);
  if (!result.ok) throw new Error(result.message);
  return result.value;
}

describe('a value that is parsed and printed', () => {
  test('says the same to the last digit', () => {
    fc.assert(
      fc.property(objectText, (text) => {
        expect(exactValuesOf(stringifyExact(parsed(text)))).toEqual(exactValuesOf(text));
      }),
      { numRuns: 2000 },
    );
  });

  test('is for its readers what JSON.parse makes of it', () => {
    fc.assert(
      fc.property(objectText, (text) => {
        const value = parsed(text);
        expect(value).toEqual(JSON.parse(text));
        expect(JSON.stringify(value)).toBe(JSON.stringify(JSON.parse(text)));
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['[12345678901234567890,[1e400],{"a":[-1e-400]}]'],
    ['{"a":{"__proto__":{"b":9007199254740993}}}'],
    ['{"a\\"":"1e400,\\\\","b":0.1234567890123456789}'],
    ['{"n":1E0400}'],
  ])('%s is printed as it is', (text) => {
    expect(stringifyExact(parsed(text))).toBe(text);
  });

  test('keeps its digits wherever it is put, and loses them where it is copied', () => {
    const { args } = parsed('{"args":{"id":12345678901234567890,"list":[1e400]}}') as { args: JsonObject };
    expect(stringifyExact([{ body: { args } }])).toBe('[{"body":{"args":{"id":12345678901234567890,"list":[1e400]}}}]');
    expect(stringifyExact({ ...args })).toBe('{"id":12345678901234567000,"list":[1e400]}');
  });

  test('prints the last of two members of one name', () => {
    expect(stringifyExact(parsed('{"a":9007199254740993,"a":9007199254740992}'))).toBe('{"a":9007199254740992}');
  });

  test('has doubles beside a member that JSON.stringify would call', () => {
    expect(stringifyExact(parsed('{"a":12345678901234567890,"toJSON":[1e400]}'))).toBe(
      '{"a":12345678901234567000,"toJSON":[1e400]}',
    );
  });

  test('has doubles where more numbers than any conversation has are too long', () => {
    const many = (count: number): string => `[${Array.from({ length: count }, () => '[12345678901234567890]').join()}]`;
    expect(stringifyExact(parsed(many(10_000)))).toBe(many(10_000));
    expect(stringifyExact(parsed(many(10_001)))).toBe(JSON.stringify(JSON.parse(many(10_001))));
  });

  test('may be nested deeper than any stack', () => {
    const depth = 200_000;
    expect(parseExact(`${'['.repeat(depth)}1e400${']'.repeat(depth)}`).ok).toBe(true);
  });

  test.each(['12345678901234567890', ' 1e400', '"1e400"', 'null'])('may be no object: %s', (text) => {
    expect(parsed(text)).toBe(JSON.parse(text));
  });
});

test.each([
  '',
  '{',
  '{12345678901234567890:1}',
  '{"a":012345678901234567890}',
  '[1e4000e1]',
  '[12345678901234567890"]',
])('what is no JSON stays so: %s', (text) => {
  expect(parseExact(text).ok).toBe(false);
});

test('a value that cannot be printed leaves the next one alone', () => {
  const circle: Record<string, unknown> = {};
  circle['self'] = circle;
  expect(() => stringifyExact(circle as JsonObject)).toThrow();
  const value = parsed('[12345678901234567890]');
  expect(JSON.stringify(value)).toBe('[12345678901234567000]');
  expect(stringifyExact(value)).toBe('[12345678901234567890]');
});

describe('the look for numbers that lose digits', () => {
  test('misses none, wherever it stands', () => {
    const place = fc.tuple(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.constantFrom('', ' ', '\n\t', '\r'));
    fc.assert(
      fc.property(objectText, place, (text, [before, blank]) => {
        const within = `{${JSON.stringify(before)}:${blank}${text}${blank}}`;
        if (!mayLoseDigits(within)) {
          expect(exactValuesOf(JSON.stringify(JSON.parse(within)))).toEqual(exactValuesOf(within));
        }
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    ['{"id":123456789012345}', false],
    ['{"id":1234567890123456}', true],
    ['{"n":0.12345678901234}', true],
    ['{"n":1e99}', false],
    ['{"n":1e100}', true],
    ['{"id":"12345678901234567890"}', false],
    ['{"data":"ab1e400cd"}', false],
    [`{"data":"${'9'.repeat(50)}"}`, false],
  ])('%s: %s', (text, isFound) => {
    expect(mayLoseDigits(text)).toBe(isFound);
  });
});

test.each([
  ['9007199254740993', false],
  ['9007199254740992', true],
  ['100000000000000000000000', true],
  ['0.1000000000000000055511151231257827', false],
  ['0.1', true],
  ['1.50', true],
  ['-0.0e999', true],
  ['5e-324', true],
  ['4e-324', false],
  ['1e400', false],
  ['1e-400', false],
])('%s survives as a double: %s', (number, survives) => {
  expect(survivesAsDouble(number)).toBe(survives);
});
