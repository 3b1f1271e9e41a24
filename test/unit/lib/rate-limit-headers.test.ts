import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { HEADER_FAMILIES } from '../../../src/lib/rate-limit-families.ts';
import { familyOf, msUntilRefilled, readLimits } from '../../../src/lib/rate-limit-headers.ts';
import { parseResetTime } from '../../../src/lib/reset-time.ts';

const NOW = Date.UTC(2026, 10, 20, 12, 0, 0);
const YEAR_MS = 365 * 86_400_000;

type Headers = Record<string, string>;

function read(headers: Headers) {
  const family = familyOf(headers);
  return family === undefined ? undefined : readLimits(family, headers, NOW);
}

describe('the styles of vendors', () => {
  test('OpenAI: spans of time', () => {
    const headers = {
      'x-ratelimit-limit-requests': '60',
      'x-ratelimit-remaining-requests': '59',
      'x-ratelimit-reset-requests': '1s',
      'x-ratelimit-limit-tokens': '150000',
      'x-ratelimit-remaining-tokens': '149984',
      'x-ratelimit-reset-tokens': '6m0s',
    };
    expect(read(headers)).toEqual([
      { name: 'requests', unit: 'requests', limit: 60, remaining: 59, resetMs: 1000, isSteady: true },
      { name: 'tokens', unit: 'tokens', limit: 150_000, remaining: 149_984, resetMs: 360_000, isSteady: true },
    ]);
  });

  test('Anthropic: RFC 3339', () => {
    const headers = {
      'anthropic-ratelimit-requests-limit': '50',
      'anthropic-ratelimit-requests-remaining': '49',
      'anthropic-ratelimit-requests-reset': '2026-11-20T12:00:01Z',
      'anthropic-ratelimit-output-tokens-limit': '8000',
      'anthropic-ratelimit-output-tokens-remaining': '0',
      'anthropic-ratelimit-output-tokens-reset': '2026-11-20T12:00:30Z',
    };
    expect(read(headers)).toEqual([
      { name: 'requests', unit: 'requests', limit: 50, remaining: 49, resetMs: 1000, isSteady: true },
      { name: 'output-tokens', unit: 'output-tokens', limit: 8000, remaining: 0, resetMs: 30_000, isSteady: true },
    ]);
  });

  test('Groq: the day and the minute', () => {
    const headers = {
      'x-ratelimit-limit-requests': '14400',
      'x-ratelimit-remaining-requests': '14370',
      'x-ratelimit-reset-requests': '2m59.56s',
    };
    expect(read(headers)?.[0]).toMatchObject({ remaining: 14_370, resetMs: 179_560 });
  });

  test('Cerebras: seconds, and the length in the name', () => {
    const headers = {
      'x-ratelimit-limit-requests-day': '1000',
      'x-ratelimit-remaining-requests-day': '997',
      'x-ratelimit-reset-requests-day': '33011.382867',
      'x-ratelimit-limit-tokens-minute': '60000',
      'x-ratelimit-remaining-tokens-minute': '0',
      'x-ratelimit-reset-tokens-minute': '11.4',
    };
    expect(read(headers)?.map(({ name, resetMs, isSteady }) => [name, resetMs, isSteady])).toEqual([
      ['requests-day', 33_011_382.867, false],
      ['tokens-minute', 11_400, false],
    ]);
  });

  test('Mistral: no resets', () => {
    const headers = { 'x-ratelimit-limit-req-minute': '60', 'x-ratelimit-remaining-req-minute': '45' };
    expect(read(headers)).toEqual([
      { name: 'req-minute', unit: 'requests', limit: 60, remaining: 45, resetMs: 15_000, isSteady: true },
    ]);
  });

  test('Fireworks: prompts and answers apart', () => {
    const headers = {
      'x-ratelimit-limit-requests': '600',
      'x-ratelimit-remaining-requests': '599',
      'x-ratelimit-limit-tokens-prompt': '60000',
      'x-ratelimit-remaining-tokens-prompt': '0',
    };
    expect(read(headers)?.map(({ unit, remaining }) => [unit, remaining])).toEqual([
      ['requests', 599],
      ['input-tokens', 0],
    ]);
  });

  test('OpenRouter: milliseconds since the epoch', () => {
    const headers = {
      'x-ratelimit-limit': '50',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(NOW + 3_600_000),
    };
    expect(read(headers)).toEqual([
      { name: 'requests', unit: 'requests', limit: 50, remaining: 0, resetMs: 3_600_000, isSteady: false },
    ]);
  });

  test('Cohere, Together and the draft of the IETF', () => {
    expect(read({ 'x-trial-endpoint-call-limit': '20', 'x-trial-endpoint-call-remaining': '19' })).toMatchObject([
      { unit: 'requests', remaining: 19, resetMs: 3000 },
    ]);
    const together = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1', 'x-tokenlimit-remaining': '9' };
    expect(read(together)?.map(({ unit, resetMs }) => [unit, resetMs])).toEqual([
      ['requests', 1000],
      ['tokens', 1000],
    ]);
    const draft = { 'ratelimit-limit': '10', 'ratelimit-remaining': '3', 'ratelimit-reset': '50' };
    expect(read(draft)).toMatchObject([{ remaining: 3, resetMs: 50_000 }]);
  });
});

