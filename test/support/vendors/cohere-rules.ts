import { asArray, asObject, asString, type JsonObject, parseJson } from '../../../src/lib/json.ts';
import { isBase64, parseDataUrl } from './base64.ts';
import { describesObject, subschemas } from './json-schema.ts';
import type { Refusal, Rule } from './refusal.ts';
import { type Problem, type Step, typeOf, wantedType } from './shape.ts';

export function cohereError(status: number, message: string): Refusal {
  return { status, body: { id: 'fake-error', message }, reason: message };
}

const nameOf = (path: readonly Step[]): string => String(path.findLast((step) => typeof step === 'string') ?? 'body');

/** A problem of shape in the vendor's words: 422 for what is no valid field, 400 for a value it cannot take. */
export function phraseCohere({ kind, path, shape, value }: Problem, page: string): Refusal {
  const name = nameOf(path);
  const see = `For proper usage, please refer to https://docs.cohere.com/reference/${page}`;
  switch (kind) {
    case 'unknown':
      return cohereError(422, `unknown field: parameter '${name}' is not a valid field. ${see}`);
    case 'missing':
      return cohereError(400, `invalid request: ${name} is required.`);
    case 'type':
    case 'fraction': {
      const wanted = wantedType(shape) ?? 'string or array';
      return cohereError(
        422,
        `invalid type: parameter ${name} is of type ${typeOf(value)} but should be of type ${wanted}. ${see}`,
      );
    }
    default:
      return cohereError(400, `invalid request: invalid value for ${name}: ${JSON.stringify(value)}.`);
  }
}

/** Rules of chat that a shape cannot say. https://docs.cohere.com/v2/docs/tool-use-overview */
type CohereRule = Rule<JsonObject, string>;

const messagesOf = (body: JsonObject): readonly JsonObject[] => asArray(body['messages']).map(asObject);

const idsOf = (message: JsonObject | undefined): string[] =>
  asArray(message?.['tool_calls']).map((call) => String(asObject(call)['id']));

const isEmpty = (content: unknown): boolean =>
  content === undefined ||
  content === '' ||
  (Array.isArray(content) && content.every((part) => asObject(part)['text'] === ''));

const messagesSaySomething: CohereRule = (body) => {
  const messages = messagesOf(body);
  if (messages.length === 0) return 'messages must not be empty';
  for (const [index, { role, content, tool_calls }] of messages.entries()) {
    if (!isEmpty(content) || tool_calls !== undefined) continue;
    return role === 'user'
      ? 'message must be at least 1 token long or tool results must be specified.'
      : `messages[${index}]: ${role} message must have content${role === 'assistant' ? ' or tool_calls' : ''}`;
  }
  const last = messages.at(-1)?.['role'];
  return last === 'user' || last === 'tool' ? undefined : 'the last message must be of role user or tool';
};

const callsAreWellFormed: CohereRule = (body) => {
  for (const call of messagesOf(body).flatMap(({ tool_calls }) => asArray(tool_calls).map(asObject))) {
    const parsed = parseJson(String(asObject(call['function'])['arguments']));
    if (!parsed.ok || typeOf(parsed.value) !== 'object')
      return `tool call ${call['id']} must have a JSON object as its arguments`;
  }
  return undefined;
};

const toolMessagesAnswer: CohereRule = (body) => {
  const messages = messagesOf(body);
  for (const [index, { role, tool_call_id }] of messages.entries()) {
    if (role !== 'tool') continue;
    const asker = messages.slice(0, index).findLast((message) => message['role'] !== 'tool');
    if (asker?.['role'] !== 'assistant' || idsOf(asker).length === 0) {
      return 'tool message must follow an assistant message with tool_calls';
    }
    if (!idsOf(asker).includes(String(tool_call_id))) {
      return `tool call id ${tool_call_id} not found in previous tool calls`;
    }
  }
  return undefined;
};

const callsAreAnswered: CohereRule = (body) => {
  const messages = messagesOf(body);
  for (const [index, message] of messages.entries()) {
    const rest = messages.slice(index + 1);
    const end = rest.findIndex(({ role }) => role !== 'tool');
    const answered = (end === -1 ? rest : rest.slice(0, end)).map(({ tool_call_id }) => tool_call_id);
    const missing = idsOf(message).filter((id) => !answered.includes(id));
    if (missing.length > 0) return `missing tool results for tool calls with ids: ${missing.join(', ')}`;
  }
  return undefined;
};

const TOOL_NAME = /^[a-zA-Z_][a-zA-Z0-9_-]*$/;

const toolsAreSound: CohereRule = (body) => {
  const functions = asArray(body['tools']).map((tool) => asObject(asObject(tool)['function']));
  const names = functions.map(({ name }) => String(name));
  const bad = names.find((name) => !TOOL_NAME.test(name));
  if (bad !== undefined)
    return `tool name '${bad}' can only contain letters, digits, underscores and dashes, and cannot start with a digit`;
  if (new Set(names).size < names.length) return 'tool names must be unique';
  if (functions.length === 0) {
    const needing = ['tool_choice', 'strict_tools'].find((name) => body[name] !== undefined && body[name] !== false);
    return needing === undefined ? undefined : `${needing} can only be specified with tools`;
  }
  const isLoose = functions.some(({ parameters }) => asArray(asObject(parameters)['required']).length === 0);
  return body['strict_tools'] === true && isLoose
    ? 'at least one parameter of every tool must be required with strict_tools'
    : undefined;
};

/** https://docs.cohere.com/docs/structured-outputs */
const formatIsSound: CohereRule = (body) => {
  const { type, json_schema } = asObject(body['response_format']);
  if (type !== 'json_object') return undefined;
  if (body['tools'] !== undefined || body['documents'] !== undefined)
    return 'response_format is not supported with tools or documents';
  if (json_schema === undefined) return undefined;
  const root = asObject(json_schema);
  if (root['type'] !== 'object') return "json_schema: the top level type must be 'object'";
  const isLoose = subschemas(root).some(
    ({ schema }) => describesObject(schema) && asArray(schema['required']).length === 0,
  );
  return isLoose ? 'json_schema: every object must have at least one required field' : undefined;
};

const imagesAreReal: CohereRule = (body) => {
  const parts = messagesOf(body).flatMap(({ content }) => asArray(content).map(asObject));
  for (const { image_url } of parts) {
    const url = asString(asObject(image_url)['url']);
    if (url === undefined || /^https?:\/\//.test(url)) continue;
    const data = parseDataUrl(url);
    if (data === undefined || !data.mediaType.startsWith('image/') || !isBase64(data.base64))
      return 'invalid image_url: must be a URL or a base64 data URI of an image';
  }
  return undefined;
};

export const isReasoningModel = (model: unknown): boolean => String(model).includes('reasoning');

const modelCanThink: CohereRule = ({ model, thinking }) =>
  asObject(thinking)['type'] === 'enabled' && !isReasoningModel(model)
    ? `thinking is not supported by model '${model}'`
    : undefined;

export const COHERE_RULES: readonly CohereRule[] = [
  messagesSaySomething,
  callsAreWellFormed,
  toolMessagesAnswer,
  callsAreAnswered,
  toolsAreSound,
  formatIsSound,
  imagesAreReal,
  modelCanThink,
];
