import { type Ability, estimatePromptTokens, type RequestNeeds } from '../../canonical/needs.ts';
import type { ModelEntry } from '../../config/snapshot.ts';

/** The answer that is reckoned with where neither the request nor the configuration says how long it may get. */
const UNKNOWN_ANSWER_TOKENS = 1024;

/** Work that is not answered with generated text. */
const ANSWERLESS: ReadonlySet<Ability> = new Set([
  'embedding',
  'rerank',
  'moderation',
  'image_generation',
  'speech',
  'transcription',
]);

/** What `default_params` may call the longest answer; they stand under what a request says. */
const LIMIT_PARAMETERS = ['max_completion_tokens', 'max_tokens', 'max_output_tokens'] as const;

/** More than any request can use; sums of such numbers are exact. */
const MAX_TOKENS = 1e9;

/** Tokens that a request may come to use at `model`: its prompt, estimated, and the longest answers it allows. */
export function reservedTokens(model: ModelEntry, needs: RequestNeeds): number {
  const promptTokens = estimatePromptTokens(needs);
  if (!isAnswered(needs.abilities)) return Math.min(MAX_TOKENS, promptTokens);
  const answerTokens = longestAnswer(model, needs) * Math.max(1, needs.answerCount ?? 1);
  return Math.min(MAX_TOKENS, Math.ceil(promptTokens + answerTokens));
}

function isAnswered(abilities: ReadonlySet<Ability>): boolean {
  for (const ability of abilities) if (ANSWERLESS.has(ability)) return false;
  return true;
}

function longestAnswer(model: ModelEntry, needs: RequestNeeds): number {
  const asked = needs.maxOutputTokens ?? defaultLimit(model);
  if (asked === undefined) return model.maxOutputTokens ?? UNKNOWN_ANSWER_TOKENS;
  return Math.max(0, Math.min(asked, model.maxOutputTokens ?? asked));
}

function defaultLimit({ defaultParams }: ModelEntry): number | undefined {
  for (const name of LIMIT_PARAMETERS) {
    const value = defaultParams[name];
    if (typeof value === 'number') return value;
  }
  return undefined;
}
