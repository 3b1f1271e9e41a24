import { asArray, asObject, asString, type JsonObject } from '../../../src/lib/json.ts';
import { isBase64, parseDataUrl, sniffMediaType } from './base64.ts';
import { isReasoningModel, type OpenAiComplaint } from './openai-refusals.ts';
import { strictSchemaComplaint } from './openai-strict-schema.ts';
import type { Rule } from './refusal.ts';

/** Rules of chat completions that a shape cannot say. https://platform.openai.com/docs/api-reference/chat/create */
type ChatRule = Rule<JsonObject, OpenAiComplaint>;

const messagesOf = (body: JsonObject): readonly JsonObject[] => asArray(body['messages']).map(asObject);

const idsOfCalls = (message: JsonObject | undefined): string[] =>
  asArray(message?.['tool_calls']).map((call) => String(asObject(call)['id']));

/** The position of the assistant message that a tool message at `index` answers; undefined where there is none. */
function askerOf(messages: readonly JsonObject[], index: number): JsonObject | undefined {
  const asker = messages.slice(0, index).findLast(({ role }) => role !== 'tool');
  return asker?.['role'] === 'assistant' && asker['tool_calls'] !== undefined ? asker : undefined;
}

const toolMessagesAnswer: ChatRule = (body) => {
  const messages = messagesOf(body);
  for (const [index, { role, tool_call_id }] of messages.entries()) {
    if (role !== 'tool') continue;
    const asker = askerOf(messages, index);
    if (asker === undefined) {
      return {
        message:
          "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
        param: `messages.[${index}].role`,
      };
    }
    if (!idsOfCalls(asker).includes(String(tool_call_id))) {
      return {
        message: `Invalid parameter: 'tool_call_id' of '${tool_call_id}' not found in 'tool_calls' of previous message.`,
        param: `messages.[${index}].tool_call_id`,
      };
    }
  }
  return undefined;
};

const callsAreAnswered: ChatRule = (body) => {
  const messages = messagesOf(body);
  for (const [index, message] of messages.entries()) {
    const rest = messages.slice(index + 1);
    const end = rest.findIndex(({ role }) => role !== 'tool');
    const answered = (end === -1 ? rest : rest.slice(0, end)).map(({ tool_call_id }) => tool_call_id);
    const missing = idsOfCalls(message).filter((id) => !answered.includes(id));
    if (missing.length === 0) continue;
    return {
      message:
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. " +
        `The following tool_call_ids did not have response messages: ${missing.join(', ')}`,
      param: `messages.[${index + 1}].role`,
    };
  }
  return undefined;
};

const assistantsSaySomething: ChatRule = (body) => {
  for (const [index, { role, content, tool_calls, refusal, function_call, audio }] of messagesOf(body).entries()) {
    if (role !== 'assistant') continue;
    if ([content, tool_calls, refusal, function_call, audio].some((member) => member != null)) continue;
    const param = `messages.[${index}].content`;
    return { message: `Invalid value for 'content': expected a string, got null.`, param };
  }
  return undefined;
};

const toolOptionsNeedTools: ChatRule = (body) => {
  if (body['tools'] !== undefined) return undefined;
  const param = ['tool_choice', 'parallel_tool_calls'].find((name) => body[name] !== undefined);
  // The choice of none is as good as no tools.
  if (param === undefined || body[param] === 'none') return undefined;
  return { message: `Invalid value for '${param}': '${param}' is only allowed when 'tools' are specified.`, param };
};

const namedToolExists: ChatRule = (body) => {
  const name = asObject(asObject(body['tool_choice'])['function'])['name'];
  const names = asArray(body['tools']).map((tool) => asObject(asObject(tool)['function'])['name']);
  if (name === undefined || names.includes(name)) return undefined;
  return {
    message: `Invalid value for 'tool_choice': no function named '${name}' was specified in the 'tools' parameter.`,
    param: 'tool_choice',
  };
};

const functionsAreSound: ChatRule = (body) => {
  for (const [index, tool] of asArray(body['tools']).entries()) {
    const { name, parameters, strict } = asObject(asObject(tool)['function']);
    if (parameters === undefined) continue;
    const schema = asObject(parameters);
    const type = schema['type'];
    const complaint =
      strict === true
        ? strictSchemaComplaint(schema)
        : type === 'object' || Object.keys(schema).length === 0
          ? undefined
          : `schema must be a JSON Schema of 'type: "object"', got 'type: "${type ?? 'None'}"'.`;
    if (complaint === undefined) continue;
    const message = `Invalid schema for function '${name}': ${complaint}`;
    return { message, param: `tools[${index}].function.parameters`, code: 'invalid_function_parameters' };
  }
  return undefined;
};

