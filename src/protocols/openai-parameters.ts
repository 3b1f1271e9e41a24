import type { ChatRequest, ResponseFormat, ToolChoice } from '../canonical/chat.ts';
import type { ToolSpec } from '../canonical/content.ts';
import { asObject, isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts';
import { hasOnly } from './openai-content.ts';
import { decodeReasoningRequest } from './openai-reasoning.ts';

/** What a request says beside its messages. */
export type ChatParameters = Omit<ChatRequest, 'messages' | 'stream'>;

type PlainField = Exclude<
  keyof ChatParameters,
  'tools' | 'toolChoice' | 'stop' | 'responseFormat' | 'reasoning' | 'logprobs' | 'extras'
>;

interface PlainParameter {
  readonly wireName: string;
  readonly field: PlainField;
  readonly type: 'number' | 'string' | 'boolean';
}

/** Parameters that mean the same in both forms. */
export const PLAIN_PARAMETERS: readonly PlainParameter[] = [
  { wireName: 'temperature', field: 'temperature', type: 'number' },
  { wireName: 'top_p', field: 'topP', type: 'number' },
  { wireName: 'top_k', field: 'topK', type: 'number' },
  { wireName: 'frequency_penalty', field: 'frequencyPenalty', type: 'number' },
  { wireName: 'presence_penalty', field: 'presencePenalty', type: 'number' },
  { wireName: 'seed', field: 'seed', type: 'number' },
  { wireName: 'n', field: 'count', type: 'number' },
  { wireName: 'max_tokens', field: 'maxOutputTokens', type: 'number' },
  { wireName: 'parallel_tool_calls', field: 'parallelToolCalls', type: 'boolean' },
  { wireName: 'user', field: 'user', type: 'string' },
];

const PLAIN_BY_NAME: ReadonlyMap<string, PlainParameter> = new Map(
  PLAIN_PARAMETERS.map((entry) => [entry.wireName, entry]),
);

interface DecodedParameter {
  readonly fields: ChatParameters;
  /** False where encoding `fields` would not give back what was decoded. */
  readonly isExact: boolean;
}

/** Decodes parameters in OpenAI's words; whatever the canonical form cannot say exactly is kept in `extras` too. */
export function decodeParameters(members: JsonObject): ChatParameters {
  const extras: [string, JsonValue][] = [];
  let fields: ChatParameters = { ...decodeReasoning(members), ...decodeLogprobRequest(members) };
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined) continue;
    const decoded = decodeParameter(name, value);
    fields = { ...fields, ...decoded?.fields };
    if (decoded?.isExact !== true) extras.push([name, value]);
  }
  const limit = members['max_completion_tokens'];
  if (typeof limit === 'number') fields = { ...fields, maxOutputTokens: limit };
  if (typeof limit === 'number' && typeof members['max_tokens'] === 'number')
    extras.push(['max_tokens', members['max_tokens']]);
  return extras.length === 0 ? fields : { ...fields, extras: { 'openai-chat': Object.fromEntries(extras) } };
}

function decodeReasoning(members: JsonObject): ChatParameters {
  const reasoning = decodeReasoningRequest(members);
  return reasoning === undefined ? {} : { reasoning };
}

function decodeLogprobRequest({ logprobs, top_logprobs: top }: JsonObject): ChatParameters {
  return logprobs === true ? { logprobs: { top: typeof top === 'number' ? top : 0 } } : {};
}

function decodeParameter(name: string, value: JsonValue): DecodedParameter | undefined {
  const plain = PLAIN_BY_NAME.get(name);
  if (plain === undefined) return STRUCTURED.get(name)?.(value);
  return typeof value === plain.type ? { fields: { [plain.field]: value }, isExact: true } : undefined;
}

const STRUCTURED: ReadonlyMap<string, (value: JsonValue) => DecodedParameter | undefined> = new Map([
  ['stop', decodeStop],
  ['tools', decodeTools],
  ['tool_choice', decodeToolChoice],
  ['response_format', decodeResponseFormat],
]);

function decodeStop(value: JsonValue): DecodedParameter | undefined {
  if (typeof value === 'string') return { fields: { stop: [value] }, isExact: false };
  if (!isTextList(value)) return undefined;
  return { fields: { stop: value }, isExact: true };
}

