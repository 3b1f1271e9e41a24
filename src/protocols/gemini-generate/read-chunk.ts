import { RouterError } from '../../errors/router-error.ts';
import { parseExact } from '../../lib/exact-json.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import type { SseFrame } from '../../lib/sse.ts';
import { providerError } from '../provider-error.ts';
import { codeOfVendorError, readVendorError } from './vendor-error.ts';

const MAX_QUOTED_LENGTH = 200;

/**
 * The piece of an answer in an event; undefined for an event that says nothing. Throws the error that an event holds,
 * and `upstream.bad_response` where it makes no sense.
 */
export function readChunk({ event, data }: SseFrame): JsonObject | undefined {
  if (data.trim() === '') return undefined;
  const parsed = parseExact(data);
  const chunk = parsed.ok ? parsed.value : undefined;
  if (event === 'error' || isError(chunk)) throw streamError(chunk, data);
  if (isJsonObject(chunk)) return chunk;
  throw new RouterError('upstream.bad_response', {
    detail: `event that is no object: ${data.slice(0, MAX_QUOTED_LENGTH)}`,
  });
}

function isError(chunk: JsonValue | undefined): boolean {
  const error = isJsonObject(chunk) ? chunk['error'] : undefined;
  return error !== undefined && error !== null;
}

/** The error has the status that it would have had as an answer of its own. */
function streamError(chunk: JsonValue | undefined, data: string): RouterError {
  const error = readVendorError(chunk);
  const { status, message } = error;
  if (status === undefined) {
    return new RouterError('upstream.failed', {
      detail: `error in the stream: ${(message ?? data).slice(0, MAX_QUOTED_LENGTH)}`,
    });
  }
  const code = codeOfVendorError(status, error);
  return providerError({ status, headers: {}, text: data, body: chunk, message, wallTime: Date.now(), code });
}

export function truncatedStream(): RouterError {
  return new RouterError('upstream.truncated', { detail: 'the stream ended without a finish reason' });
}
