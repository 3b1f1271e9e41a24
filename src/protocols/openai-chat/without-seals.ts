import { asArray, asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';

type Matches = (seal: string) => boolean;

/** Members in which clients send thoughts back: DeepSeek's, then OpenRouter's. */
const THOUGHT_MEMBERS = ['reasoning_content', 'reasoning', 'reasoning_details'] as const;

/**
 * The body without the thoughts whose seal `matches`, or without any where the provider takes none. OpenAI's own format
 * has no place for them: they are there because a provider or the router added them to an earlier answer.
 */
export function withoutSeals(body: JsonObject, matches: Matches, takesThoughts: boolean): JsonObject {
  const messages = asArray(body['messages']);
  const cleared = messages.map((message) => clearMessage(message, matches, takesThoughts));
  const isSame = cleared.every((message, index) => message === messages[index]);
  return isSame ? body : { ...body, messages: cleared };
}

function clearMessage(message: JsonValue, matches: Matches, takesThoughts: boolean): JsonValue {
  if (!isJsonObject(message) || message['role'] !== 'assistant') return message;
  const unsealed = withoutCallSeals(message, matches);
  const isSealed = asArray(message['reasoning_details']).some((detail) => matches(sealOf(asObject(detail))));
  if (takesThoughts && !isSealed) return unsealed;
  if (THOUGHT_MEMBERS.every((name) => unsealed[name] === undefined)) return unsealed;
  const { reasoning_content: _, reasoning: __, reasoning_details: ___, ...rest } = unsealed;
  return rest;
}

function sealOf({ signature, data }: JsonObject): string {
  return asString(signature) ?? asString(data) ?? '';
}

function withoutCallSeals(message: JsonObject, matches: Matches): JsonObject {
  const calls = asArray(message['tool_calls']);
  const isForeign = (call: JsonValue): boolean => {
    const seal = asObject(asObject(asObject(call)['extra_content'])['google'])['thought_signature'];
    return typeof seal === 'string' && matches(seal);
  };
  if (!calls.some(isForeign)) return message;
  return { ...message, tool_calls: calls.map((call) => (isForeign(call) ? withoutExtra(asObject(call)) : call)) };
}

function withoutExtra({ extra_content: _, ...call }: JsonObject): JsonObject {
  return call;
}
