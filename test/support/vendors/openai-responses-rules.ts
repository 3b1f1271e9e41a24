import { asArray, asObject, asString, type JsonObject } from '../../../src/lib/json.ts';
import { imageComplaint } from './openai-chat-rules.ts';
import { isReasoningModel, type OpenAiComplaint } from './openai-refusals.ts';
import { strictSchemaComplaint } from './openai-strict-schema.ts';
import type { Rule } from './refusal.ts';

/** What the vendor remembers of its answers. */
export interface ResponsesMemory {
  readonly newId: (prefix: string) => string;
  /** Everything said up to and including a stored answer, by its id. */
  readonly stored: Map<string, readonly JsonObject[]>;
  /** Encrypted reasoning that was sent out. */
  readonly encrypted: Set<string>;
  /** The reasoning item that has to come back with an item, by that item's id. */
  readonly reasoningOf: Map<string, string>;
}

export interface ResponsesRequest {
  readonly body: JsonObject;
  /** Items of the request alone. */
  readonly input: readonly JsonObject[];
  /** The same after those of the stored answer that the request continues. */
  readonly history: readonly JsonObject[];
  readonly memory: ResponsesMemory;
}

/** Rules of https://platform.openai.com/docs/api-reference/responses/create and …/guides/reasoning */
type ResponsesRule = Rule<ResponsesRequest, OpenAiComplaint>;

/** Items of the request's input; words alone are a message of the user. */
export function inputItems(body: JsonObject): readonly JsonObject[] {
  const text = asString(body['input']);
  const items = text === undefined ? asArray(body['input']).map(asObject) : [{ role: 'user', content: text }];
  return items.map((item) => ({ type: 'message', ...item }));
}

const hasInput: ResponsesRule = ({ body, input }) => {
  const isGiven = ['previous_response_id', 'prompt', 'conversation'].some((name) => body[name] != null);
  if (input.length > 0 || isGiven) return undefined;
  return {
    message: "One of 'input' or 'previous_response_id' or 'prompt' or 'conversation_id' must be provided.",
    param: 'input',
    code: 'missing_required_parameter',
  };
};

const previousIsStored: ResponsesRule = ({ body, memory }) => {
  const id = asString(body['previous_response_id']);
  if (id === undefined || memory.stored.has(id)) return undefined;
  const message = `Previous response with id '${id}' not found.`;
  return { message, param: 'previous_response_id', code: 'previous_response_not_found' };
};

const ID_PREFIXES: Readonly<Record<string, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  custom_tool_call: 'ctc',
};

const idsAreTheVendors: ResponsesRule = ({ input }) => {
  for (const [index, { type, id, role }] of input.entries()) {
    const prefix = type === 'message' && role !== 'assistant' ? 'msg' : ID_PREFIXES[String(type)];
    if (prefix === undefined || id == null || String(id).startsWith(prefix)) continue;
    const param = `input[${index}].id`;
    return {
      message: `Invalid '${param}': '${id}'. Expected an ID that begins with '${prefix}'.`,
      param,
      code: 'invalid_value',
    };
  }
  const ids = input.map(({ id }) => id).filter((id) => id != null);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice === undefined) return undefined;
  return {
    message: `Duplicate item found with id ${twice}. Remove duplicate items from your input and try again.`,
    param: 'input',
  };
};

const PAIRS = [
  ['function_call', 'function call'],
  ['custom_tool_call', 'custom tool call'],
] as const;

const outputsHaveCalls: ResponsesRule = ({ history }) => {
  for (const [type, words] of PAIRS) {
    const calls = new Set<unknown>();
    for (const item of history) {
      if (item['type'] === type) calls.add(item['call_id']);
      if (item['type'] !== `${type}_output` || calls.has(item['call_id'])) continue;
      return { message: `No tool call found for ${words} output with call_id ${item['call_id']}.`, param: 'input' };
    }
  }
  return undefined;
};

const callsHaveOutputs: ResponsesRule = ({ history }) => {
  for (const [type, words] of PAIRS) {
    const idsOf = (wanted: string): unknown[] =>
      history.filter((item) => item['type'] === wanted).map(({ call_id }) => call_id);
    const outputs = idsOf(`${type}_output`);
    const open = idsOf(type).find((id) => !outputs.includes(id));
    if (open !== undefined) return { message: `No tool output found for ${words} ${open}.`, param: 'input' };
  }
  return undefined;
};

const reasoningIsKnown: ResponsesRule = ({ input, memory }) => {
  for (const { type, id, encrypted_content } of input) {
    if (type !== 'reasoning') continue;
    const encrypted = asString(encrypted_content);
    if (encrypted === undefined) {
      if (isStored(memory, id)) continue;
      const message =
        `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. ` +
        'Try again with `store` set to true, or remove this item from your input.';
      return { message, param: 'input', status: 404 };
    }
    if (memory.encrypted.has(encrypted)) continue;
    const shown = `${encrypted.slice(0, 4)}...${encrypted.slice(-4)}`;
    return { message: `The encrypted content ${shown} could not be verified.`, code: 'invalid_encrypted_content' };
  }
  return undefined;
};

