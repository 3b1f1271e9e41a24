import type { RouterError } from '../../errors/router-error.ts';
import { upstreamError } from '../../errors/upstream-status.ts';
import { asObject, asString, type JsonValue, parseJson } from '../../lib/json.ts';
import { parseRetryAfter } from '../../lib/retry-after.ts';
import type { UpstreamHeaders } from '../protocol.ts';

/** An error answer: the earlier router says `{detail}`, other servers whatever they like. */
export function decodeError(
  status: number,
  body: string,
  headers: UpstreamHeaders,
  wallTime: number = Date.now(),
): RouterError {
  const parsed = parseJson(body);
  return upstreamError({
    status,
    message: parsed.ok ? readErrorMessage(parsed.value) : undefined,
    body,
    retryAfterMs: parseRetryAfter(headers, wallTime),
  });
}

export function readErrorMessage(body: JsonValue): string | undefined {
  const { error, message, detail } = asObject(body);
  return asString(error) ?? asString(asObject(error)['message']) ?? asString(detail) ?? asString(message);
}
