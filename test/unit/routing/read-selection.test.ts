import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RouterError } from '../../../src/errors/router-error.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { readBodySelection, readHeaderSelection } from '../../../src/routing/read-selection.ts';

function errorOf(read: () => unknown): RouterError {
  try {
    read();
  } catch (thrown) {
    if (thrown instanceof RouterError) return thrown;
  }
  throw new Error('it was accepted');
}

/** As Node hands over the bytes of a header. */
function asHeader(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

describe('readHeaderSelection', () => {
  it('reads every header', () => {
    expect(
      readHeaderSelection({
        'x-router-tags': 'a, b',
        'x-router-any-tags': 'c,d',
        'x-router-not-tags': 'e',
        'x-router-prefer': 'f',
        'x-router-providers': 'g',
        'x-router-exclude-providers': 'h',
        'x-router-provider-types': 'i',
        'x-router-exclude-provider-types': 'j',
        'x-router-strategy': 'priority',
        'x-request-id': 'k',
      }),
    ).toEqual({
      tags: ['a', 'b'],
      anyTags: ['c', 'd'],
      notTags: ['e'],
      prefer: ['f'],
      providers: ['g'],
      excludeProviders: ['h'],
      providerTypes: ['i'],
      excludeProviderTypes: ['j'],
    });
  });

  it.each([
    ['a,,b, ,a', ['a', 'b']],
    ['a%2Cb,c%20d', ['a,b', 'c d']],
    ['%E7%BC%96%E7%A8%8B', ['编程']],
    [asHeader('编程,ünï'), ['编程', 'ünï']],
    ['glm%20(cn)', ['glm (cn)']],
  ])('reads the names of %j', (text, expected) => {
    expect(readHeaderSelection({ 'x-router-tags': text }).tags).toEqual(expected);
  });

  it('reads what was sent in several headers', () => {
    expect(readHeaderSelection({ 'x-router-tags': ['a', 'b'] }).tags).toEqual(['a', 'b']);
  });

  it.each([{}, { 'x-router-tags': '' }, { 'x-router-tags': ' , ' }, { 'x-router-strategy': ' ' }])(
    'asks for nothing with %j',
    (headers) => {
      expect(readHeaderSelection(headers)).toEqual({});
    },
  );

  it.each([
    ['x-router-tags', 'a%', 'x-router-tags: expected percent-encoded UTF-8'],
    ['x-router-tags', '%ff', 'percent-encoded'],
    ['x-router-prefer', '\u00ff', 'percent-encoded'],
    ['x-router-providers', 'a%0Ab', 'control characters'],
    ['x-router-not-tags', 'x'.repeat(257), 'at most 256 characters'],
    ['x-router-tags', Array.from({ length: 65 }, (_, index) => index).join(), 'at most 64'],
    ['x-router-strategy', 'lowest_cost', 'not available yet'],
    ['x-router-max-cost-usd', '0.5', 'not available yet'],
    ['x-router-max-latency-ms', '0', 'not available yet'],
  ])('refuses %s: %s', (header, value, message) => {
    const error = errorOf(() => readHeaderSelection({ [header]: value }));
    expect([error.code, error.param]).toEqual(['request.invalid', header]);
    expect(error.publicMessage).toContain(message);
  });

  it('reads back any names, percent-encoded', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter((text) => text.trim() === text && !/[\p{Cc}\p{Cs}]/u.test(text));
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 8 }), (names) => {
        const text = names.map(encodeURIComponent).join(',');
        expect(readHeaderSelection({ 'x-router-any-tags': text }).anyTags).toEqual(names);
      }),
    );
  });
});

describe('readBodySelection', () => {
  const members = {
    tags: ['a', ' b ', 'a', ''],
    any_tags: 'c, d',
    not_tags: ['e,f'],
    prefer: ['g'],
    providers: ['h'],
    exclude_providers: ['i'],
    provider_types: ['j'],
    exclude_provider_types: ['k'],
    name: ' l ',
    include_inactive: true,
    strategy: 'priority',
  };
  const selection = {
    tags: ['a', 'b'],
    anyTags: ['c', 'd'],
    notTags: ['e,f'],
    prefer: ['g'],
    providers: ['h'],
    excludeProviders: ['i'],
    providerTypes: ['j'],
    excludeProviderTypes: ['k'],
    name: 'l',
    includeInactive: true,
  };

  it('reads flat and nested members', () => {
    expect(readBodySelection(members)).toEqual(selection);
    expect(readBodySelection({ query: members, request: { prompt: 'hi' } })).toEqual(selection);
  });

  it('prefers the nested member to the flat one', () => {
    expect(readBodySelection({ tags: ['flat'], prefer: ['flat'], query: { tags: ['nested'] } })).toEqual({
      tags: ['nested'],
      prefer: ['flat'],
    });
  });

  it.each<JsonObject>([
    {},
    { query: null },
    { query: {} },
    { tags: null, name: null, include_inactive: null, strategy: null, max_cost_usd: null },
    { tags: [], any_tags: '', name: '  ' },
    { model: 'mini', messages: [], metadata: { tags: ['x'] } },
  ])('asks for nothing with %j', (body) => {
    expect(readBodySelection(body)).toEqual({});
  });

  it.each<[JsonObject, string, string]>([
    [{ tags: 5 }, 'tags', 'list of strings'],
    [{ tags: ['a', 5] }, 'tags', 'list of strings'],
    [{ any_tags: [['a']] }, 'any_tags', 'list of strings'],
    [{ not_tags: { a: true } }, 'not_tags', 'list of strings'],
    [{ query: { provider_types: true } }, 'query.provider_types', 'list of strings'],
    [{ query: 'coding' }, 'query', 'an object'],
    [{ query: ['coding'] }, 'query', 'an object'],
    [{ name: 5 }, 'name', 'a string'],
    [{ name: 'a\u0000' }, 'name', 'control characters'],
    [{ query: { include_inactive: 'yes' } }, 'query.include_inactive', 'true or false'],
    [{ tags: ['a\nb'] }, 'tags', 'control characters'],
    [{ not_tags: Array.from({ length: 65 }, (_, index) => `${index}`) }, 'not_tags', 'at most 64'],
    [{ strategy: 'weighted' }, 'strategy', 'not available yet'],
    [{ query: { strategy: 5 } }, 'query.strategy', 'not available yet'],
    [{ max_cost_usd: 0.5 }, 'max_cost_usd', 'not available yet'],
    [{ query: { max_latency_ms: 0 } }, 'query.max_latency_ms', 'not available yet'],
  ])('refuses %j', (body, param, message) => {
    const error = errorOf(() => readBodySelection(body));
    expect([error.code, error.param]).toEqual(['request.invalid', param]);
    expect(error.publicMessage).toContain(message);
  });

  it('gives a selection or an error of its own for any body', () => {
    const value = fc.jsonValue({ maxDepth: 2 });
    const name = fc.constantFrom('tags', 'any_tags', 'name', 'include_inactive', 'strategy', 'query', 'providers');
    fc.assert(
      fc.property(fc.dictionary(name, value), (body) => {
        try {
          readBodySelection(body as JsonObject);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(RouterError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
