import { promptTokens, totalTokens, type Usage } from '../canonical/usage.ts';
import { asObject, isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts';

/** More tokens than any call can have: a vendor that says so is wrong. */
const MAX_TOKENS = 100_000_000;

/** More than any call can cost, in US dollars. */
const MAX_COST_USD = 100_000;

/**
 * OpenAI's `usage` in disjoint buckets. Undefined where it is missing, or where a count is negative, absurd or no
 * number: wrong figures are worse than an estimate.
 */
export function decodeUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isJsonObject(value)) return undefined;
  const hasCounts = (value['prompt_tokens'] ?? value['completion_tokens'] ?? null) !== null;
  const prompt = countOf(value['prompt_tokens']);
  const completion = countOf(value['completion_tokens']);
  if (!hasCounts || prompt === undefined || completion === undefined) return undefined;
  const cacheRead = Math.min(cacheReadOf(value), prompt);
  const cacheWrite = Math.min(
    partOf(asObject(value['prompt_tokens_details'])['cache_write_tokens']),
    prompt - cacheRead,
  );
  const reasoning = partOf(asObject(value['completion_tokens_details'])['reasoning_tokens']);
  const output = outputTokens(value, prompt, completion, reasoning);
  const cost = value['cost'];
  return {
    inputTokens: prompt - cacheRead - cacheWrite,
    cacheReadTokens: cacheRead,
    cacheWriteTokens: cacheWrite,
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

/** A wrong detail is no reason to distrust the sums. */
function partOf(value: JsonValue | undefined): number {
  return countOf(value) ?? 0;
}

/** OpenAI nests the figure, DeepSeek does not. */
function cacheReadOf(usage: JsonObject): number {
  const nested = asObject(usage['prompt_tokens_details'])['cached_tokens'];
  return partOf(nested ?? usage['prompt_cache_hit_tokens']);
}

/** xAI leaves reasoning out of `completion_tokens`; its total shows that. */
function outputTokens(usage: JsonObject, prompt: number, completion: number, reasoning: number): number {
  const isReasoningExtra = usage['total_tokens'] === prompt + completion + reasoning;
  return isReasoningExtra ? completion + reasoning : completion;
}

/** `cost` is an addition of ours, in US dollars. */
export function encodeUsage(usage: Usage, costUsd: number | undefined): JsonObject {
  const { cacheReadTokens, cacheWriteTokens, outputTokens: output, reasoningTokens } = usage;
  return {
    prompt_tokens: promptTokens(usage),
    completion_tokens: output,
    total_tokens: totalTokens(usage),
    prompt_tokens_details: {
      cached_tokens: cacheReadTokens,
      ...(cacheWriteTokens === 0 ? {} : { cache_write_tokens: cacheWriteTokens }),
    },
    completion_tokens_details: { reasoning_tokens: reasoningTokens },
    ...(costUsd === undefined ? {} : { cost: costUsd }),
  };
}
