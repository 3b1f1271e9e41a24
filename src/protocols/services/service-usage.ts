import type { Usage } from '../../canonical/usage.ts';
import { asObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { decodeUsage } from '../openai-usage.ts';

/** More tokens than any call can have: a vendor that says so is wrong. */
const MAX_TOKENS = 100_000_000;

/**
 * Tokens of an answer of any service, wherever the vendors put them: `usage` in OpenAI's older or newer words, Cohere's
 * `meta`, Google's `usageMetadata`, Ollama's `prompt_eval_count`. Undefined where there are none.
 */
export function readServiceUsage(answer: JsonObject): Usage | undefined {
  const usage = asObject(answer['usage']);
  const meta = asObject(answer['meta']);
  return (
    decodeUsage(answer['usage']) ??
    tokensOf(usage['input_tokens'], usage['output_tokens']) ??
    tokensOf(usage['total_tokens'], undefined) ??
    tokensOf(asObject(meta['tokens'])['input_tokens'], asObject(meta['tokens'])['output_tokens']) ??
    tokensOf(asObject(meta['billed_units'])['input_tokens'], asObject(meta['billed_units'])['output_tokens']) ??
    tokensOf(asObject(answer['usageMetadata'])['promptTokenCount'], undefined) ??
    tokensOf(answer['prompt_eval_count'], undefined)
  );
}

export function usageOfTokens(inputTokens: number, outputTokens = 0): Usage {
  return { inputTokens, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens, reasoningTokens: 0 };
}

function tokensOf(input: JsonValue | undefined, output: JsonValue | undefined): Usage | undefined {
  if (!isCount(input)) return undefined;
  return usageOfTokens(input, isCount(output) ? output : 0);
}

function isCount(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_TOKENS;
}