const formatIsSound: ChatRule = (body) => {
  const { type, json_schema } = asObject(body['response_format']);
  const param = 'response_format';
  if (type === 'json_object') {
    if (/json/i.test(JSON.stringify(body['messages']))) return undefined;
    const message =
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.";
    return { message, param: 'messages' };
  }
  const { name, schema, strict } = asObject(json_schema);
  if (type !== 'json_schema' || strict !== true) return undefined;
  const complaint = strictSchemaComplaint(asObject(schema));
  return complaint === undefined
    ? undefined
    : { message: `Invalid schema for response_format '${name}': ${complaint}`, param };
};

const streamOptionsNeedStream: ChatRule = (body) => {
  if (body['stream_options'] == null || body['stream'] === true) return undefined;
  return {
    message: "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
    param: 'stream_options',
  };
};

const metadataNeedsStore: ChatRule = (body) => {
  if (body['metadata'] == null || body['store'] === true) return undefined;
  return { message: "The 'metadata' parameter is only allowed when 'store' is enabled.", param: 'metadata' };
};

const topLogprobsNeedLogprobs: ChatRule = (body) => {
  if (body['top_logprobs'] == null || body['logprobs'] === true) return undefined;
  return { message: "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled.", param: 'top_logprobs' };
};

const limitIsSaidOnce: ChatRule = (body) => {
  if (body['max_tokens'] == null || body['max_completion_tokens'] == null) return undefined;
  const message = "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.";
  return { message, param: 'max_tokens', code: 'invalid_parameter_combination' };
};

const REFUSED_WHILE_REASONING = [
  'frequency_penalty',
  'presence_penalty',
  'logit_bias',
  'logprobs',
  'top_logprobs',
  'stop',
];

const modelTakesParameters: ChatRule = (body) => {
  const unsupported = (param: string, hint = ''): OpenAiComplaint => ({
    message: `Unsupported parameter: '${param}' is not supported with this model.${hint}`,
    param,
    code: 'unsupported_parameter',
  });
  if (!isReasoningModel(String(body['model']))) {
    const param = ['reasoning_effort', 'verbosity'].find((name) => body[name] != null);
    return param === undefined ? undefined : { message: `Unrecognized request argument supplied: ${param}` };
  }
  if (body['max_tokens'] != null) return unsupported('max_tokens', " Use 'max_completion_tokens' instead.");
  const param = REFUSED_WHILE_REASONING.find((name) => body[name] != null);
  if (param !== undefined) return unsupported(param);
  const sampled = ['temperature', 'top_p'].find((name) => body[name] != null && body[name] !== 1);
  if (sampled === undefined) return undefined;
  return {
    message: `Unsupported value: '${sampled}' does not support ${body[sampled]} with this model. Only the default (1) value is supported.`,
    param: sampled,
    code: 'unsupported_value',
  };
};

const imagesAreReal: ChatRule = (body) => {
  for (const [index, { content }] of messagesOf(body).entries()) {
    for (const part of asArray(content).map(asObject)) {
      const url = asString(asObject(part['image_url'])['url']);
      const complaint = url === undefined ? undefined : imageComplaint(url, `messages.[${index}].content`);
      if (complaint !== undefined) return complaint;
    }
  }
  return undefined;
};

const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

/** What is wrong with the URL of an image: http(s), or a data URL of a known kind. */
export function imageComplaint(url: string, param: string): OpenAiComplaint | undefined {
  if (/^https?:\/\//.test(url)) return undefined;
  const data = parseDataUrl(url);
  if (data === undefined) {
    const message = `Invalid '${param}'. Expected a valid URL, but got a value with an invalid format.`;
    return { message, param, code: 'invalid_value' };
  }
  if (!data.mediaType.startsWith('image/')) {
    return { message: 'Invalid MIME type. Only image types are supported.', param, code: 'invalid_image_format' };
  }
  if (!isBase64(data.base64)) return { message: 'Invalid base64 image_url.', param, code: 'invalid_base64_image' };
  if (IMAGE_TYPES.includes(data.mediaType) && sniffMediaType(data.base64) !== undefined) return undefined;
  const message =
    "You uploaded an unsupported image. Please make sure your image has of one the following formats: ['png', 'jpeg', 'gif', 'webp'].";
  return { message, param, code: 'invalid_image_format' };
}

export const CHAT_RULES: readonly ChatRule[] = [
  toolMessagesAnswer,
  callsAreAnswered,
  assistantsSaySomething,
  toolOptionsNeedTools,
  namedToolExists,
  functionsAreSound,
  formatIsSound,
  streamOptionsNeedStream,
  metadataNeedsStore,
  topLogprobsNeedLogprobs,
  limitIsSaidOnce,
  modelTakesParameters,
  imagesAreReal,
];
