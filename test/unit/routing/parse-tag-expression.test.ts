import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RouterError } from '../../../src/errors/router-error.ts';
import { parseTagExpression, type TagSelection } from '../../../src/routing/parse-tag-expression.ts';

const EMPTY: TagSelection = { tags: [], anyTags: [], notTags: [], prefer: [] };

function errorOf(text: string): RouterError {
  try {
    parseTagExpression(text);
  } catch (thrown) {
    if (thrown instanceof RouterError) return thrown;
  }
  throw new Error(`${text} was accepted`);
}

describe('parseTagExpression', () => {
  it.each<[string, Partial<TagSelection>]>([
    ['coding', { tags: ['coding'] }],
    ['long-context', { tags: ['long-context'] }],
    ['a+b', { tags: ['a', 'b'] }],
    ['a+a', { tags: ['a'] }],
    ['a|b', { anyTags: [['a', 'b']] }],
    ['a|a', { tags: ['a'] }],
    [
      'a|b+c|d',
      {
        anyTags: [
          ['a', 'b'],
          ['c', 'd'],
        ],
      },
    ],
    ['!a', { notTags: ['a'] }],
    ['!a+!b', { notTags: ['a', 'b'] }],
    ['a?prefer=b', { tags: ['a'], prefer: ['b'] }],
    ['a?prefer=b,c&prefer=d', { tags: ['a'], prefer: ['b', 'c', 'd'] }],
    [' a + b | c + ! d ? prefer = e , f ', { tags: ['a'], anyTags: [['b', 'c']], notTags: ['d'], prefer: ['e', 'f'] }],
    [
      'coding+fast|cheap+!local?prefer=free,qwen',
      { tags: ['coding'], anyTags: [['fast', 'cheap']], notTags: ['local'], prefer: ['free', 'qwen'] },
    ],
    ['编程+!本地', { tags: ['编程'], notTags: ['本地'] }],
    ['%E7%BC%96%E7%A8%8B', { tags: ['编程'] }],
    ['c%2B%2B+!100%25', { tags: ['c++'], notTags: ['100%'] }],
    ['%21a', { tags: ['!a'] }],
    ['a!b', { tags: ['a!b'] }],
  ])('reads %s', (text, expected) => {
    expect(parseTagExpression(text)).toEqual({ ...EMPTY, ...expected });
  });

  it.each([
    ['', 'a tag is missing'],
    ['a++b', 'a tag is missing'],
    ['a|', 'a tag is missing'],
    ['!', 'a tag is missing'],
    ['%20', 'a tag is missing'],
    ['a?prefer=', 'a tag is missing'],
    ['!a|b', '`!a+!b` instead of `!a|b`'],
    ['a?strategy=cheap', '`strategy` is no option; the only one is `prefer`'],
    ['a?', '`` is no option'],
    ['100%', 'percent'],
    ['%ff', 'percent'],
    ['a%00b', 'control characters'],
    ['x'.repeat(257), 'at most 256 characters'],
  ])('refuses %j', (text, message) => {
    const error = errorOf(text);
    expect([error.code, error.param]).toEqual(['request.invalid', 'model']);
    expect(error.publicMessage).toContain(message);
  });

  it('reads back whatever was written, percent-encoded', () => {
    const tag = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => text.trim() === text && !/[\p{Cc}\p{Cs}]/u.test(text));
    const tags = fc.uniqueArray(tag, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(tags, tags, tags, tags, (all, any, not, prefer) => {
        const encode = (names: readonly string[], prefix = ''): string[] =>
          names.map((name) => prefix + encodeURIComponent(name).replaceAll('!', '%21'));
        const terms = [...encode(all), encode(any).join('|'), ...encode(not, '!')].join('+');
        const single = any.length === 1;
        expect(parseTagExpression(`${terms}?prefer=${encode(prefer).join(',')}`)).toEqual({
          tags: single ? [...new Set([...all, ...any])] : all,
          anyTags: single ? [] : [any],
          notTags: not,
          prefer,
        });
      }),
    );
  });

  it('gives a selection or an error of its own for any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', '+', '|', '!', '?', '=', ',', '%', '2', ' ', '&') }),
        (text) => {
          try {
            const { tags, anyTags, notTags, prefer } = parseTagExpression(text);
            expect([...tags, ...anyTags.flat(), ...notTags, ...prefer]).not.toContain('');
            expect(anyTags.every((group) => group.length > 1)).toBe(true);
          } catch (thrown) {
            expect(thrown).toBeInstanceOf(RouterError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});
