import { RouterError } from '../../errors/router-error.ts';
import { asString, isJsonObject, type JsonObject, parseJson } from '../../lib/json.ts';
import type { SseFrame } from '../../lib/sse.ts';
import { readErrorMessage } from './wire.ts';

const MAX_QUOTED_LENGTH = 200;

export interface WireEvent {
  readonly type: string;
  readonly body: JsonObject;
}

/**
 * One event of a stream; undefined for one that keeps the connection alive. Throws `upstream.failed` where it is an
 * error and `upstream.bad_response` where it makes no sense.
 */
export function readEvent({ event, data }: SseFrame): WireEvent | undefined {
  if (data.trim() === '') return undefined;
  const parsed = parseJson(data);
  const value = parsed.ok ? parsed.value : undefined;
  if (event === 'error') throw failedStream(readErrorMessage(value) ?? data);
  if (!isJsonObject(value)) return unreadable(event, data);
  const type = asString(value['type']);
  if (type !== undefined && type !== 'error') return { type, body: value };
  throw failedStream(readErrorMessage(value) ?? data);
}

/** Events with a name that Cohere does not use (`ping`) may hold anything. */
function unreadable(event: string | undefined, data: string): undefined {
  if (event !== undefined) return undefined;
  throw new RouterError('upstream.bad_response', {
    detail: `event that is no object: ${data.slice(0, MAX_QUOTED_LENGTH)}`,
  });
}

export function failedStream(words: string): RouterError {
  return new RouterError('upstream.failed', { detail: `error in the stream: ${words.slice(0, MAX_QUOTED_LENGTH)}` });
}

export function truncatedStream(): RouterError {
  return new RouterError('upstream.truncated', { detail: 'the stream ended without message-end' });
}
