import type { Usage } from '../../canonical/usage.ts';
import { asObject, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { saidMembers } from './wire.ts';

/** More tokens than any call can have: a vendor that says so is wrong. */
const MAX_TOKENS = 100_000_000;

/** More than any call can cost, in US dollars. */
const MAX_COST_USD = 100_000;

/**
 * `usage` of an answer. The buckets are disjoint on the wire too: `input_tokens` holds neither what was read from the
 * cache nor what was written to it. Undefined where it is missing or a count is negative, absurd or no number.
 */
export function decodeUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isJsonObject(value)) return undefined;
  const input = countOf(value['input_tokens']);
  const output = countOf(value['output_tokens']);
  const hasCounts = (value['input_tokens'] ?? value['output_tokens'] ?? null) !== null;
  if (!hasCounts || input === undefined || output === undefined) return undefined;
  const reasoning = countOf(asObject(value['output_tokens_details'])['thinking_tokens']) ?? 0;
  const cost = value['cost'];
  return {
    inputTokens: input,
    cacheReadTokens: countOf(value['cache_read_input_tokens']) ?? 0,
    cacheWriteTokens: countOf(value['cache_creation_input_tokens']) ?? 0,
    outputTokens: output,
    reasoningTokens: Math.min(reasoning, output),
    ...(typeof cost === 'number' && cost >= 0 && cost <= MAX_COST_USD ? { costUsd: cost } : {}),
  };
}

/** 0 for a count that is left out, undefined for a wrong one. */
function countOf(value: JsonValue | undefined): number | undefined {
  if (value === undefined || value === null) return 0;
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_TOKENS ? value : undefined;
}

/** The counts of a stream: those at its end are sums that replace the ones from its start, where they are said. */
export function mergeUsage(start: JsonObject, end: JsonValue | undefined): JsonObject {
  return { ...start, ...saidMembers(asObject(end)) };
}

const NOTHING_USED: Usage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
};

/** What is known of the usage when a stream starts. */
export function usageAtStart(known: Usage | undefined, estimatedInputTokens: number): Usage {
  if (known === undefined) return { ...NOTHING_USED, inputTokens: estimatedInputTokens };
  return { ...known, outputTokens: 0, reasoningTokens: 0 };
}

/** `usage` of a whole answer and of the start of a stream. `cost` is an addition of ours, in US dollars. */
export function encodeUsage(usage: Usage = NOTHING_USED, costUsd?: number): JsonObject {
  return {
    ...encodeCounts(usage),
    cache_creation: { ephemeral_5m_input_tokens: usage.cacheWriteTokens, ephemeral_1h_input_tokens: 0 },
    service_tier: 'standard',
    ...(costUsd === undefined ? {} : { cost: costUsd }),
  };
}

/** `usage` of the `message_delta` that ends a stream. */
export function encodeUsageAtEnd(usage: Usage, costUsd: number | undefined): JsonObject {
  return { ...encodeCounts(usage), ...(costUsd === undefined ? {} : { cost: costUsd }) };
}

function encodeCounts(usage: Usage): JsonObject {
  const { reasoningTokens } = usage;
  return {
    input_tokens: usage.inputTokens,
    cache_creation_input_tokens: usage.cacheWriteTokens,
    cache_read_input_tokens: usage.cacheReadTokens,
    output_tokens: usage.outputTokens,
    output_tokens_details: reasoningTokens === 0 ? null : { thinking_tokens: reasoningTokens },
    server_tool_use: null,
  };
}