test('a window of which nobody knows the end says nothing', () => {
  expect(read({ 'x-ratelimit-limit': '10', 'x-ratelimit-remaining': '0' })).toEqual([]);
});

test('what is overdrawn is empty, and nonsense says nothing', () => {
  const headers = (remaining: string) => ({
    'x-ratelimit-remaining-requests': remaining,
    'x-ratelimit-reset-requests': '1s',
  });
  expect(read(headers('-4'))).toMatchObject([{ remaining: 0 }]);
  for (const nonsense of ['', 'many', '1e9', '--1', 'NaN']) expect(read(headers(nonsense))).toEqual([]);
});

test('answers without such headers belong to no family', () => {
  expect(familyOf({ 'content-type': 'application/json', 'x-request-id': 'r', 'retry-after': '3' })).toBeUndefined();
});

test('every family is found by its own headers', () => {
  for (const family of HEADER_FAMILIES) {
    const headers = Object.fromEntries(family.windows.map(({ remaining }) => [remaining, '5']));
    expect(familyOf(headers)).toBe(family);
  }
});

describe('when a limit is full again', () => {
  test.each([
    ['12ms', 12],
    ['6m0s', 360_000],
    ['30', 30_000],
    ['0.5', 500],
    [String(NOW / 1000 + 60), 60_000],
    [String(NOW + 60_000), 60_000],
    ['2026-11-20T12:00:10Z', 10_000],
    ['2026-11-20T13:00:10.500+01:00', 10_500],
    ['2020-01-01T00:00:00Z', 0],
    ['Fri, 20 Nov 2026 12:00:30 GMT', 30_000],
  ])('%s', (text, expected) => {
    expect(parseResetTime(text, NOW)).toBe(expected);
  });

  test.each(['', 'soon', '-5', '2026-11-20', '2026-99-99T00:00:00Z'])('nonsense: %s', (text) => {
    expect(parseResetTime(text, NOW)).toBeUndefined();
  });

  test('always between now and a year, whatever is sent', () => {
    const value = fc.oneof(fc.string(), fc.double().map(String), fc.nat().map(String), fc.date().map(String));
    fc.assert(
      fc.property(value, (text) => {
        const ms = parseResetTime(text, NOW);
        expect(ms === undefined || (ms >= 0 && ms <= YEAR_MS)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

test('headers of any content are read without a throw into sane figures', () => {
  const names = HEADER_FAMILIES.flatMap(({ windows }) =>
    windows.flatMap(({ limit, remaining, reset = remaining }) => [limit, remaining, reset]),
  );
  const value = fc.oneof(fc.string(), fc.double().map(String), fc.integer().map(String));
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...names), value), (headers) => {
      for (const { limit, remaining, resetMs } of read(headers) ?? []) {
        expect(remaining >= 0 && resetMs >= 0 && resetMs <= YEAR_MS && (limit ?? 0) >= 0).toBe(true);
      }
      const waitMs = msUntilRefilled(headers, NOW);
      expect(waitMs === undefined || (waitMs >= 0 && waitMs <= YEAR_MS)).toBe(true);
    }),
    { numRuns: 1000 },
  );
});

test('a refusal without a time of its own waits for the used-up window, and for its first place only', () => {
  const headers = {
    'x-ratelimit-limit-requests': '60',
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests': '60s',
    'x-ratelimit-limit-tokens': '100',
    'x-ratelimit-remaining-tokens': '50',
    'x-ratelimit-reset-tokens': '90s',
  };
  expect(msUntilRefilled(headers, NOW)).toBe(1000);
  expect(msUntilRefilled({ ...headers, 'x-ratelimit-remaining-tokens': '0' }, NOW)).toBe(90_000);
  expect(msUntilRefilled({ ...headers, 'x-ratelimit-remaining-requests': '1' }, NOW)).toBeUndefined();
});
