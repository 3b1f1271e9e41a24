import { RouterError } from '../errors/router-error.ts';
import { parseExact } from '../lib/exact-json.ts';
import { isJsonObject, type JsonObject, type ParseResult, parseJson } from '../lib/json.ts';

const MAX_QUOTED_LENGTH = 200;

/** A provider's whole answer. Throws `upstream.bad_response` for anything but a JSON object. */
export function readJsonAnswer(body: Buffer): JsonObject {
  return readObject(body, parseJson);
}

/** The same for an answer that is told in other words: its numbers keep digits that no double holds. */
export function readExactAnswer(body: Buffer): JsonObject {
  return readObject(body, parseExact);
}

function readObject(body: Buffer, parse: (text: string) => ParseResult): JsonObject {
  const text = body.toString('utf8');
  const parsed = parse(text);
  if (parsed.ok && isJsonObject(parsed.value)) return parsed.value;
  throw badAnswer(`not a JSON object: ${text.slice(0, MAX_QUOTED_LENGTH)}`);
}

/** `detail` is for logs: it may quote the provider. */
export function badAnswer(detail: string): RouterError {
  return new RouterError('upstream.bad_response', { detail: detail.slice(0, 500) });
}
