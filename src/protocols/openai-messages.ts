import type { ContentPart, Message } from '../canonical/content.ts';
import { asArray, asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts';
import { decodeContent, hasOnly } from './openai-content.ts';
import { decodeReasoningParts } from './openai-reasoning.ts';
import { openSeal } from './seal.ts';

/** A message taken apart: what the canonical form can say, and beside it, verbatim, whatever it cannot say exactly. */
interface Taken {
  readonly parts: readonly ContentPart[];
  readonly verbatim: JsonObject;
}

const NOTHING: Taken = { parts: [], verbatim: {} };

/** Decodes messages in OpenAI's words that have passed `checkMessages`. */
export function decodeMessages(messages: JsonValue | undefined): Message[] {
  return asArray(messages).map((message) => decodeMessage(asObject(message)));
}

function decodeMessage(message: JsonObject): Message {
  const { role, content, name, ...rest } = message;
  const body = takeContent(content);
  const whole = role === 'assistant' ? takeAssistant(rest, body) : takeOther(role, rest, body);
  const hasName = typeof name === 'string';
  const extras = {
    ...whole.verbatim,
    ...(role === 'developer' || role === 'function' ? { role } : {}),
    ...(hasName || name === undefined ? {} : { name }),
  };
  return {
    role: ROLES.get(role) ?? 'user',
    content: whole.parts,
    ...(hasName ? { name } : {}),
    ...(Object.keys(extras).length === 0 ? {} : { extras: { 'openai-chat': extras } }),
  };
}

/** `developer` and `function` are the newer and the older name of one canonical role each. */
const ROLES: ReadonlyMap<unknown, Message['role']> = new Map([
  ['system', 'system'],
  ['developer', 'system'],
  ['user', 'user'],
  ['assistant', 'assistant'],
  ['tool', 'tool'],
  ['function', 'tool'],
]);

function takeContent(content: JsonValue | undefined): Taken {
  const { parts, isExact } = decodeContent(content);
  return { parts, verbatim: isExact || content === undefined ? {} : { content } };
}

function takeOther(role: JsonValue | undefined, members: JsonObject, body: Taken): Taken {
  if (role !== 'tool' && role !== 'function') return { parts: body.parts, verbatim: { ...members, ...body.verbatim } };
  const { tool_call_id: id, ...rest } = members;
  const callId = asString(id) ?? '';
  const kept = id === undefined || callId !== '' ? rest : members;
  return { parts: [{ type: 'tool-result', callId, content: body.parts }], verbatim: { ...kept, ...body.verbatim } };
}

function takeAssistant(members: JsonObject, body: Taken): Taken {
  const { reasoning_content, reasoning: otherReasoning, reasoning_details, refusal, tool_calls, ...rest } = members;
  const reasoning = takeReasoning({ reasoning_content, reasoning: otherReasoning, reasoning_details });
  const refused = takeRefusal(refusal);
  const calls = takeToolCalls(tool_calls);
  return {
    parts: [...reasoning.parts, ...body.parts, ...refused.parts, ...calls.parts],
    verbatim: { ...rest, ...reasoning.verbatim, ...body.verbatim, ...refused.verbatim, ...calls.verbatim },
  };
}

function takeReasoning(members: JsonObject): Taken {
  const text = asString(members['reasoning_content']) ?? asString(members['reasoning']) ?? '';
  const parts = decodeReasoningParts(text, members['reasoning_details']);
  const said = Object.entries(members).filter(([, value]) => value !== undefined);
  return { parts, verbatim: Object.fromEntries(said) };
}

function takeRefusal(value: JsonValue | undefined): Taken {
  if (value === undefined) return NOTHING;
  if (typeof value !== 'string' || value === '') return { parts: [], verbatim: { refusal: value } };
  return { parts: [{ type: 'refusal', text: value }], verbatim: {} };
}

/** Calls with members of their own (Gemini's signature of a thought) and calls of other kinds are kept verbatim too. */
function takeToolCalls(value: JsonValue | undefined): Taken {
  if (value === undefined) return NOTHING;
  const calls = asArray(value);
  const parts = calls.flatMap(decodeToolCall);
  const isExact = calls.length > 0 && calls.every(isPlainCall);
  return { parts, verbatim: isExact ? {} : { tool_calls: value } };
}

function decodeToolCall(call: JsonValue): ContentPart[] {
  const { id, function: callee, custom, extra_content: extra } = asObject(call);
  const isCustom = isJsonObject(custom);
  const { name, arguments: text, input } = asObject(custom ?? callee);
  if (typeof id !== 'string' || typeof name !== 'string') return [];
  const words = asString(isCustom ? input : text) ?? '';
  return [{ type: 'tool-call', id, name, arguments: words, ...(isCustom ? { isCustom } : {}), ...signatureOf(extra) }];
}

/** Where Google's own service in OpenAI's words keeps it, and where the router gives it to clients. */
function signatureOf(extra: JsonValue | undefined): { readonly signature?: string; readonly origin?: string } {
  const seal = asString(asObject(asObject(extra)['google'])['thought_signature']);
  if (seal === undefined) return {};
  const { signature, origin } = openSeal(seal);
  return { signature, ...(origin === undefined ? {} : { origin }) };
}

function isPlainCall(call: JsonValue): boolean {
  if (!hasOnly(call, ['id', 'type', 'function']) || call['type'] !== 'function') return false;
  const callee = call['function'];
  if (!hasOnly(callee, ['name', 'arguments'])) return false;
  return [call['id'], callee['name'], callee['arguments']].every((text) => typeof text === 'string');
}
