import type { ErrorCode } from '../../errors/codes.ts';
import { RouterError } from '../../errors/router-error.ts';
import { upstreamError } from '../../errors/upstream-status.ts';
import {
  asArray,
  asObject,
  asString,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  parseJson,
} from '../../lib/json.ts';
import type { UpstreamHeaders } from '../protocol.ts';
import { providerError } from '../provider-error.ts';

/** What OpenAI's own codes mean where they tell more than the status they come with, or come without any status. */
const CODE_OF_VENDOR_CODE: ReadonlyMap<unknown, ErrorCode> = new Map([
  ['context_length_exceeded', 'upstream.rejected'],
  ['insufficient_quota', 'upstream.quota'],
  ['invalid_api_key', 'upstream.auth'],
  ['invalid_encrypted_content', 'upstream.bad_signature'],
  ['invalid_prompt', 'upstream.rejected'],
  ['model_not_found', 'upstream.not_found'],
  ['rate_limit_exceeded', 'upstream.rate_limited'],
  ['server_is_overloaded', 'upstream.overloaded'],
  ['slow_down', 'upstream.overloaded'],
]);

/** Other words for a refused seal: services without the code, and a thought that is looked for under its id. */
const BAD_SEAL = /encrypted content .*could not be|item with id 'rs_[^']*' not found/i;

interface VendorError {
  readonly message: string | undefined;
  readonly code: ErrorCode | undefined;
}

/** `value` holds an error in any of the places where services put it. */
function readVendorError(value: JsonValue | undefined): VendorError {
  const body = asObject(asArray(value)[0] ?? value);
  const { error, message, detail } = body;
  const nested = asObject(error);
  const words = asString(nested['message']) ?? asString(error) ?? asString(message) ?? asString(detail);
  const known = CODE_OF_VENDOR_CODE.get(nested['code'] ?? body['code']);
  const isBadSeal = words !== undefined && BAD_SEAL.test(words);
  return { message: words, code: isBadSeal ? 'upstream.bad_signature' : known };
}

/** A provider's error answer: https://platform.openai.com/docs/guides/error-codes */
export function decodeError(
  status: number,
  text: string,
  headers: UpstreamHeaders,
  wallTime: number = Date.now(),
): RouterError {
  const parsed = parseJson(text);
  const body = parsed.ok ? parsed.value : undefined;
  const { message, code } = readVendorError(body);
  return providerError({ status, headers, text, body, message, wallTime, code });
}

const MAX_QUOTED_LENGTH = 200;
const BAD_REQUEST = 400;

/** An error inside of an answer or a stream that began well. `fallback` is for errors without a code known here. */
export function failureOf(value: JsonValue | undefined, fallback: ErrorCode): RouterError {
  const { message, code = fallback } = readVendorError(value);
  const detail = `error inside the answer: ${(message ?? 'no message').slice(0, MAX_QUOTED_LENGTH)}`;
  if (code !== 'upstream.rejected') return new RouterError(code, { detail });
  return upstreamError({ status: BAD_REQUEST, message, body: '', retryAfterMs: undefined, code });
}

/** True for a body that is an error, whatever the status says. */
export function isErrorBody({ error, object, type }: JsonObject): boolean {
  const hasError = typeof error === 'string' ? error !== '' : isJsonObject(error) && Object.keys(error).length > 0;
  return hasError || object === 'error' || type === 'error';
}
