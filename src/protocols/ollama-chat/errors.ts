import type { RouterError } from '../../errors/router-error.ts';
import { type JsonObject, parseJson } from '../../lib/json.ts';
import type { UpstreamHeaders } from '../protocol.ts';
import { providerError } from '../provider-error.ts';
import { readErrorMessage } from './wire.ts';

/** An error answer of Ollama, whose statuses mean what they say: https://docs.ollama.com/api/errors */
export function decodeError(
  status: number,
  text: string,
  headers: UpstreamHeaders,
  wallTime: number = Date.now(),
): RouterError {
  const parsed = parseJson(text);
  const body = parsed.ok ? parsed.value : undefined;
  const message = body === undefined ? undefined : readErrorMessage(body);
  return providerError({ status, headers, text, body, message, wallTime, code: undefined });
}

/** Ollama's error, `error` being its text; the other members are additions that its clients do not look at. */
export function encodeError(error: RouterError, requestId: string): JsonObject {
  return {
    ...(error.hints as JsonObject | undefined),
    error: error.publicMessage,
    detail: error.publicMessage,
    code: error.code,
    param: error.param ?? null,
    request_id: requestId,
  };
}

/** The one line of a stream that breaks. */
export function encodeStreamError(error: RouterError, requestId: string): string {
  return `${JSON.stringify(encodeError(error, requestId))}\n`;
}
