import type { ErrorCode } from '../../errors/codes.ts';
import type { RouterError } from '../../errors/router-error.ts';
import { upstreamError } from '../../errors/upstream-status.ts';
import { asArray, asObject, type JsonObject, type JsonValue, parseJson } from '../../lib/json.ts';
import { parseRetryAfter } from '../../lib/retry-after.ts';
import type { UpstreamHeaders } from '../protocol.ts';
import { readErrorMessage } from './wire.ts';

/** Codes in the body that tell more than the status they come with, because services disagree about the status. */
const CODE_OF_VENDOR_CODE: ReadonlyMap<unknown, ErrorCode> = new Map([
  ['model_not_found', 'upstream.not_found'],
  ['invalid_api_key', 'upstream.auth'],
]);

/** A provider's error answer: https://platform.openai.com/docs/guides/error-codes */
export function decodeError(
  status: number,
  body: string,
  headers: UpstreamHeaders,
  wallTime: number = Date.now(),
): RouterError {
  const parsed = parseJson(body);
  const value: JsonValue = parsed.ok ? parsed.value : null;
  const word = vendorCode(value);
  const code = CODE_OF_VENDOR_CODE.get(word);
  return upstreamError({
    status,
    message: readErrorMessage(value),
    body,
    retryAfterMs: parseRetryAfter(headers, wallTime),
    ...(code === undefined ? {} : { code }),
    // Models in this very process have no vendor behind them.
    ...(typeof word === 'string' && word.startsWith('local_model_') ? { isTold: true } : {}),
  });
}

function vendorCode(body: JsonValue): JsonValue | undefined {
  return asObject(asObject(asArray(body)[0] ?? body)['error'])['code'];
}

/** What OpenAI calls errors of a status; the SDKs choose their exception by the status itself. */
const TYPE_OF_STATUS: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  429: 'rate_limit_error',
};

/** OpenAI's error object. `code` is always the router's own; `detail` is what the original's clients read. */
export function encodeError(error: RouterError, requestId: string): JsonObject {
  return { error: errorObject(error, requestId), detail: error.publicMessage };
}

/** The one event of a stream that breaks, in the form that the SDKs turn into an exception. */
export function encodeStreamError(error: RouterError, requestId: string): string {
  return `data: ${JSON.stringify({ error: errorObject(error, requestId) })}\n\n`;
}

function errorObject(error: RouterError, requestId: string): JsonObject {
  return {
    ...(error.hints as JsonObject | undefined),
    message: error.publicMessage,
    type: TYPE_OF_STATUS[error.status] ?? (error.status < 500 ? 'invalid_request_error' : 'server_error'),
    param: error.param ?? null,
    code: error.code,
    request_id: requestId,
  };
}
