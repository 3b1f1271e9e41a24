import type { RouterError } from '../errors/router-error.ts';
import type { JsonObject } from '../lib/json.ts';

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

/** The error itself, as streams have it too. */
export function errorObject(error: RouterError, requestId: string): JsonObject {
  return {
    ...(error.hints as JsonObject | undefined),
    message: error.publicMessage,
    type: TYPE_OF_STATUS[error.status] ?? (error.status < 500 ? 'invalid_request_error' : 'server_error'),
    param: error.param ?? null,
    code: error.code,
    request_id: requestId,
  };
}
