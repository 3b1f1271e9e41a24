import type { ErrorCode } from '../../errors/codes.ts';
import type { RouterError } from '../../errors/router-error.ts';
import type { JsonObject } from '../../lib/json.ts';

/** Where the original's endpoints answer otherwise: a 404 there means the path, a 401 that no key was sent at all. */
const STATUS_OF_CODE: Readonly<Partial<Record<ErrorCode, number>>> = {
  'model.unknown': 400,
  'route.no_candidate': 400,
  'auth.unknown_key': 403,
};

export function errorStatus(error: RouterError): number {
  return STATUS_OF_CODE[error.code] ?? error.status;
}

export function encodeError(error: RouterError, requestId: string): JsonObject {
  return {
    ...(error.hints as JsonObject | undefined),
    detail: error.publicMessage,
    code: error.code,
    request_id: requestId,
    ...(error.param === undefined ? {} : { param: error.param }),
  };
}
