import type { JsonObject, JsonValue } from '../../lib/json.ts';

/**
 * How many texts `POST /v1/completions` generates: `n`, or `best_of` of which `n` are returned, for each prompt of a
 * list. https://platform.openai.com/docs/api-reference/completions/create
 */
export function completionAnswers({ prompt, n, best_of: bestOf }: JsonObject): number {
  const prompts = Array.isArray(prompt) && typeof prompt[0] !== 'number' ? prompt.length : 1;
  return prompts * Math.max(atLeastOne(n), atLeastOne(bestOf));
}

function atLeastOne(value: JsonValue | undefined): number {
  return typeof value === 'number' ? Math.max(1, value) : 1;
}
