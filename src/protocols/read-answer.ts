import { RouterError } from '../errors/router-error.ts';
import { isJsonObject, type JsonObject, parseJson } from '../lib/json.ts';

const MAX_QUOTED_LENGTH = 200;

/** A provider's whole answer. Throws `upstream.bad_response` for anything but a JSON object. */
export function readJsonAnswer(body: Buffer): JsonObject {
  const text = body.toString('utf8');
  const parsed = parseJson(text);
  if (parsed.ok && isJsonObject(parsed.value)) return parsed.value;
  throw badAnswer(`not a JSON object: ${text.slice(0, MAX_QUOTED_LENGTH)}`);
}

/** `detail` is for logs: it may quote the provider. */
export function badAnswer(detail: string): RouterError {
  return new RouterError('upstream.bad_response', { detail: detail.slice(0, 500) });
}
