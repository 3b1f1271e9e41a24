import type { ErrorCode } from '../../errors/codes.ts';
import type { RouterError } from '../../errors/router-error.ts';
import { asArray, asObject, type JsonValue, parseJson } from '../../lib/json.ts';
import { errorObject } from '../openai-errors.ts';
import type { UpstreamHeaders } from '../protocol.ts';
import { providerError } from '../provider-error.ts';
import { readErrorMessage } from './wire.ts';

/** Codes in the body that tell more than the status they come with, because services disagree about the status. */
const CODE_OF_VENDOR_CODE: ReadonlyMap<unknown, ErrorCode> = new Map([
  ['model_not_found', 'upstream.not_found'],
  ['invalid_api_key', 'upstream.auth'],
]);

/** A provider's error answer: https://platform.openai.com/docs/guides/error-codes */
export function decodeError(
  status: number,
  text: string,
  headers: UpstreamHeaders,
  wallTime: number = Date.now(),
): RouterError {
  const parsed = parseJson(text);
  const body: JsonValue = parsed.ok ? parsed.value : null;
  const word = vendorCode(body);
  return providerError({
    status,
    headers,
    text,
    body,
    message: readErrorMessage(body),
    wallTime,
    code: CODE_OF_VENDOR_CODE.get(word),
    // Models in this very process have no vendor behind them.
    isTold: typeof word === 'string' && word.startsWith('local_model_'),
  });
}

function vendorCode(body: JsonValue): JsonValue | undefined {
  return asObject(asObject(asArray(body)[0] ?? body)['error'])['code'];
}

/** The one event of a stream that breaks, in the form that the SDKs turn into an exception. */
export function encodeStreamError(error: RouterError, requestId: string): string {
  return `data: ${JSON.stringify({ error: errorObject(error, requestId) })}\n\n`;
}
