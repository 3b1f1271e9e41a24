import type { ErrorCode } from '../../errors/codes.ts';
import { RouterError } from '../../errors/router-error.ts';
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

/** Words in a vendor's error that tell more than the status they come with. */
const TELLING: readonly (readonly [word: string, code: ErrorCode])[] = [
  ['API_KEY_INVALID', 'upstream.auth'],
  ['invalid_api_key', 'upstream.auth'],
  ['model_not_found', 'upstream.not_found'],
];

/** An error answer of any service: OpenAI's and Google's `error` object, Ollama's text, Cohere's `message`, `detail`. */
export function decodeServiceError(
  status: number,
  text: string,
  headers: UpstreamHeaders,
  wallTime: number = Date.now(),
): RouterError {
  const parsed = parseJson(text);
  const body = parsed.ok ? parsed.value : undefined;
  const message = body === undefined ? undefined : messageOf(body);
  const code = TELLING.find(([word]) => text.includes(`"${word}"`))?.[1];
  return providerError({ status, headers, text, body, message, wallTime, code });
}

/** The same for an error in an answer that says 200. Undefined for an answer that is none. */
export function hiddenError(answer: JsonObject): RouterError | undefined {
  const { error } = answer;
  const isError = isJsonObject(error) || (typeof error === 'string' && error !== '');
  if (!isError) return undefined;
  return new RouterError('upstream.failed', {
    detail: `error in an answer with status 200: ${messageOf(answer) ?? ''}`,
  });
}

/** Google wraps its errors in a list now and then. */
function messageOf(value: JsonValue): string | undefined {
  const body = asObject(asArray(value)[0] ?? value);
  const { error, message, detail } = body;
  return asString(asObject(error)['message']) ?? asString(error) ?? asString(message) ?? asString(detail);
}
