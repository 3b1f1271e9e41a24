import type { TokenLogprob } from '../canonical/chat.ts';
import { asArray, asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts';

/** More alternatives than any service gives. */
const MAX_ALTERNATIVES = 64;

/** Reads `logprobs.content`: https://platform.openai.com/docs/api-reference/chat/object. Undefined without any. */
export function decodeLogprobs(value: JsonValue | undefined): readonly TokenLogprob[] | undefined {
  const tokens = asArray(asObject(value)['content']).filter(isJsonObject);
  return tokens.length === 0 ? undefined : tokens.map(decodeToken);
}

function decodeToken(token: JsonObject): TokenLogprob {
  const top = asArray(token['top_logprobs']).filter(isJsonObject).slice(0, MAX_ALTERNATIVES);
  return { ...decodeOne(token), ...(top.length === 0 ? {} : { top: top.map(decodeOne) }) };
}

function decodeOne(token: JsonObject): Omit<TokenLogprob, 'top'> {
  const { logprob, bytes } = token;
  const known = Array.isArray(bytes) ? bytes.filter((byte): byte is number => typeof byte === 'number') : undefined;
  return {
    token: asString(token['token']) ?? '',
    logprob: typeof logprob === 'number' ? logprob : 0,
    ...(known === undefined ? {} : { bytes: known }),
  };
}

/** The list of tokens in OpenAI's words. */
export function encodeLogprobs(tokens: readonly TokenLogprob[]): JsonObject[] {
  return tokens.map((token) => ({ ...encodeOne(token), top_logprobs: (token.top ?? []).map(encodeOne) }));
}

function encodeOne({ token, logprob, bytes }: Omit<TokenLogprob, 'top'>): JsonObject {
  return { token, logprob, bytes: bytes ?? [...Buffer.from(token)] };
}
