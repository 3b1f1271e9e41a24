import type { Usage } from '../canonical/usage.ts';
import type { Price } from '../config/snapshot.ts';

const TOKENS_PER_PRICE = 1_000_000;

/** Enough to keep the cost of a single token exact, and few enough to hide binary fractions. */
const SIGNIFICANT_DIGITS = 10;

/**
 * What a call cost, in US dollars: as the provider says, else each bucket of tokens at its own price. Undefined where
 * nothing is known and where it cost nothing.
 */
export function costOf(price: Price | undefined, usage: Usage): number | undefined {
  const cost = reportedCost(usage) ?? (price && listCost(price, usage));
  if (cost === undefined || !(cost > 0)) return undefined;
  return Number(cost.toPrecision(SIGNIFICANT_DIGITS));
}

function reportedCost({ costUsd }: Usage): number | undefined {
  return costUsd !== undefined && Number.isFinite(costUsd) ? costUsd : undefined;
}

function listCost(price: Price, usage: Usage): number {
  const sum =
    usage.inputTokens * price.inputUsdPerMillion +
    usage.cacheReadTokens * price.cacheReadUsdPerMillion +
    usage.cacheWriteTokens * price.cacheWriteUsdPerMillion +
    usage.outputTokens * price.outputUsdPerMillion;
  return sum / TOKENS_PER_PRICE;
}
