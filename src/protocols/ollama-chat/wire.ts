import type { FinishReason, TokenLogprob } from '../../canonical/chat.ts';
import type { Usage } from '../../canonical/usage.ts';
import { stringifyExact } from '../../lib/exact-json.ts';
import { asArray, asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { decodeLogprobs } from '../openai-logprobs.ts';

/*
 * Answers of Ollama, whole or one line of a stream: the shape is the same. https://docs.ollama.com/api/chat
 */

export interface WireToolCall {
  /** Empty where the server gives none, as those before 2026 do. */
  readonly id: string;
  readonly name: string;
  /** The object on the wire as JSON text. */
  readonly arguments: string;
}

/** Empty texts for what the answer does not say. */
export interface WireAnswer {
  readonly text: string;
  readonly thinking: string;
  readonly images: readonly string[];
  readonly toolCalls: readonly WireToolCall[];
  readonly logprobs: readonly TokenLogprob[] | undefined;
  readonly isDone: boolean;
  readonly doneReason: string | undefined;
}

export function readAnswer(body: JsonObject): WireAnswer {
  const message = asObject(body['message']);
  return {
    text: asString(message['content']) ?? '',
    thinking: asString(message['thinking']) ?? '',
    images: asArray(message['images']).filter((image) => typeof image === 'string'),
    toolCalls: asArray(message['tool_calls']).map(readToolCall),
    logprobs: decodeLogprobs({ content: asArray(body['logprobs']) }),
    isDone: body['done'] === true,
    doneReason: asString(body['done_reason']),
  };
}

export function readToolCall(value: JsonValue): WireToolCall {
  const call = asObject(value);
  const { name, arguments: given } = asObject(call['function']);
  return {
    id: asString(call['id']) ?? '',
    name: asString(name) ?? '',
    arguments: typeof given === 'string' ? given : stringifyExact(asObject(given)),
  };
}

/** Ollama says `stop` for an answer that calls tools, too. */
export function decodeDoneReason(word: string | undefined, hasToolCalls: boolean): FinishReason {
  if (word === 'length') return 'length';
  if (word !== 'stop' && word !== undefined) return 'other';
  return hasToolCalls ? 'tool-calls' : 'stop';
}

const DONE_REASONS: Readonly<Record<FinishReason, string>> = {
  stop: 'stop',
  'stop-sequence': 'stop',
  length: 'length',
  'tool-calls': 'stop',
  'content-filter': 'stop',
  pause: 'stop',
  other: 'stop',
};

export function encodeDoneReason(reason: FinishReason): string {
  return DONE_REASONS[reason];
}

/** More tokens than any call can have: a server that says so is wrong. */
const MAX_TOKENS = 100_000_000;

/** Ollama leaves out a count of 0; undefined where both counts are missing or one is wrong. */
export function decodeUsage(body: JsonObject): Usage | undefined {
  const { prompt_eval_count: prompt = 0, eval_count: output = 0 } = body;
  const isMissing = body['prompt_eval_count'] === undefined && body['eval_count'] === undefined;
  if (isMissing || !isCount(prompt) || !isCount(output)) return undefined;
  return { inputTokens: prompt, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: output, reasoningTokens: 0 };
}

function isCount(value: JsonValue): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_TOKENS;
}

/** The server's own words for an error: `{error: "…"}`, or OpenAI's object from a proxy before it. */
export function readErrorMessage(body: JsonValue | undefined): string | undefined {
  const { error, message } = asObject(body);
  if (typeof error === 'string') return error;
  return asString(asObject(error)['message']) ?? asString(message);
}

/** True for an answer or a line of a stream that is an error, whatever the status says. */
export function isErrorBody({ error }: JsonObject): boolean {
  return (typeof error === 'string' && error !== '') || isJsonObject(error);
}