function isStored({ stored }: ResponsesMemory, id: unknown): boolean {
  return [...stored.values()].some((items) => items.some((item) => item['id'] === id));
}

const AFTER_REASONING = ['function_call', 'custom_tool_call', 'reasoning'];

const reasoningIsFollowed: ResponsesRule = ({ input }) => {
  for (const [index, { type, id }] of input.entries()) {
    if (type !== 'reasoning') continue;
    const next = input[index + 1];
    const isFollowed = next?.['role'] === 'assistant' || AFTER_REASONING.includes(String(next?.['type']));
    if (isFollowed) continue;
    return {
      message: `Item '${id}' of type 'reasoning' was provided without its required following item.`,
      param: 'input',
    };
  }
  return undefined;
};

const reasoningComesAlong: ResponsesRule = ({ input, memory }) => {
  const ids = input.map(({ id }) => id);
  for (const { id, type } of input) {
    const reasoning = memory.reasoningOf.get(String(id));
    if (reasoning === undefined || ids.includes(reasoning)) continue;
    const message = `Item '${id}' of type '${type}' was provided without its required 'reasoning' item: '${reasoning}'.`;
    return { message, param: 'input' };
  }
  return undefined;
};

const toolChoiceIsPossible: ResponsesRule = ({ body }) => {
  const choice = body['tool_choice'];
  const tools = asArray(body['tools']).map(asObject);
  if (choice === 'required' && tools.length === 0) {
    return { message: "Tool choice 'required' must be specified with 'tools' parameter.", param: 'tool_choice' };
  }
  const { type, name } = asObject(choice);
  if (name === undefined || tools.some((tool) => tool['type'] === type && tool['name'] === name)) return undefined;
  return { message: `Tool choice '${type}' not found in 'tools' parameter.`, param: 'tool_choice' };
};

const functionsAreSound: ResponsesRule = ({ body }) => {
  for (const [index, tool] of asArray(body['tools']).map(asObject).entries()) {
    const { type, name, parameters, strict } = tool;
    if (type !== 'function' || parameters == null) continue;
    const schema = asObject(parameters);
    const complaint = strict === true ? strictSchemaComplaint(schema) : looseComplaint(schema);
    if (complaint === undefined) continue;
    const message = `Invalid schema for function '${name}': ${complaint}`;
    return { message, param: `tools[${index}].parameters`, code: 'invalid_function_parameters' };
  }
  return undefined;
};

function looseComplaint(schema: JsonObject): string | undefined {
  if (schema['type'] === 'object' || Object.keys(schema).length === 0) return undefined;
  return `schema must be a JSON Schema of 'type: "object"', got 'type: "${schema['type'] ?? 'None'}"'.`;
}

const formatIsSound: ResponsesRule = ({ body, input }) => {
  const { type, name, schema, strict } = asObject(asObject(body['text'])['format']);
  if (type === 'json_object' && !/json/i.test(JSON.stringify(input))) {
    const message =
      "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.";
    return { message, param: 'input' };
  }
  if (type !== 'json_schema' || strict !== true) return undefined;
  const complaint = strictSchemaComplaint(asObject(schema));
  if (complaint === undefined) return undefined;
  const message = `Invalid schema for response_format '${name}': ${complaint}`;
  return { message, param: 'text.format.schema', code: 'invalid_json_schema' };
};

const modelTakesParameters: ResponsesRule = ({ body }) => {
  const unsupported = (param: string): OpenAiComplaint => ({
    message: `Unsupported parameter: '${param}' is not supported with this model.`,
    param,
    code: 'unsupported_parameter',
  });
  if (isReasoningModel(String(body['model']))) {
    const sampled = ['temperature', 'top_p'].find((name) => body[name] != null && body[name] !== 1);
    return sampled === undefined ? undefined : unsupported(sampled);
  }
  const asked = ['effort', 'summary'].find((name) => asObject(body['reasoning'])[name] != null);
  if (asked !== undefined) return unsupported(`reasoning.${asked}`);
  if (!asArray(body['include']).includes('reasoning.encrypted_content')) return undefined;
  return { message: 'Encrypted content is not supported with this model.', param: 'include' };
};

const streamOptionsNeedStream: ResponsesRule = ({ body }) => {
  if (body['stream_options'] == null || body['stream'] === true) return undefined;
  return {
    message: "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
    param: 'stream_options',
  };
};

const imagesAreReal: ResponsesRule = ({ input }) => {
  for (const [index, { content, output }] of input.entries()) {
    for (const part of [...asArray(content), ...asArray(output)].map(asObject)) {
      const url = asString(part['image_url']);
      const complaint = url === undefined ? undefined : imageComplaint(url, `input[${index}].content`);
      if (complaint !== undefined) return complaint;
    }
  }
  return undefined;
};

export const RESPONSES_RULES: readonly ResponsesRule[] = [
  hasInput,
  previousIsStored,
  idsAreTheVendors,
  outputsHaveCalls,
  callsHaveOutputs,
  reasoningIsKnown,
  reasoningIsFollowed,
  reasoningComesAlong,
  toolChoiceIsPossible,
  functionsAreSound,
  formatIsSound,
  modelTakesParameters,
  streamOptionsNeedStream,
  imagesAreReal,
];
