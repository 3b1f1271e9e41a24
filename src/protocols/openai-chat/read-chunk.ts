import type { Usage } from '../../canonical/usage.ts';
import { RouterError } from '../../errors/router-error.ts';
import { asArray, asObject, isJsonObject, type JsonObject, parseJson } from '../../lib/json.ts';
import type { SseFrame } from '../../lib/sse.ts';
import { decodeUsage } from '../openai-usage.ts';
import { isErrorBody, readErrorMessage } from './wire.ts';

const MAX_QUOTED_LENGTH = 200;

/**
 * The chunk in an event of a stream; undefined for an event that keeps the connection alive. Throws `upstream.failed`
 * where the event is an error and `upstream.bad_response` where it makes no sense.
 */
export function readChunk(frame: SseFrame): JsonObject | undefined {
  const { event, data } = frame;
  if (event === 'error') throw failed(errorWords(data));
  if (data.trim() === '') return undefined;
  const parsed = parseJson(data);
  const chunk = parsed.ok ? parsed.value : undefined;
  if (isJsonObject(chunk)) return checked(chunk);
  // Events with a name that OpenAI does not use (`ping`) may hold anything.
  if (event !== undefined) return undefined;
  throw new RouterError('upstream.bad_response', {
    detail: `event that is no object: ${data.slice(0, MAX_QUOTED_LENGTH)}`,
  });
}

function checked(chunk: JsonObject): JsonObject {
  if (isErrorBody(chunk)) throw failed(readErrorMessage(chunk) ?? 'error without a message');
  const broken = asArray(chunk['choices']).map(asObject).find(isBroken);
  if (broken !== undefined) throw failed(readErrorMessage(broken) ?? 'finish_reason "error"');
  return chunk;
}

/** OpenRouter tells a failure of the service behind it in this way. */
function isBroken(choice: JsonObject): boolean {
  return choice['finish_reason'] === 'error' || isJsonObject(choice['error']);
}

function errorWords(data: string): string {
  const parsed = parseJson(data);
  return (parsed.ok ? readErrorMessage(parsed.value) : undefined) ?? data;
}

function failed(words: string): RouterError {
  return new RouterError('upstream.failed', { detail: `error in the stream: ${words.slice(0, MAX_QUOTED_LENGTH)}` });
}

/** OpenAI's place for usage first, then Groq's, then Moonshot's. */
export function usageOf(chunk: JsonObject): Usage | undefined {
  return (
    decodeUsage(chunk['usage']) ??
    decodeUsage(asObject(chunk['x_groq'])['usage']) ??
    decodeUsage(asObject(asArray(chunk['choices'])[0])['usage'])
  );
}

export function emptyStream(): RouterError {
  return new RouterError('upstream.bad_response', { detail: 'the stream ended without any content or finish reason' });
}

export function truncatedStream(): RouterError {
  return new RouterError('upstream.truncated', {
    detail: 'the stream ended without a finish reason and without [DONE]',
  });
}
