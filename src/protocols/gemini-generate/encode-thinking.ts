import type { ReasoningRequest } from '../../canonical/chat.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { RequestDraft } from '../encode-fields.ts';
import {
  isBeforeGemini25,
  mostThinkingOf,
  type ThinkingRange,
  takesMinimalThinking,
  thinkingRangeOf,
} from './models.ts';

/** What the vendor's own OpenAI-compatible endpoint takes efforts for. https://ai.google.dev/gemini-api/docs/openai */
const BUDGET_OF_EFFORT: ReadonlyMap<string, number> = new Map([
  ['none', 0],
  ['minimal', 1024],
  ['low', 1024],
  ['medium', 8192],
  ['high', 24_576],
  ['xhigh', 32_768],
  ['max', 32_768],
]);

const LEVEL_OF_EFFORT: ReadonlyMap<string, string> = new Map([
  ['none', 'MINIMAL'],
  ['minimal', 'MINIMAL'],
  ['low', 'LOW'],
  ['medium', 'MEDIUM'],
  ['high', 'HIGH'],
  ['xhigh', 'HIGH'],
  ['max', 'HIGH'],
]);

/** `thinkingBudget` of the configuration's effort, which every thinking model takes; undefined for unknown words. */
export function budgetOfEffort(effort: string): number | undefined {
  return BUDGET_OF_EFFORT.get(effort);
}

/**
 * `thinkingConfig`: models of 2.5 take a number of tokens and refuse a level, later ones take either, but not both.
 * https://ai.google.dev/gemini-api/docs/thinking
 */
export function encodeThinking(reasoning: ReasoningRequest, draft: RequestDraft): JsonObject {
  const { model } = draft.options;
  if (isBeforeGemini25(model)) {
    if (!isOff(reasoning)) draft.ledger.dropped('reasoning_effort', 'minor', 'the model does not think');
    return {};
  }
  const range = thinkingRangeOf(model);
  const amount = range === undefined ? encodeLevel(reasoning, draft) : encodeBudget(reasoning, range, draft);
  const isShown = reasoning.isVisible === true && !isOff(reasoning);
  return { ...amount, ...(isShown ? { includeThoughts: true } : {}) };
}

function isOff({ mode, effort }: ReasoningRequest): boolean {
  return mode === 'off' || (mode === undefined && effort === 'none');
}

function encodeBudget(reasoning: ReasoningRequest, range: ThinkingRange, { ledger }: RequestDraft): JsonObject {
  const { mode, effort, budgetTokens } = reasoning;
  const wanted = isOff(reasoning) ? 0 : (budgetTokens ?? BUDGET_OF_EFFORT.get(effort ?? ''));
  if (wanted === undefined) return mode === 'adaptive' ? { thinkingBudget: -1 } : {};
  const budget = Math.min(Math.max(wanted, range.least), range.most);
  const isExact = budget === wanted && (isOff(reasoning) || budgetTokens !== undefined);
  if (!isExact) ledger.approximated('reasoning_effort', 'minor', `as ${budget} tokens`);
  return { thinkingBudget: budget };
}

function encodeLevel(reasoning: ReasoningRequest, { ledger, options }: RequestDraft): JsonObject {
  const { effort, budgetTokens } = reasoning;
  if (!isOff(reasoning) && effort === undefined) {
    const most = mostThinkingOf(options.model);
    if (budgetTokens === undefined) return {};
    if (budgetTokens > most) ledger.approximated('reasoning_effort', 'minor', `as ${most} tokens`);
    return { thinkingBudget: Math.min(budgetTokens, most) };
  }
  const word = isOff(reasoning) ? 'none' : (effort ?? '');
  const level = fitLevel(LEVEL_OF_EFFORT.get(word) ?? word.toUpperCase(), options.model);
  if (level !== word.toUpperCase()) ledger.approximated('reasoning_effort', 'minor', `as level ${level.toLowerCase()}`);
  return { thinkingLevel: level };
}

function fitLevel(level: string, model: string): string {
  return level === 'MINIMAL' && !takesMinimalThinking(model) ? 'LOW' : level;
}
