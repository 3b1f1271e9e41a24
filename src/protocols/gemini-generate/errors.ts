import type { RouterError } from '../../errors/router-error.ts';
import { type JsonObject, parseJson } from '../../lib/json.ts';
import type { UpstreamHeaders } from '../protocol.ts';
import { providerError } from '../provider-error.ts';
import { codeOfVendorError, readVendorError } from './vendor-error.ts';

/** A provider's error answer: https://ai.google.dev/gemini-api/docs/troubleshooting */
export function decodeError(
  status: number,
  text: string,
  headers: UpstreamHeaders,
  wallTime: number = Date.now(),
): RouterError {
  const parsed = parseJson(text);
  const body = parsed.ok ? parsed.value : undefined;
  const error = readVendorError(body);
  const code = codeOfVendorError(status, error);
  return providerError({ status, headers, text, body, message: error.message, wallTime, code });
}

/** https://cloud.google.com/apis/design/errors#handling_errors */
const NAME_OF_STATUS: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  402: 'FAILED_PRECONDITION',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  409: 'ABORTED',
  413: 'INVALID_ARGUMENT',
  422: 'INVALID_ARGUMENT',
  429: 'RESOURCE_EXHAUSTED',
  499: 'CANCELLED',
  500: 'INTERNAL',
  501: 'UNIMPLEMENTED',
  502: 'UNAVAILABLE',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** Names who says `reason`, which is the router's own code. */
const DOMAIN = 'llm-router';

/** The vendor's error object; what is the router's own stands in `details`, where the vendor's API puts such things. */
export function encodeError(error: RouterError, requestId: string): JsonObject {
  const { code: reason, status, publicMessage, param, retryAfterMs, hints } = error;
  const details: JsonObject[] = [
    { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason, domain: DOMAIN, metadata: { requestId } },
    { '@type': 'type.googleapis.com/google.rpc.RequestInfo', requestId },
  ];
  if (param !== undefined) {
    const fieldViolations = [{ field: param, description: publicMessage }];
    details.push({ '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations });
  }
  if (retryAfterMs !== undefined) {
    const retryDelay = `${Math.ceil(retryAfterMs) / 1000}s`;
    details.push({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay });
  }
  const name = NAME_OF_STATUS[status] ?? (status < 500 ? 'INVALID_ARGUMENT' : 'INTERNAL');
  return {
    error: {
      ...(hints as JsonObject | undefined),
      code: status,
      message: publicMessage,
      status: name,
      details,
      request_id: requestId,
    },
  };
}
