import type { ContentPart, Message } from '../canonical/content.ts';
import { asArray, asObject, asString, type JsonObject, type JsonValue } from '../lib/json.ts';
import { decodeContent, hasOnly } from './openai-content.ts';

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
  const { reasoning_content, refusal, tool_calls, ...rest } = members;
  const reasoning = takeText('reasoning', 'reasoning_content', reasoning_content);
  const refused = takeText('refusal', 'refusal', refusal);
  const calls = takeToolCalls(tool_calls);
  return {
    parts: [...reasoning.parts, ...body.parts, ...refused.parts, ...calls.parts],
    verbatim: { ...rest, ...reasoning.verbatim, ...body.verbatim, ...refused.verbatim, ...calls.verbatim },
  };
}

function takeText(type: 'reasoning' | 'refusal', name: string, value: JsonValue | undefined): Taken {
  if (value === undefined) return NOTHING;
  if (typeof value !== 'string' || value === '') return { parts: [], verbatim: { [name]: value } };
  return { parts: [{ type, text: value }], verbatim: {} };
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
  const { id, function: callee } = asObject(call);
  const { name, arguments: text } = asObject(callee);
  if (typeof id !== 'string' || typeof name !== 'string') return [];
  return [{ type: 'tool-call', id, name, arguments: asString(text) ?? '' }];
}

function isPlainCall(call: JsonValue): boolean {
  if (!hasOnly(call, ['id', 'type', 'function']) || call['type'] !== 'function') return false;
  const callee = call['function'];
  if (!hasOnly(callee, ['name', 'arguments'])) return false;
  return [call['id'], callee['name'], callee['arguments']].every((text) => typeof text === 'string');
}
