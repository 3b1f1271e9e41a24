import type { FinishReason, TokenLogprob } from '../../canonical/chat.ts';
import type { Usage } from '../../canonical/usage.ts';
import { asArray, asObject, asString, type JsonObject, type JsonValue } from '../../lib/json.ts';

/*
 * Answers of Cohere's second chat API: https://docs.cohere.com/reference/chat
 */

/** Words that say why an answer ended. Those of the first version are known too, because both share their models. */
const REASONS: ReadonlyMap<string, FinishReason> = new Map([
  ['COMPLETE', 'stop'],
  ['STOP_SEQUENCE', 'stop-sequence'],
  ['MAX_TOKENS', 'length'],
  ['TOOL_CALL', 'tool-calls'],
  ['ERROR_TOXIC', 'content-filter'],
  ['ERROR_LIMIT', 'length'],
]);

/** The answer broke off. */
const FAILURES: ReadonlySet<string> = new Set(['ERROR', 'TIMEOUT', 'USER_CANCEL']);

export function decodeFinishReason(word: string | undefined): FinishReason {
  return REASONS.get(word ?? '') ?? 'other';
}

export function isFailure(word: string | undefined): boolean {
  return word !== undefined && FAILURES.has(word);
}

/** Arguments of a tool that takes none come as nothing or as `null`; other formats want an object. */
export const NO_ARGUMENTS = '{}';

export interface WireToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

/** In a stream `tool_calls` is the one call that goes on, in a whole answer a list. */
export function readToolCall(value: JsonValue | undefined): WireToolCall {
  const call = asObject(asArray(value)[0] ?? value);
  const { name, arguments: words } = asObject(call['function']);
  return { id: asString(call['id']) ?? '', name: asString(name) ?? '', arguments: asString(words) ?? '' };
}

export function readArguments(words: string): string {
  return words === '' || words === 'null' ? NO_ARGUMENTS : words;
}

/** More tokens than any call can have: a vendor that says so is wrong. */
const MAX_TOKENS = 100_000_000;

/**
 * What Cohere bills. It does not bill what it adds to a prompt itself, which stands before everything else; of the
 * tokens that came out of its cache only those count that reach beyond it.
 * https://docs.cohere.com/docs/how-does-cohere-pricing-work
 */
export function decodeUsage(value: JsonValue | undefined): Usage | undefined {
  const usage = asObject(value);
  const billed = countsOf(usage['billed_units']);
  const processed = countsOf(usage['tokens']);
  const counts = billed ?? processed;
  if (counts === undefined) return undefined;
  const unbilled = Math.max(0, (processed ?? counts).input - counts.input);
  const cached = tokensOf(usage['cached_tokens']) ?? 0;
  const cacheRead = Math.min(Math.max(0, cached - unbilled), counts.input);
  return {
    inputTokens: counts.input - cacheRead,
    cacheReadTokens: cacheRead,
    cacheWriteTokens: 0,
    outputTokens: counts.output,
    reasoningTokens: 0,
  };
}

interface Counts {
  readonly input: number;
  readonly output: number;
}

function countsOf(value: JsonValue | undefined): Counts | undefined {
  const { input_tokens: sent, output_tokens: made } = asObject(value);
  const [input, output] = [tokensOf(sent), tokensOf(made)];
  if (input === undefined && output === undefined) return undefined;
  return { input: input ?? 0, output: output ?? 0 };
}

function tokensOf(value: JsonValue | undefined): number | undefined {
  const isCount = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_TOKENS;
  return isCount ? value : undefined;
}

/** A piece of text may be several tokens; together they are as likely as the product of their probabilities. */
export function decodeLogprobs(value: JsonValue | undefined): readonly TokenLogprob[] {
  const items = Array.isArray(value) ? value : [value];
  return items.flatMap((item) => {
    const { text, logprobs } = asObject(item);
    const numbers = asArray(logprobs).filter((number) => typeof number === 'number');
    if (typeof text !== 'string' || numbers.length === 0) return [];
    return [{ token: text, logprob: numbers.reduce((sum, number) => sum + number, 0) }];
  });
}

/** Cohere's own words for an error: `{message}`, or `{id, message}`, or a text. */
export function readErrorMessage(body: JsonValue | undefined): string | undefined {
  if (typeof body === 'string') return body;
  const { message, error, data } = asObject(body);
  const words = asString(message) ?? asString(error) ?? asString(asObject(error)['message']);
  return words ?? asString(data);
}

/** True for a body that is an error and no answer: an answer's message is an object. */
export function isErrorBody({ message, error }: JsonObject): boolean {
  return typeof message === 'string' || (error !== undefined && error !== null);
}
