import type { ReasoningRequest } from '../canonical/chat.ts';
import type { ReasoningPart } from '../canonical/content.ts';
import { asArray, asObject, asString, isJsonObject, type JsonObject, type JsonValue, parseJson } from '../lib/json.ts';
import { openSeal } from './seal.ts';

/** Members of a request that say how much to think: OpenAI's, OpenRouter's, Anthropic's (taken over by many), Qwen's. */
export const REASONING_MEMBERS = ['reasoning_effort', 'reasoning', 'thinking', 'enable_thinking'] as const;

/** Undefined where none of the members says anything. */
export function decodeReasoningRequest(members: JsonObject): ReasoningRequest | undefined {
  const { effort, max_tokens: tokens, exclude, enabled } = asObject(members['reasoning']);
  const { type, budget_tokens: budget } = asObject(members['thinking']);
  const isEnabled = enabled ?? members['enable_thinking'] ?? modeOfThinking(type);
  const word = asString(members['reasoning_effort']) ?? asString(effort);
  const most = [tokens, budget].find((value) => typeof value === 'number');
  const request: ReasoningRequest = {
    ...(typeof isEnabled === 'boolean' ? { mode: isEnabled ? 'on' : 'off' } : {}),
    ...(word === undefined ? {} : { effort: word }),
    ...(most === undefined ? {} : { budgetTokens: most }),
    ...(typeof exclude === 'boolean' ? { isVisible: !exclude } : {}),
  };
  return Object.keys(request).length === 0 ? undefined : request;
}

function modeOfThinking(type: JsonValue | undefined): boolean | undefined {
  if (type === 'enabled') return true;
  return type === 'disabled' ? false : undefined;
}

/** Most tokens that go with an effort: a budget is turned into the smallest effort that has room for it. */
const EFFORT_OF_BUDGET: readonly (readonly [most: number, effort: string])[] = [
  [0, 'none'],
  [2048, 'low'],
  [12_288, 'medium'],
];

/** The effort that says nearly what `request` says; undefined where it only says that thinking is on. */
export function effortOf(request: ReasoningRequest): string | undefined {
  const { effort, budgetTokens, mode } = request;
  if (mode === 'off') return 'none';
  if (effort !== undefined) return effort;
  if (budgetTokens === undefined) return undefined;
  return EFFORT_OF_BUDGET.find(([most]) => budgetTokens <= most)?.[1] ?? 'high';
}

/**
 * Thoughts of a message. Services that want them back sealed (OpenRouter, https://openrouter.ai/docs/use-cases/reasoning-tokens)
 * list them in `reasoning_details`; the whole list is their seal.
 */
export function decodeReasoningParts(text: string, details: JsonValue | undefined): ReasoningPart[] {
  const list = asArray(details).filter(isJsonObject);
  const own = list.filter((detail) => detail['format'] === ROUTER_FORMAT);
  if (own.length > 0) return own.map((detail) => decodeOwnDetail(detail, own.length === 1 ? text : ''));
  const shown =
    text === '' ? list.map((detail) => asString(detail['text']) ?? asString(detail['summary']) ?? '').join('') : text;
  const isSealed = list.some((detail) => typeof detail['signature'] === 'string' || typeof detail['data'] === 'string');
  if (shown === '' && !isSealed) return [];
  return [{ type: 'reasoning', text: shown, ...(isSealed ? { signature: JSON.stringify(list) } : {}) }];
}

/** Marks details that hold a seal of another format in the router's own wrapping. */
const ROUTER_FORMAT = 'llm-router';

/** In a stream the text of a thought comes apart from its seal: `text` is what came. */
function decodeOwnDetail(detail: JsonObject, text: string): ReasoningPart {
  const { signature, origin } = openSeal(asString(detail['data']) ?? asString(detail['signature']) ?? '');
  const isRedacted = detail['type'] === 'reasoning.encrypted';
  const shown = isRedacted ? '' : asString(detail['text']) || text;
  return {
    type: 'reasoning',
    text: shown,
    ...(isRedacted ? { redacted: signature } : { signature }),
    ...(origin === undefined ? {} : { origin }),
  };
}

/** A sealed thought for a client that speaks OpenAI's chat format: `seal` is wrapped already. */
export function encodeReasoningDetail(part: Pick<ReasoningPart, 'text' | 'redacted'>, seal: string): JsonObject {
  return part.redacted === undefined
    ? { type: 'reasoning.text', text: part.text, signature: seal, format: ROUTER_FORMAT }
    : { type: 'reasoning.encrypted', data: seal, format: ROUTER_FORMAT };
}

/** The list that a service gave as `reasoning_details`, out of the seal that was made of it. */
export function detailsOfSeal(signature: string): JsonValue | undefined {
  if (!signature.startsWith('[')) return undefined;
  const parsed = parseJson(signature);
  return parsed.ok && Array.isArray(parsed.value) ? parsed.value : undefined;
}
