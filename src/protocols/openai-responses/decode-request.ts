import type { ChatRequest, ReasoningRequest, ResponseFormat } from '../../canonical/chat.ts';
import type { ToolSpec } from '../../canonical/content.ts';
import { asArray, asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { ROUTER_MEMBERS } from '../router-members.ts';
import { decodeInput } from './decode-input.ts';
import { decodeToolChoice, decodeTools } from './decode-tools.ts';
import { ADDITIONAL_TOOLS, FORMAT, INCLUDE_LOGPROBS, INCLUDE_SEALS } from './wire.ts';

type Fields = Partial<ChatRequest>;

/** What a member says in canonical words, and what of it stays beside them as it came. */
interface Taken {
  readonly fields: Fields;
  readonly rest?: JsonValue;
}

type MemberDecoder = (value: JsonValue, body: JsonObject) => Taken;

/** `body` has passed `readHead`. */
export function decodeRequest(body: JsonObject): ChatRequest {
  let fields: Fields = decodeLogprobRequest(body);
  const extras: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(body)) {
    if (value === undefined || value === null || ROUTER_MEMBERS.has(name) || IS_READ_APART.has(name)) continue;
    const taken = DECODERS.get(name)?.(value, body) ?? { fields: {}, rest: value };
    fields = { ...fields, ...taken.fields };
    if (taken.rest !== undefined) extras[name] = taken.rest;
  }
  const tools = [...(fields.tools ?? []), ...additionalTools(body['input'])];
  return {
    ...fields,
    ...(fields.tools === undefined && tools.length === 0 ? {} : { tools }),
    messages: decodeInput(body),
    stream: body['stream'] === true,
    extras: { [FORMAT]: extras },
  };
}

/** Newer models of the vendor are offered tools by an item of the conversation. */
function additionalTools(input: JsonValue | undefined): readonly ToolSpec[] {
  const items = asArray(input).filter((item) => asObject(item)['type'] === ADDITIONAL_TOOLS);
  return items.flatMap((item) => decodeTools(asArray(asObject(item)['tools']), undefined));
}

const IS_READ_APART: ReadonlySet<string> = new Set(['input', 'instructions', 'stream', 'top_logprobs']);

/** `field` takes values of `type`; anything else stays as it came. */
function plain(field: keyof ChatRequest, type: 'number' | 'string' | 'boolean'): MemberDecoder {
  return (value) => (typeof value === type ? { fields: { [field]: value } } : { fields: {}, rest: value });
}

const DECODERS: ReadonlyMap<string, MemberDecoder> = new Map<string, MemberDecoder>([
  ['temperature', plain('temperature', 'number')],
  ['top_p', plain('topP', 'number')],
  ['max_output_tokens', plain('maxOutputTokens', 'number')],
  ['parallel_tool_calls', plain('parallelToolCalls', 'boolean')],
  ['user', plain('user', 'string')],
  ['safety_identifier', (value, { user }) => (user === undefined ? takeUser(value) : { fields: {}, rest: value })],
  // Groups have descriptions and tools have members without a word here, so the list stays beside them.
  ['tools', (value, body) => ({ fields: { tools: decodeTools(asArray(value), body['tool_choice']) }, rest: value })],
  ['tool_choice', takeToolChoice],
  ['text', (value) => takeText(asObject(value))],
  ['reasoning', (value) => takeReasoning(asObject(value))],
  ['include', takeInclude],
  // Nothing is stored where the router translates.
  ['store', (value) => (value === false ? { fields: {} } : { fields: {}, rest: value })],
]);

function takeUser(value: JsonValue): Taken {
  return typeof value === 'string' ? { fields: { user: value } } : { fields: {}, rest: value };
}

function takeToolChoice(value: JsonValue): Taken {
  const toolChoice = decodeToolChoice(value);
  return toolChoice === undefined ? { fields: {}, rest: value } : { fields: { toolChoice } };
}

function takeText({ format, ...rest }: JsonObject): Taken {
  const responseFormat = decodeFormat(format);
  const isKnown = responseFormat !== undefined || (format ?? null) === null || asObject(format)['type'] === 'text';
  const kept = isKnown ? rest : { ...rest, format };
  return {
    fields: responseFormat === undefined ? {} : { responseFormat },
    ...(Object.values(kept).some((value) => (value ?? null) !== null) ? { rest: kept } : {}),
  };
}

function decodeFormat(value: JsonValue | undefined): ResponseFormat | undefined {
  const { type, name, description, schema, strict } = asObject(value);
  if (type === 'json_object') return { type: 'json' };
  if (type !== 'json_schema' || typeof name !== 'string') return undefined;
  return {
    type: 'json-schema',
    name,
    ...(typeof description === 'string' ? { description } : {}),
    ...(isJsonObject(schema) ? { schema } : {}),
    ...(typeof strict === 'boolean' ? { strict } : {}),
  };
}

/** `auto` only says that the client wants to read a summary; the other words say which. */
function takeReasoning({ effort, summary, ...rest }: JsonObject): Taken {
  const word = asString(effort);
  const wanted = asString(summary) ?? asString(rest['generate_summary']);
  const reasoning: ReasoningRequest = {
    ...(word === undefined ? {} : { effort: word }),
    ...(wanted === undefined ? {} : { isVisible: true }),
  };
  const members = { ...rest, ...(wanted === undefined || wanted === 'auto' ? {} : { summary: wanted }) };
  const kept = Object.entries(members).filter(([name, value]) => value !== null && name !== 'generate_summary');
  return {
    fields: Object.keys(reasoning).length === 0 ? {} : { reasoning },
    ...(kept.length === 0 ? {} : { rest: Object.fromEntries(kept) }),
  };
}

/** What is asked for here and given by the router itself needs no provider. */
function takeInclude(value: JsonValue): Taken {
  const rest = asArray(value).filter((name) => name !== INCLUDE_SEALS && name !== INCLUDE_LOGPROBS);
  return rest.length === 0 ? { fields: {} } : { fields: {}, rest };
}

function decodeLogprobRequest({ top_logprobs: top, include }: JsonObject): Fields {
  const isAsked = asArray(include).includes(INCLUDE_LOGPROBS);
  if (typeof top === 'number' && (top > 0 || isAsked)) return { logprobs: { top } };
  return isAsked ? { logprobs: { top: 0 } } : {};
}
