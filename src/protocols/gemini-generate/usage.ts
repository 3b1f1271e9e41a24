import { promptTokens, totalTokens, type Usage } from '../../canonical/usage.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { camelMembers } from './members.ts';

/** More tokens than any call can have: a vendor that says so is wrong. */
const MAX_TOKENS = 100_000_000;

/**
 * `usageMetadata` in disjoint buckets: the prompt holds what was cached, the results of the vendor's own tools come on
 * top of it, and thoughts are not among the tokens of the candidates. Undefined where it is missing or a count is wrong.
 * https://ai.google.dev/api/generate-content#UsageMetadata
 */
export function decodeUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isJsonObject(value)) return undefined;
  const members = camelMembers(value);
  const [prompt, toolPrompt, cached, candidates, thoughts] = COUNTS.map((name) => countOf(members[name]));
  if (prompt === undefined || toolPrompt === undefined || cached === undefined) return undefined;
  if (candidates === undefined || thoughts === undefined) return undefined;
  if (members['promptTokenCount'] === undefined && members['candidatesTokenCount'] === undefined) return undefined;
  const cacheReadTokens = Math.min(cached, prompt);
  return {
    inputTokens: prompt - cacheReadTokens + toolPrompt,
    cacheReadTokens,
    cacheWriteTokens: 0,
    outputTokens: candidates + thoughts,
    reasoningTokens: thoughts,
  };
}

const COUNTS = [
  'promptTokenCount',
  'toolUsePromptTokenCount',
  'cachedContentTokenCount',
  'candidatesTokenCount',
  'thoughtsTokenCount',
] as const;

/** 0 for a count that is left out, undefined for a wrong one. */
function countOf(value: JsonValue | undefined): number | undefined {
  if (value === undefined) return 0;
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_TOKENS ? value : undefined;
}

export function encodeUsage(usage: Usage): JsonObject {
  const { cacheReadTokens, outputTokens, reasoningTokens } = usage;
  return {
    promptTokenCount: promptTokens(usage),
    ...(cacheReadTokens === 0 ? {} : { cachedContentTokenCount: cacheReadTokens }),
    candidatesTokenCount: outputTokens - reasoningTokens,
    ...(reasoningTokens === 0 ? {} : { thoughtsTokenCount: reasoningTokens }),
    totalTokenCount: totalTokens(usage),
  };
}
