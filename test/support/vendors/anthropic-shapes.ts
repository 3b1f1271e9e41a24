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
  object,
  oneOf,
  range,
  type Shape,
  STRING,
  tagged,
  upTo,
} from './shape.ts';

/** Request bodies of the Messages API: https://platform.claude.com/docs/en/api/messages */

const TOOL_ID = matching(/^[a-zA-Z0-9_-]+$/);
const TOOL_NAME = matching(/^[a-zA-Z0-9_-]{1,64}$/);
const CACHE_CONTROL = nullable(object({ type: oneOf('ephemeral') }, { ttl: oneOf('5m', '1h') }));
const CACHED: Fields = { cache_control: CACHE_CONTROL };
const TYPE: Fields = { type: STRING };

const TEXT = object({ ...TYPE, text: STRING }, { ...CACHED, citations: nullable(listOf(ANY)) });

const IMAGE = object(
  {
    ...TYPE,
    source: tagged('type', {
      base64: object({
        ...TYPE,
        media_type: oneOf('image/jpeg', 'image/png', 'image/gif', 'image/webp'),
        data: STRING,
      }),
      url: object({ ...TYPE, url: STRING }),
      file: object({ ...TYPE, file_id: STRING }),
    }),
  },
  CACHED,
);

const DOCUMENT = object(
  {
    ...TYPE,
    source: tagged('type', {
      base64: object({ ...TYPE, media_type: oneOf('application/pdf'), data: STRING }),
      text: object({ ...TYPE, media_type: oneOf('text/plain'), data: STRING }),
      content: object({ ...TYPE, content: either(STRING, listOf(tagged('type', { text: TEXT, image: IMAGE }))) }),
      url: object({ ...TYPE, url: STRING }),
      file: object({ ...TYPE, file_id: STRING }),
    }),
  },
  {
    ...CACHED,
    citations: nullable(object({}, { enabled: BOOLEAN })),
    context: nullable(STRING),
    title: nullable(STRING),
  },
);

const SEARCH_RESULT = object(
  { ...TYPE, content: listOf(TEXT), source: STRING, title: STRING },
  { ...CACHED, citations: object({}, { enabled: BOOLEAN }) },
);

const TOOL_RESULT_CONTENT = tagged('type', {
  text: TEXT,
  image: IMAGE,
  document: DOCUMENT,
  search_result: SEARCH_RESULT,
});

const BLOCK = tagged('type', {
  text: TEXT,
  image: IMAGE,
  document: DOCUMENT,
  search_result: SEARCH_RESULT,
  thinking: object({ ...TYPE, thinking: STRING, signature: STRING }),
  redacted_thinking: object({ ...TYPE, data: STRING }),
  tool_use: object(
    { ...TYPE, id: TOOL_ID, name: TOOL_NAME, input: FREE_OBJECT },
    { ...CACHED, caller: FREE_OBJECT, toolset_name: nullable(STRING) },
  ),
  tool_result: object(
    { ...TYPE, tool_use_id: TOOL_ID },
    { ...CACHED, content: either(STRING, listOf(TOOL_RESULT_CONTENT)), is_error: BOOLEAN },
  ),
});

const MESSAGE = object({ role: oneOf('user', 'assistant', 'system'), content: either(STRING, listOf(BLOCK)) });

const CUSTOM_TOOL = object(
  {
    name: TOOL_NAME,
    input_schema: { kind: 'record', values: ANY },
  },
  {
    ...CACHED,
    type: nullable(STRING),
    description: STRING,
    strict: BOOLEAN,
    defer_loading: BOOLEAN,
    eager_input_streaming: nullable(BOOLEAN),
    input_examples: listOf(FREE_OBJECT),
    allowed_callers: listOf(STRING),
  },
);

const SERVER_TOOLS = [
  'bash_20250124',
  'text_editor_20250728',
  'memory_20250818',
  'web_search_20250305',
  'web_search_20260209',
  'web_fetch_20250910',
  'web_fetch_20260209',
  'code_execution_20250825',
];

const TOOL = tagged(
  'type',
  { custom: CUSTOM_TOOL, ...Object.fromEntries(SERVER_TOOLS.map((type) => [type, FREE_OBJECT])) },
  'custom',
);

const PARALLEL: Fields = { disable_parallel_tool_use: BOOLEAN };

const DISPLAY: Fields = { display: nullable(oneOf('summarized', 'omitted')) };

/** What a request to count tokens may hold too. */
const COUNTED: Fields = {
  cache_control: CACHE_CONTROL,
  system: either(STRING, listOf(tagged('type', { text: TEXT }))),
  tools: listOf(TOOL),
  tool_choice: tagged('type', {
    auto: object(TYPE, PARALLEL),
    any: object(TYPE, PARALLEL),
    tool: object({ ...TYPE, name: STRING }, PARALLEL),
    none: object(TYPE),
  }),
  thinking: tagged('type', {
    enabled: object({ ...TYPE, budget_tokens: integerFrom(1024) }, DISPLAY),
    disabled: object(TYPE),
    adaptive: object(TYPE, DISPLAY),
  }),
  output_config: object(
    {},
    {
      effort: nullable(oneOf('low', 'medium', 'high', 'xhigh', 'max')),
      format: nullable(tagged('type', { json_schema: object({ ...TYPE, schema: FREE_OBJECT }) })),
    },
  ),
};

const REQUIRED: Fields = { model: STRING, messages: listOf(MESSAGE) };

const CREATED: Fields = {
  ...COUNTED,
  container: ANY,
  context_management: FREE_OBJECT,
  inference_geo: nullable(STRING),
  metadata: object({}, { user_id: nullable(upTo(256)) }),
  service_tier: oneOf('auto', 'standard_only'),
  speed: nullable(oneOf('standard', 'fast')),
  stop_sequences: listOf(STRING),
  stream: BOOLEAN,
};

/** Gone since version 2026-10-21: https://platform.claude.com/docs/en/api/versioning */
const SAMPLING: Fields = { temperature: range(0, 1), top_p: range(0, 1), top_k: INTEGER };

export const COUNT_TOKENS_BODY = object(REQUIRED, COUNTED);

/** Body of a message request, by the value of the `anthropic-version` header. */
export const MESSAGE_BODIES: Readonly<Record<string, Shape>> = {
  '2023-06-01': object({ ...REQUIRED, max_tokens: integerFrom(1) }, { ...CREATED, ...SAMPLING }),
  '2026-10-21': object({ ...REQUIRED, max_tokens: integerFrom(1) }, CREATED),
};
