import { promptTokens, totalTokens, type Usage } from '../../canonical/usage.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { decodeUsage as decodeChatUsage } from '../openai-usage.ts';

/** Counts as in OpenAI's older format under other names: https://platform.openai.com/docs/api-reference/responses/object */
export function decodeUsage(value: JsonValue | undefined): Usage | undefined {
  if (!isJsonObject(value)) return undefined;
  return decodeChatUsage({
    prompt_tokens: value['input_tokens'],
    completion_tokens: value['output_tokens'],
    total_tokens: value['total_tokens'],
    prompt_tokens_details: value['input_tokens_details'],
    completion_tokens_details: value['output_tokens_details'],
    cost: value['cost'],
  });
}

/** `cost` is an addition of ours, in US dollars. */
export function encodeUsage(usage: Usage, costUsd: number | undefined): JsonObject {
  const { cacheReadTokens, cacheWriteTokens, outputTokens, reasoningTokens } = usage;
  return {
    input_tokens: promptTokens(usage),
    input_tokens_details: { cached_tokens: cacheReadTokens, cache_write_tokens: cacheWriteTokens },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: reasoningTokens },
    total_tokens: totalTokens(usage),
    ...(costUsd === undefined ? {} : { cost: costUsd }),
  };
}
