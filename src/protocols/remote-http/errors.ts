import type { RouterError } from '../../errors/router-error.ts';
import { asObject, asString, type JsonValue, parseJson } from '../../lib/json.ts';
import type { UpstreamHeaders } from '../protocol.ts';
import { providerError } from '../provider-error.ts';

/** An error answer: the earlier router says `{detail}`, other servers whatever they like. */
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

export function readErrorMessage(body: JsonValue): string | undefined {
  const { error, message, detail } = asObject(body);
  return asString(error) ?? asString(asObject(error)['message']) ?? asString(detail) ?? asString(message);
}
