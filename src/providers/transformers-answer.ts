import type { JsonObject, JsonValue } from '../lib/json.ts';
import type { LocalFailure } from './transformers-failure.ts';
import type { ReplyStep } from './transformers-valve.ts';

/*
 * Answers in OpenAI's words: https://platform.openai.com/docs/api-reference/chat/object,
 * https://platform.openai.com/docs/api-reference/chat-streaming and
 * https://platform.openai.com/docs/api-reference/embeddings/object
 */

export interface AnswerFrame {
  readonly id: string;
  readonly model: string;
  /** Unix time in seconds. */
  readonly createdAt: number;
}

export interface ChatEnd {
  readonly finishReason: 'stop' | 'length';
  readonly promptTokens: number;
  readonly completionTokens: number;
}

export const STREAM_HEAD: ReplyStep = { kind: 'head', status: 200, headers: { 'content-type': 'text/event-stream' } };
export const END: ReplyStep = { kind: 'end' };

const RETRY_SECONDS = 1;

export function wholeAnswer(status: number, body: JsonValue): readonly ReplyStep[] {
  const retry = status === 429 ? { 'retry-after': String(RETRY_SECONDS) } : {};
  const headers = { 'content-type': 'application/json', ...retry };
  return [{ kind: 'head', status, headers }, { kind: 'data', text: JSON.stringify(body) }, END];
}

export function errorBody({ status, code, message, param }: LocalFailure): JsonObject {
  const type = status < 500 ? 'invalid_request_error' : 'server_error';
  return { error: { message, type, param: param ?? null, code } };
}

/** The one event of a stream that fails. */
export function errorEvent(failure: LocalFailure): ReplyStep {
  return event(errorBody(failure));
}

export function completion(frame: AnswerFrame, text: string, end: ChatEnd): JsonObject {
  const message = { role: 'assistant', content: text };
  return {
    ...members(frame, 'chat.completion'),
    choices: [{ index: 0, message, logprobs: null, finish_reason: end.finishReason }],
    usage: usageOf(end),
  };
}

export function openingChunk(frame: AnswerFrame): ReplyStep {
  return chunk(frame, { role: 'assistant', content: '' }, null);
}

export function textChunk(frame: AnswerFrame, text: string): ReplyStep {
  return chunk(frame, { content: text }, null);
}

export function closingChunks(frame: AnswerFrame, end: ChatEnd, includesUsage: boolean): readonly ReplyStep[] {
  const finish = chunk(frame, {}, end.finishReason);
  const usage = event({ ...members(frame, 'chat.completion.chunk'), choices: [], usage: usageOf(end) });
  const done: ReplyStep = { kind: 'data', text: 'data: [DONE]\n\n' };
  return includesUsage ? [finish, usage, done, END] : [finish, done, END];
}

export function embeddingList(
  model: string,
  vectors: readonly (readonly number[])[],
  promptTokens: number,
  isBase64: boolean,
): JsonObject {
  const data = vectors.map((vector, index) => ({
    object: 'embedding',
    index,
    embedding: isBase64 ? base64Of(vector) : vector,
  }));
  return { object: 'list', data, model, usage: { prompt_tokens: promptTokens, total_tokens: promptTokens } };
}

function base64Of(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * Float32Array.BYTES_PER_ELEMENT);
  vector.forEach((value, index) => {
    bytes.writeFloatLE(value, index * Float32Array.BYTES_PER_ELEMENT);
  });
  return bytes.toString('base64');
}

function usageOf({ promptTokens, completionTokens }: ChatEnd): JsonObject {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
  };
}

function chunk(frame: AnswerFrame, delta: JsonObject, finishReason: string | null): ReplyStep {
  const choices = [{ index: 0, delta, logprobs: null, finish_reason: finishReason }];
  return event({ ...members(frame, 'chat.completion.chunk'), choices });
}

function members({ id, createdAt, model }: AnswerFrame, object: string): JsonObject {
  return { id, object, created: createdAt, model };
}

function event(value: JsonValue): ReplyStep {
  return { kind: 'data', text: `data: ${JSON.stringify(value)}\n\n` };
}
