import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { promptTokens, type Usage } from '../../src/canonical/usage.ts';
import type { JsonValue } from '../../src/lib/json.ts';
import { decodeUsage, encodeUsage } from '../../src/protocols/openai-usage.ts';

const usage = (fields: Partial<Usage>): Usage => {
  return { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0, ...fields };
};

describe('what is read', () => {
  test.each<[JsonValue, Usage]>([
    [{ prompt_tokens: 5, completion_tokens: 2 }, usage({ inputTokens: 5, outputTokens: 2 })],
    [{ prompt_tokens: 5 }, usage({ inputTokens: 5 })],
    [{ prompt_tokens: 5, completion_tokens: null }, usage({ inputTokens: 5 })],
    [{ prompt_tokens: 0, completion_tokens: 0 }, usage({})],
    [
      { prompt_tokens: 9, completion_tokens: 0, prompt_tokens_details: { cached_tokens: 4, cache_write_tokens: 3 } },
      usage({ inputTokens: 2, cacheReadTokens: 4, cacheWriteTokens: 3 }),
    ],
    [{ prompt_tokens: 9, prompt_cache_hit_tokens: 8 }, usage({ inputTokens: 1, cacheReadTokens: 8 })],
    [{ prompt_tokens: 3, completion_tokens: 1, cost: 0.25 }, usage({ inputTokens: 3, outputTokens: 1, costUsd: 0.25 })],
  ])('%j', (wire, expected) => {
    expect(decodeUsage(wire)).toEqual(expected);
  });

  test('reasoning that a service counts beside its completion is part of the output here', () => {
    const details = { completion_tokens_details: { reasoning_tokens: 30 } };
    expect(decodeUsage({ prompt_tokens: 5, completion_tokens: 10, total_tokens: 45, ...details })).toEqual(
      usage({ inputTokens: 5, outputTokens: 40, reasoningTokens: 30 }),
    );
    expect(decodeUsage({ prompt_tokens: 5, completion_tokens: 40, total_tokens: 45, ...details })).toEqual(
      usage({ inputTokens: 5, outputTokens: 40, reasoningTokens: 30 }),
    );
  });
});

test.each<JsonValue | undefined>([
  undefined,
  null,
  7,
  'x',
  [],
  {},
  { total_tokens: 7 },
  { prompt_tokens: null, completion_tokens: null },
  { prompt_tokens: -1, completion_tokens: 2 },
  { prompt_tokens: 5, completion_tokens: -2 },
  { prompt_tokens: '5', completion_tokens: 2 },
  { prompt_tokens: 5, completion_tokens: '2' },
  { prompt_tokens: 5.5, completion_tokens: 2 },
  { prompt_tokens: 1e30, completion_tokens: 2 },
  { prompt_tokens: 5, completion_tokens: 1e9 },
  { prompt_tokens: true, completion_tokens: 1 },
])('%j is thrown away', (wire) => {
  expect(decodeUsage(wire)).toBeUndefined();
});

test('wrong details do not spoil right sums', () => {
  const wire = {
    prompt_tokens: 5,
    completion_tokens: 2,
    prompt_tokens_details: { cached_tokens: 50, cache_write_tokens: -1 },
    completion_tokens_details: { reasoning_tokens: 'x' },
    cost: -3,
  };
  expect(decodeUsage(wire)).toEqual(usage({ cacheReadTokens: 5, outputTokens: 2 }));
});

test('whatever is sent, the buckets are disjoint and sum up', () => {
  const count = fc.oneof(fc.nat(1000), fc.constantFrom(-1, 0.5, 1e12, null, '3'));
  const wire = fc.record(
    {
      prompt_tokens: count,
      completion_tokens: count,
      total_tokens: count,
      prompt_cache_hit_tokens: count,
      prompt_tokens_details: fc.record({ cached_tokens: count, cache_write_tokens: count }, { requiredKeys: [] }),
      completion_tokens_details: fc.record({ reasoning_tokens: count }, { requiredKeys: [] }),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(wire, (value) => {
      const read = decodeUsage(value);
      if (read === undefined) return;
      expect(promptTokens(read)).toBe(value.prompt_tokens ?? 0);
      expect(Object.values(read).every((tokens) => Number.isInteger(tokens) && tokens >= 0)).toBe(true);
      expect(read.reasoningTokens).toBeLessThanOrEqual(read.outputTokens);
    }),
  );
});

test('what is encoded is decoded to the same', () => {
  const buckets = fc.record({
    inputTokens: fc.nat(1000),
    cacheReadTokens: fc.nat(1000),
    cacheWriteTokens: fc.nat(1000),
    outputTokens: fc.integer({ min: 500, max: 1000 }),
    reasoningTokens: fc.nat(500),
  });
  fc.assert(
    fc.property(buckets, (read) => {
      expect(decodeUsage(encodeUsage(read, undefined))).toEqual(read);
      expect(encodeUsage(read, 0.5)['cost']).toBe(0.5);
    }),
  );
});
