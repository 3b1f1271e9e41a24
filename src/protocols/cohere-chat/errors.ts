import type { ErrorCode } from '../../errors/codes.ts';
import type { RouterError } from '../../errors/router-error.ts';
import { parseJson } from '../../lib/json.ts';
import type { UpstreamHeaders } from '../protocol.ts';
import { providerError } from '../provider-error.ts';
import { readErrorMessage } from './wire.ts';

/** Statuses of Cohere's own: a request that its safety rules refuse, and a call that was cancelled on its side. */
const CODE_OF_OWN_STATUS: ReadonlyMap<number, ErrorCode> = new Map([
  [498, 'upstream.rejected'],
  [499, 'upstream.failed'],
]);

/** An error answer of Cohere: https://docs.cohere.com/reference/errors */
export function decodeError(
  status: number,
  text: string,
  headers: UpstreamHeaders,
  wallTime: number = Date.now(),
): RouterError {
  const parsed = parseJson(text);
  const body = parsed.ok ? parsed.value : undefined;
  const code = CODE_OF_OWN_STATUS.get(status);
  return providerError({ status, headers, text, body, message: readErrorMessage(body), wallTime, code });
}
