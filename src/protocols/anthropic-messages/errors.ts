import type { ErrorCode } from '../../errors/codes.ts';
import { RouterError } from '../../errors/router-error.ts';
import { type JsonObject, parseJson } from '../../lib/json.ts';
import type { UpstreamHeaders } from '../protocol.ts';
import { providerError } from '../provider-error.ts';
import { readWireError, type WireError } from './wire.ts';

/** What the vendor's types of error mean here: https://platform.claude.com/docs/en/api/errors */
const CODE_OF_TYPE: ReadonlyMap<string, ErrorCode> = new Map([
  ['authentication_error', 'upstream.auth'],
  ['billing_error', 'upstream.auth'],
  ['permission_error', 'upstream.auth'],
  ['not_found_error', 'upstream.not_found'],
  ['request_too_large', 'upstream.too_large'],
  ['rate_limit_error', 'upstream.rate_limited'],
  ['timeout_error', 'upstream.timeout'],
  ['overloaded_error', 'upstream.overloaded'],
]);

/** Refusals that all come as `invalid_request_error` and that only their words tell apart. */
const CODE_OF_WORDS: readonly (readonly [words: RegExp, code: ErrorCode])[] = [
  [/invalid `(signature|data)` in `(redacted_)?thinking`/i, 'upstream.bad_signature'],
  [/expected `thinking` or `redacted_thinking`/i, 'upstream.bad_signature'],
  [/`redacted_thinking` blocks in the latest assistant message cannot be modified/i, 'upstream.bad_signature'],
];

const REJECTED = 400;

/** A provider's error answer. */
export function decodeError(
  status: number,
  text: string,
  headers: UpstreamHeaders,
  wallTime: number = Date.now(),
): RouterError {
  const parsed = parseJson(text);
  const body = parsed.ok ? parsed.value : undefined;
  const error = readWireError(body);
  return providerError({
    status,
    headers,
    text,
    body,
    message: error?.message,
    wallTime,
    code: codeOfAnswer(status, error),
  });
}

/** The type tells more than the status where the two disagree: gateways in between change statuses. */
function codeOfAnswer(status: number, error: WireError | undefined): ErrorCode | undefined {
  const byWords = status === REJECTED ? codeOfWords(error?.message ?? '') : undefined;
  return byWords ?? CODE_OF_TYPE.get(error?.type ?? '');
}

function codeOfWords(message: string): ErrorCode | undefined {
  return CODE_OF_WORDS.find(([words]) => words.test(message))?.[1];
}

const MAX_QUOTED_LENGTH = 200;

/** An error event of a stream: there is no status, and the answer has begun already. */
export function streamError(error: WireError): RouterError {
  const code = CODE_OF_TYPE.get(error.type ?? '') ?? 'upstream.failed';
  const words = (error.message ?? 'no message').slice(0, MAX_QUOTED_LENGTH);
  return new RouterError(code, { detail: `error in the stream: ${error.type ?? 'error'}: ${words}` });
}

/** The status that the vendor's clients know as "ask again later". */
const OVERLOADED_STATUS = 529;

const OVERLOADED: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['upstream.overloaded', 'server.draining']);

export function errorStatus(error: RouterError): number {
  return error.code === 'upstream.overloaded' ? OVERLOADED_STATUS : error.status;
}

const TYPE_OF_STATUS: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  409: 'conflict_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
};

function typeOf(error: RouterError): string {
  if (OVERLOADED.has(error.code)) return 'overloaded_error';
  return TYPE_OF_STATUS[error.status] ?? (error.status < 500 ? 'invalid_request_error' : 'api_error');
}

/** The vendor's error object. `code`, `param` and the hints are additions; `detail` is what older clients read. */
export function encodeError(error: RouterError, requestId: string): JsonObject {
  return {
    type: 'error',
    error: {
      ...(error.hints as JsonObject | undefined),
      type: typeOf(error),
      message: error.publicMessage,
      code: error.code,
      param: error.param ?? null,
    },
    request_id: requestId,
    detail: error.publicMessage,
  };
}
