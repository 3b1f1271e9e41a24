import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Usage } from '../../../src/canonical/usage.ts';
import type { Price } from '../../../src/config/snapshot.ts';
import { costOf } from '../../../src/monitor/pricing.ts';

function usage(changes: Partial<Usage>): Usage {
  return { inputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0, ...changes };
}

function price(input: number, output: number, cacheRead = input, cacheWrite = input): Price {
  return {
    inputUsdPerMillion: input,
    outputUsdPerMillion: output,
    cacheReadUsdPerMillion: cacheRead,
    cacheWriteUsdPerMillion: cacheWrite,
  };
}

const CALL = usage({ inputTokens: 1000, outputTokens: 500 });

test.each([
  ['.01 and .03 per 1000 tokens', price(10, 30), 0.025],
  ['.001 per 1000 tokens for both directions', price(1, 1), 0.0015],
  ['output only', price(0, 2), 0.001],
  ['input only', price(2, 0), 0.002],
])('1000 tokens in and 500 out at %s', (_name, tariff, expected) => {
  expect(costOf(tariff, CALL)).toBe(expected);
});

test('each bucket has its own price', () => {
  const all = usage({
    inputTokens: 1,
    cacheReadTokens: 10,
    cacheWriteTokens: 100,
    outputTokens: 1000,
    reasoningTokens: 900,
  });
  expect(costOf(price(1, 2, 3, 4), all)).toBe((1 + 30 + 400 + 2000) / 1_000_000);
});

test('a tiny call does not round to nothing', () => {
  expect(costOf(price(0.02, 0), usage({ inputTokens: 1 }))).toBe(2e-8);
});

test('no price, no tokens and no charge are all unknown', () => {
  expect(costOf(undefined, CALL)).toBeUndefined();
  expect(costOf(price(10, 30), usage({}))).toBeUndefined();
  expect(costOf(price(0, 0), CALL)).toBeUndefined();
});

test('what the provider says wins over the price list', () => {
  expect(costOf(price(10, 30), { ...CALL, costUsd: 0.007 })).toBe(0.007);
  expect(costOf(undefined, { ...CALL, costUsd: 0.007 })).toBe(0.007);
  expect(costOf(price(10, 30), { ...CALL, costUsd: 0 })).toBeUndefined();
  expect(costOf(price(10, 30), { ...CALL, costUsd: Number.NaN })).toBe(0.025);
});

test('binary fractions never show', () => {
  const cents = fc.integer({ min: 1, max: 10_000 });
  const tokens = fc.integer({ min: 1, max: 100_000 });
  fc.assert(
    fc.property(cents, tokens, (priceCents, inputTokens) => {
      const cost = costOf(price(priceCents / 100, 0), usage({ inputTokens })) ?? 0;
      // Eight decimal places hold every such cost exactly.
      expect(cost).toBe((priceCents * inputTokens) / 100_000_000);
    }),
  );
});
