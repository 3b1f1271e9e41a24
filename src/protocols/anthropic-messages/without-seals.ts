import { asArray, asObject, asString, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { isInUnsealedToolLoop } from './unsealed-tool-loop.ts';

type Matches = (seal: string) => boolean;

/**
 * A copy of a request without the thoughts whose seal matches, and without the wish to think where the vendor would refuse
 * it then; the same object where there is nothing to take out.
 */
export function withoutSeals(body: JsonObject, matches: Matches): JsonObject {
  const messages = asArray(body['messages']);
  const kept = messages.flatMap((message) => withoutThoughts(message, matches));
  const isSame = kept.length === messages.length && kept.every((message, index) => message === messages[index]);
  const cleaned = isSame ? body : { ...body, messages: kept };
  return asObject(body['thinking'])['type'] === 'enabled' && isInUnsealedToolLoop(kept)
    ? withoutThinking(cleaned)
    : cleaned;
}

/** The vendor refuses to think on where another model began to call tools. */
function withoutThinking({ thinking: _, ...rest }: JsonObject): JsonObject {
  return rest;
}

/** Nothing where the message said nothing else: an empty one is refused. */
function withoutThoughts(message: JsonValue, matches: Matches): JsonValue[] {
  const { content } = asObject(message);
  if (!Array.isArray(content)) return [message];
  const kept = content.filter((block) => {
    const seal = sealOf(asObject(block));
    return seal === undefined || !matches(seal);
  });
  if (kept.length === content.length) return [message];
  return kept.length === 0 ? [] : [{ ...asObject(message), content: kept }];
}

/** Undefined for what is no thought; empty for a thought that nobody has sealed. */
function sealOf({ type, signature, data }: JsonObject): string | undefined {
  if (type === 'thinking') return asString(signature) ?? '';
  return type === 'redacted_thinking' ? (asString(data) ?? '') : undefined;
}
