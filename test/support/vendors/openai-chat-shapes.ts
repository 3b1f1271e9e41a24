import {
  ANY,
  BOOLEAN,
  either,
  type Fields,
  FREE_OBJECT,
  INTEGER,
  integerFrom,
  listOf,
  matching,
  nullable,
  nullables,
  object,
  oneOf,
  range,
  STRING,
  tagged,
  upTo,
} from './shape.ts';

/** Bodies of https://platform.openai.com/docs/api-reference/chat/create */

export const TOOL_NAME = matching(/^[a-zA-Z0-9_-]+$/, 64);
/** Ids that the vendor did not make are taken up to this length. */
const CALL_ID = upTo(40);
const TYPE: Fields = { type: STRING };
const CACHE: Fields = { prompt_cache_breakpoint: FREE_OBJECT };

const TEXT = object({ ...TYPE, text: STRING }, CACHE);
const REFUSAL = object({ ...TYPE, refusal: STRING });
const TEXTS = either(STRING, listOf(tagged('type', { text: TEXT }), 1));

const USER_PARTS = tagged('type', {
  text: TEXT,
  image_url: object({ ...TYPE, image_url: object({ url: STRING }, { detail: oneOf('auto', 'low', 'high') }) }, CACHE),
  input_audio: object({ ...TYPE, input_audio: object({ data: STRING, format: oneOf('wav', 'mp3') }) }, CACHE),
  file: object({ ...TYPE, file: object({}, { file_data: STRING, file_id: STRING, filename: STRING }) }, CACHE),
});

const TOOL_CALL = tagged('type', {
  function: object({ ...TYPE, id: CALL_ID, function: object({ name: TOOL_NAME, arguments: STRING }) }),
  custom: object({ ...TYPE, id: CALL_ID, custom: object({ name: TOOL_NAME, input: STRING }) }),
});

const NAME: Fields = { name: matching(/^[^\s<|\\/>]+$/, 64) };
const ROLE: Fields = { role: STRING };

const MESSAGE = tagged('role', {
  system: object({ ...ROLE, content: TEXTS }, NAME),
  developer: object({ ...ROLE, content: TEXTS }, NAME),
  user: object({ ...ROLE, content: either(STRING, listOf(USER_PARTS, 1)) }, NAME),
  assistant: object(ROLE, {
    ...NAME,
    content: nullable(either(STRING, listOf(tagged('type', { text: TEXT, refusal: REFUSAL }), 1))),
    refusal: nullable(STRING),
    audio: nullable(object({ id: STRING })),
    tool_calls: listOf(TOOL_CALL, 1),
    function_call: nullable(object({ name: STRING, arguments: STRING })),
    annotations: listOf(FREE_OBJECT),
  }),
  tool: object({ ...ROLE, tool_call_id: CALL_ID, content: TEXTS }),
  function: object({ ...ROLE, content: nullable(STRING), name: STRING }),
});

const FUNCTION = object(
  { name: TOOL_NAME },
  { description: STRING, parameters: FREE_OBJECT, strict: nullable(BOOLEAN) },
);

const TOOL = tagged('type', {
  function: object({ ...TYPE, function: FUNCTION }),
  custom: object({ ...TYPE, custom: object({ name: TOOL_NAME }, { description: STRING, format: FREE_OBJECT }) }),
});

/** A choice by name is an object, any other a word. */
const TOOL_CHOICE = either(
  oneOf('none', 'auto', 'required'),
  tagged('type', {
    function: object({ ...TYPE, function: object({ name: STRING }) }),
    custom: object({ ...TYPE, custom: object({ name: STRING }) }),
    allowed_tools: object({ ...TYPE, allowed_tools: FREE_OBJECT }),
  }),
);

const JSON_SCHEMA = object(
  { name: TOOL_NAME },
  { description: STRING, schema: FREE_OBJECT, strict: nullable(BOOLEAN) },
);

const RESPONSE_FORMAT = tagged('type', {
  text: object(TYPE),
  json_object: object(TYPE),
  json_schema: object({ ...TYPE, json_schema: JSON_SCHEMA }),
});

export const METADATA = { kind: 'record', values: upTo(512) } as const;
export const EFFORT = oneOf('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max');
export const SERVICE_TIER = oneOf('auto', 'default', 'flex', 'scale', 'priority');
export const VERBOSITY = oneOf('low', 'medium', 'high');

const OPTIONAL: Fields = nullables({
  audio: FREE_OBJECT,
  frequency_penalty: range(-2, 2),
  function_call: ANY,
  functions: listOf(FREE_OBJECT, 1),
  logit_bias: FREE_OBJECT,
  logprobs: BOOLEAN,
  max_completion_tokens: integerFrom(1),
  max_tokens: integerFrom(1),
  metadata: METADATA,
  modalities: listOf(oneOf('text', 'audio')),
  moderation: FREE_OBJECT,
  n: integerFrom(1, 128),
  prediction: FREE_OBJECT,
  presence_penalty: range(-2, 2),
  prompt_cache_key: STRING,
  prompt_cache_options: FREE_OBJECT,
  prompt_cache_retention: oneOf('in_memory', '24h'),
  reasoning_effort: EFFORT,
  safety_identifier: STRING,
  seed: INTEGER,
  service_tier: SERVICE_TIER,
  stop: either(STRING, listOf(STRING, 1, 4)),
  store: BOOLEAN,
  stream: BOOLEAN,
  stream_options: object({}, { include_usage: BOOLEAN, include_obfuscation: BOOLEAN }),
  temperature: range(0, 2),
  top_logprobs: integerFrom(0, 20),
  top_p: range(0, 1),
  verbosity: VERBOSITY,
  web_search_options: FREE_OBJECT,
});

export const CHAT_BODY = object(
  { model: STRING, messages: listOf(MESSAGE, 1) },
  {
    ...OPTIONAL,
    parallel_tool_calls: BOOLEAN,
    response_format: RESPONSE_FORMAT,
    tool_choice: TOOL_CHOICE,
    tools: listOf(TOOL, 1, 128),
    user: STRING,
  },
);

/** https://platform.openai.com/docs/api-reference/embeddings/create */
export const EMBEDDINGS_BODY = object(
  { model: STRING, input: either({ kind: 'string', minLength: 1 }, listOf(ANY, 1, 2048)) },
  { dimensions: integerFrom(1), encoding_format: oneOf('float', 'base64'), user: STRING },
);