function isTextList(value: JsonValue): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function decodeTools(value: JsonValue): DecodedParameter | undefined {
  if (!Array.isArray(value) || !value.every(isJsonObject)) return undefined;
  return { fields: { tools: value.map(decodeTool) }, isExact: true };
}

function decodeTool(tool: JsonObject): ToolSpec {
  return decodeFunction(tool) ?? decodeCustom(tool) ?? { kind: 'foreign', protocol: 'openai-chat', value: tool };
}

function decodeCustom(tool: JsonObject): ToolSpec | undefined {
  if (tool['type'] !== 'custom' || !hasOnly(tool, ['type', 'custom'])) return undefined;
  const custom = tool['custom'];
  if (!hasOnly(custom, ['name', 'description', 'format'])) return undefined;
  const { name, description, format } = custom;
  if (typeof name !== 'string' || !isOptional(description, 'string')) return undefined;
  if (format !== undefined && !isJsonObject(format)) return undefined;
  return {
    kind: 'custom',
    name,
    ...(description === undefined ? {} : { description }),
    ...(format === undefined ? {} : { format }),
  };
}

function decodeFunction(tool: JsonObject): ToolSpec | undefined {
  if (tool['type'] !== 'function' || !hasOnly(tool, ['type', 'function'])) return undefined;
  const { name, description, parameters, strict, ...rest } = asObject(tool['function']);
  if (typeof name !== 'string' || Object.keys(rest).length > 0) return undefined;
  if (!isOptional(description, 'string') || !isOptional(strict, 'boolean')) return undefined;
  if (parameters !== undefined && !isJsonObject(parameters)) return undefined;
  return {
    kind: 'function',
    name,
    ...(description === undefined ? {} : { description }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(strict === undefined ? {} : { strict }),
  };
}

interface NamedTypes {
  readonly string: string;
  readonly boolean: boolean;
}

function isOptional<Name extends keyof NamedTypes>(
  value: JsonValue | undefined,
  type: Name,
): value is NamedTypes[Name] | undefined {
  return value === undefined || typeof value === type;
}

const isChoiceWord = (value: JsonValue): value is 'auto' | 'none' | 'required' => {
  return value === 'auto' || value === 'none' || value === 'required';
};

function decodeToolChoice(value: JsonValue): DecodedParameter | undefined {
  const toolChoice: ToolChoice | undefined = isChoiceWord(value) ? value : decodeNamedTool(value);
  return toolChoice === undefined ? undefined : { fields: { toolChoice }, isExact: true };
}

function decodeNamedTool(value: JsonValue): ToolChoice | undefined {
  const { type } = asObject(value);
  if ((type !== 'function' && type !== 'custom') || !hasOnly(value, ['type', type])) return undefined;
  const callee = value[type];
  if (!hasOnly(callee, ['name']) || typeof callee['name'] !== 'string') return undefined;
  return { name: callee['name'], ...(type === 'custom' ? { isCustom: true } : {}) };
}

function decodeResponseFormat(value: JsonValue): DecodedParameter | undefined {
  if (!hasOnly(value, ['type', 'json_schema'])) return undefined;
  const { type, json_schema: schema } = value;
  const isPlainJson = type === 'json_object' && schema === undefined;
  const responseFormat = isPlainJson
    ? ({ type: 'json' } as const)
    : type === 'json_schema'
      ? decodeSchema(schema)
      : undefined;
  return responseFormat === undefined ? undefined : { fields: { responseFormat }, isExact: true };
}

function decodeSchema(value: JsonValue | undefined): ResponseFormat | undefined {
  if (!hasOnly(value, ['name', 'description', 'schema', 'strict'])) return undefined;
  const { name, description, schema, strict } = value;
  if (typeof name !== 'string' || !isOptional(description, 'string') || !isOptional(strict, 'boolean'))
    return undefined;
  if (schema !== undefined && !isJsonObject(schema)) return undefined;
  return {
    type: 'json-schema',
    name,
    ...(description === undefined ? {} : { description }),
    ...(schema === undefined ? {} : { schema }),
    ...(strict === undefined ? {} : { strict }),
  };
}
