import type { ChatRequest, ReasoningRequest } from '../../canonical/chat.ts';
import type { Loss } from '../../canonical/loss.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { EncodeOptions } from '../protocol.ts';
import { type ModelTraits, traitsOf } from './model-traits.ts';
import { isInUnsealedToolLoop } from './unsealed-tool-loop.ts';

/** How much a request is to think, in this format's words. */
export interface EncodedReasoning {
  readonly thinking?: JsonObject;
  readonly effort?: string;
  /** The model is told to think; some parameters are refused then. */
  readonly isOn: boolean;
  readonly budgetTokens?: number;
  readonly loss?: Pick<Loss, 'outcome' | 'reason'>;
}

/** Tokens to think with where the model wants a number and the client named an effort. */
const BUDGET_OF_EFFORT: ReadonlyMap<string, number> = new Map([
  ['minimal', 1024],
  ['low', 2048],
  ['medium', 8192],
  ['high', 16_384],
  ['xhigh', 20_480],
  ['max', 24_576],
]);

/** The other way round: the first effort whose most tokens are enough. */
const EFFORT_OF_BUDGET: readonly (readonly [most: number, effort: string])[] = [
  [2048, 'low'],
  [12_288, 'medium'],
  [Number.POSITIVE_INFINITY, 'high'],
];

const DEFAULT_BUDGET = 8192;

/** The vendor refuses fewer. */
const LEAST_BUDGET = 1024;

const OFF: EncodedReasoning = { isOn: false };

/** What decides whether and how a model may think. */
export interface ReasoningScope {
  readonly request: ChatRequest;
  readonly options: EncodeOptions;
  /** `messages` is in the vendor's words already. */
  readonly body: JsonObject;
}

/** https://platform.claude.com/docs/en/build-with-claude/thinking */
export function encodeReasoning(scope: ReasoningScope): EncodedReasoning {
  const { request, options } = scope;
  const { reasoning } = request;
  if (reasoning === undefined) return OFF;
  const traits = traitsOf(options.model);
  if (traits.thinking === 'none') return isOff(reasoning) ? OFF : dropped('the model does not think');
  if (isOff(reasoning)) return stopThinking(traits);
  return traits.thinking === 'adaptive' ? thinkAdaptively(reasoning, traits) : thinkWithin(reasoning, scope);
}

function isOff({ mode, effort }: ReasoningRequest): boolean {
  return mode === 'off' || effort === 'none';
}

function stopThinking(traits: ModelTraits): EncodedReasoning {
  if (traits.canStopThinking) return { thinking: { type: 'disabled' }, isOn: false };
  return { effort: 'low', isOn: true, loss: { outcome: 'approximated', reason: 'the model always thinks' } };
}

function thinkAdaptively(reasoning: ReasoningRequest, traits: ModelTraits): EncodedReasoning {
  const { effort, budgetTokens, isVisible } = reasoning;
  const word = effort === undefined ? effortOfBudget(budgetTokens) : knownEffort(effort, traits);
  const display = isVisible === undefined ? {} : { display: isVisible ? 'summarized' : 'omitted' };
  return {
    thinking: { type: 'adaptive', ...display },
    isOn: true,
    ...(word === undefined ? {} : { effort: word }),
    ...(budgetTokens !== undefined ? { loss: approximated(`effort ${word} instead of a budget`) } : {}),
    ...(effort !== undefined && word !== effort ? { loss: approximated(`sent as ${word}`) } : {}),
  };
}

function effortOfBudget(budgetTokens: number | undefined): string | undefined {
  if (budgetTokens === undefined) return undefined;
  return EFFORT_OF_BUDGET.find(([most]) => budgetTokens <= most)?.[1];
}

/** Words that nobody here knows are passed on as they are. */
function knownEffort(effort: string, traits: ModelTraits): string {
  if (effort === 'minimal') return 'low';
  return effort === 'xhigh' && !traits.hasExtraHighEffort ? 'high' : effort;
}

/** A budget, and with it everything that older models refuse beside one. */
function thinkWithin(reasoning: ReasoningRequest, scope: ReasoningScope): EncodedReasoning {
  const { request, options } = scope;
  const refusal = reasonNotToThink(scope);
  if (refusal !== undefined) return dropped(refusal);
  const { effort, budgetTokens: asked, isVisible } = reasoning;
  const wanted = asked ?? BUDGET_OF_EFFORT.get(effort ?? '') ?? DEFAULT_BUDGET;
  const budgetTokens = fitBudget(wanted, limitOf(request, options));
  if (budgetTokens < LEAST_BUDGET) return dropped('max_tokens leaves no room to think');
  const isHidden = isVisible === false && traitsOf(options.model).isClaude;
  return {
    thinking: { type: 'enabled', budget_tokens: budgetTokens, ...(isHidden ? { display: 'omitted' } : {}) },
    isOn: true,
    budgetTokens,
    ...(budgetTokens === asked ? {} : { loss: approximated(`a budget of ${budgetTokens} tokens`) }),
  };
}

function reasonNotToThink({ request, body }: ReasoningScope): string | undefined {
  const { toolChoice, tools } = request;
  const isForced = toolChoice === 'required' || typeof toolChoice === 'object';
  if (isForced && tools !== undefined && tools.length > 0) return 'not with a forced tool';
  return isInUnsealedToolLoop(body['messages']) ? 'no signed thought before the tool calls' : undefined;
}

/** A budget counts towards the limit of the answer, which must be larger: then half of the limit is for thoughts. */
function fitBudget(wanted: number, limit: number | undefined): number {
  const budget = Math.max(wanted, LEAST_BUDGET);
  return limit === undefined || budget < limit ? budget : Math.floor(limit / 2);
}

/** The limit of the answer that the client or the configuration names. */
export function limitOf(request: ChatRequest, { defaults, maxOutputTokens }: EncodeOptions): number | undefined {
  const byDefault = defaults['max_tokens'];
  return request.maxOutputTokens ?? (typeof byDefault === 'number' ? byDefault : maxOutputTokens);
}

function dropped(reason: string): EncodedReasoning {
  return { isOn: false, loss: { outcome: 'dropped', reason } };
}

function approximated(reason: string): Pick<Loss, 'outcome' | 'reason'> {
  return { outcome: 'approximated', reason };
}
