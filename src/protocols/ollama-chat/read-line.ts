import { RouterError } from '../../errors/router-error.ts';
import { parseExact } from '../../lib/exact-json.ts';
import { isJsonObject, type JsonObject } from '../../lib/json.ts';
import { isErrorBody, readErrorMessage } from './wire.ts';

const MAX_QUOTED_LENGTH = 200;

/**
 * One line of a stream. Throws `upstream.failed` where it is an error and `upstream.bad_response` where it makes no
 * sense.
 */
export function readLine(data: string): JsonObject {
  const parsed = parseExact(data);
  const line = parsed.ok ? parsed.value : undefined;
  if (!isJsonObject(line)) throw nonsense(`line that is no object: ${data.slice(0, MAX_QUOTED_LENGTH)}`);
  if (isErrorBody(line)) throw failed(readErrorMessage(line) ?? 'error without a message');
  if (!isJsonObject(line['message']) && line['done'] !== true) throw nonsense('a line without a message');
  return line;
}

function failed(words: string): RouterError {
  return new RouterError('upstream.failed', { detail: `error in the stream: ${words.slice(0, MAX_QUOTED_LENGTH)}` });
}

function nonsense(detail: string): RouterError {
  return new RouterError('upstream.bad_response', { detail });
}

export function truncatedStream(): RouterError {
  return new RouterError('upstream.truncated', { detail: 'the stream ended without a line that is done' });
}
