import { RouterError } from '../../errors/router-error.ts';
import { asObject, asString, isJsonObject, type JsonObject, parseJson } from '../../lib/json.ts';
import type { SseFrame } from '../../lib/sse.ts';
import { failureOf, isErrorBody } from './errors.ts';

export interface WireEvent {
  readonly type: string;
  readonly data: JsonObject;
}

/** Events that end a stream well. */
export const END_EVENTS: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete']);

const FAILURES: ReadonlySet<string> = new Set(['response.failed', 'response.cancelled', 'error']);

/** Some services end streams as in OpenAI's older format. */
const OLDER_END = '[DONE]';

const MAX_QUOTED_LENGTH = 200;

/**
 * An event of a stream; undefined for one that keeps the connection alive. Throws what the event says where it is an
 * error, and `upstream.bad_response` where it makes no sense.
 */
export function readEvent({ event, data }: SseFrame): WireEvent | undefined {
  if (data.trim() === '' || data === OLDER_END) return undefined;
  const parsed = parseJson(data);
  const value = parsed.ok ? parsed.value : undefined;
  if (!isJsonObject(value)) return nonsense(event, data);
  const type = asString(value['type']) ?? event ?? '';
  if (FAILURES.has(type) || (isErrorBody(value) && !type.startsWith('response.'))) {
    throw failureOf(isErrorBody(value) || type === 'error' ? value : asObject(value['response']), 'upstream.failed');
  }
  return { type, data: value };
}

/** Events with a name of their own (`ping`) may hold anything. */
function nonsense(event: string | undefined, data: string): undefined {
  const words = data.slice(0, MAX_QUOTED_LENGTH);
  if (event === 'error') throw new RouterError('upstream.failed', { detail: `error in the stream: ${words}` });
  if (event === undefined || event.startsWith('response.')) {
    throw new RouterError('upstream.bad_response', { detail: `event that is no object: ${words}` });
  }
  return undefined;
}

export function emptyStream(): RouterError {
  return new RouterError('upstream.bad_response', { detail: 'the stream ended without any event of an answer' });
}

export function truncatedStream(): RouterError {
  return new RouterError('upstream.truncated', { detail: 'the stream ended without response.completed' });
}
