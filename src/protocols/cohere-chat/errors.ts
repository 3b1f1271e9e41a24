import type { ErrorCode } from '../../errors/codes.ts';
import type { RouterError } from '../../errors/router-error.ts';
import { upstreamError } from '../../errors/upstream-status.ts';
import { parseJson } from '../../lib/json.ts';
import { parseRetryAfter } from '../../lib/retry-after.ts';
import type { UpstreamHeaders } from '../protocol.ts';
import { readErrorMessage } from './wire.ts';

/** Statuses of Cohere's own: a request that its safety rules refuse, and a call that was cancelled on its side. */
const CODE_OF_OWN_STATUS: ReadonlyMap<number, ErrorCode> = new Map([
  [498, 'upstream.rejected'],
  [499, 'upstream.failed'],
]);

/** An error answer of Cohere: https://docs.cohere.com/reference/errors */
export function decodeError(
  status: number,
  body: string,
  headers: UpstreamHeaders,
  wallTime: number = Date.now(),
): RouterError {
  const parsed = parseJson(body);
  const code = CODE_OF_OWN_STATUS.get(status);
  return upstreamError({
    status,
    message: parsed.ok ? readErrorMessage(parsed.value) : undefined,
    body,
    retryAfterMs: parseRetryAfter(headers, wallTime),
    ...(code === undefined ? {} : { code }),
  });
}
