import { EFFORT, METADATA, SERVICE_TIER, TOOL_NAME, VERBOSITY } from './openai-chat-shapes.ts';
import {
  ANY,
  BOOLEAN,
  either,
  type Fields,
  FREE_OBJECT,
  integerFrom,
  listOf,
  nullable,
  nullables,
  object,
  oneOf,
  range,
  STRING,
  tagged,
  upTo,
} from './shape.ts';

/** Body of https://platform.openai.com/docs/api-reference/responses/create */

const TYPE: Fields = { type: STRING };
const CALL_ID = upTo(64);
const STATUS: Fields = { id: nullable(STRING), status: nullable(oneOf('in_progress', 'completed', 'incomplete')) };
const CACHE: Fields = { prompt_cache_breakpoint: FREE_OBJECT };

const INPUT_PARTS = tagged('type', {
  input_text: object({ ...TYPE, text: STRING }, CACHE),
  input_image: object(TYPE, {
    ...CACHE,
    detail: oneOf('low', 'high', 'auto', 'original'),
    image_url: nullable(STRING),
    file_id: nullable(STRING),
  }),
  input_file: object(TYPE, {
    ...CACHE,
    detail: oneOf('low', 'high', 'auto'),
    file_data: STRING,
    file_id: nullable(STRING),
    file_url: STRING,
    filename: STRING,
  }),
});

const OUTPUT_PARTS = tagged('type', {
  output_text: object({ ...TYPE, text: STRING }, { annotations: listOf(ANY), logprobs: listOf(ANY) }),
  refusal: object({ ...TYPE, refusal: STRING }),
});

const INPUT_MESSAGE = object(
  { role: STRING, content: either(STRING, listOf(INPUT_PARTS)) },
  { ...TYPE, ...STATUS, phase: nullable(STRING) },
);

const MESSAGE = tagged('role', {
  user: INPUT_MESSAGE,
  system: INPUT_MESSAGE,
  developer: INPUT_MESSAGE,
  assistant: object(
    { role: STRING, content: either(STRING, listOf(OUTPUT_PARTS)) },
    { ...TYPE, ...STATUS, phase: nullable(oneOf('commentary', 'final_answer')) },
  ),
});

const OUTPUT = either(STRING, listOf(INPUT_PARTS));

const FUNCTION_TOOL = object(
  { ...TYPE, name: TOOL_NAME },
  {
    description: nullable(STRING),
    parameters: nullable(FREE_OBJECT),
    strict: nullable(BOOLEAN),
    defer_loading: BOOLEAN,
    output_schema: nullable(FREE_OBJECT),
    allowed_callers: nullable(listOf(STRING)),
  },
);

const CUSTOM_TOOL = object({ ...TYPE, name: TOOL_NAME }, { description: STRING, format: FREE_OBJECT });

const HOSTED_TOOLS = ['web_search', 'web_search_preview', 'file_search', 'code_interpreter', 'image_generation', 'mcp'];

const TOOL = tagged('type', {
  function: FUNCTION_TOOL,
  custom: CUSTOM_TOOL,
  namespace: object({
    ...TYPE,
    name: TOOL_NAME,
    description: STRING,
    tools: listOf(tagged('type', { function: FUNCTION_TOOL, custom: CUSTOM_TOOL })),
  }),
  tool_search: object(TYPE, {
    description: nullable(STRING),
    execution: oneOf('server', 'client'),
    parameters: nullable(FREE_OBJECT),
  }),
  ...Object.fromEntries(HOSTED_TOOLS.map((type) => [type, FREE_OBJECT])),
});

const ITEM = tagged(
  'type',
  {
    message: MESSAGE,
    reasoning: object(
      { ...TYPE, summary: listOf(object({ ...TYPE, text: STRING })) },
      {
        ...STATUS,
        content: nullable(listOf(object({ ...TYPE, text: STRING }))),
        encrypted_content: nullable(STRING),
      },
    ),
    function_call: object(
      { ...TYPE, call_id: CALL_ID, name: TOOL_NAME, arguments: STRING },
      { ...STATUS, namespace: STRING, caller: ANY },
    ),
    function_call_output: object({ ...TYPE, call_id: CALL_ID, output: OUTPUT }, { ...STATUS, caller: ANY }),
    custom_tool_call: object(
      { ...TYPE, call_id: CALL_ID, name: TOOL_NAME, input: STRING },
      { ...STATUS, namespace: STRING, caller: ANY },
    ),
    custom_tool_call_output: object({ ...TYPE, call_id: CALL_ID, output: OUTPUT }, { ...STATUS, caller: ANY }),
    item_reference: object({ ...TYPE, id: STRING }),
    additional_tools: object({ ...TYPE, role: oneOf('developer'), tools: listOf(TOOL) }, { id: nullable(STRING) }),
  },
  'message',
);

const TOOL_CHOICE = either(
  oneOf('none', 'auto', 'required'),
  tagged('type', {
    function: object({ ...TYPE, name: STRING }),
    custom: object({ ...TYPE, name: STRING }),
    allowed_tools: object({ ...TYPE, mode: oneOf('auto', 'required'), tools: listOf(FREE_OBJECT) }),
  }),
);

const FORMAT = tagged('type', {
  text: object(TYPE),
  json_object: object(TYPE),
  json_schema: object(
    { ...TYPE, name: TOOL_NAME, schema: FREE_OBJECT },
    { description: STRING, strict: nullable(BOOLEAN) },
  ),
});

const INCLUDE = oneOf(
  'file_search_call.results',
  'web_search_call.results',
  'web_search_call.action.sources',
  'message.input_image.image_url',
  'computer_call_output.output.image_url',
  'code_interpreter_call.outputs',
  'reasoning.encrypted_content',
  'message.output_text.logprobs',
);

const SUMMARY = nullable(oneOf('auto', 'concise', 'detailed'));

export const RESPONSES_BODY = object(
  { model: STRING },
  {
    ...nullables({
      background: BOOLEAN,
      context_management: listOf(FREE_OBJECT),
      client_metadata: FREE_OBJECT,
      conversation: ANY,
      include: listOf(INCLUDE),
      instructions: STRING,
      max_output_tokens: integerFrom(16),
      max_tool_calls: integerFrom(1),
      metadata: METADATA,
      moderation: FREE_OBJECT,
      parallel_tool_calls: BOOLEAN,
      previous_response_id: STRING,
      prompt: FREE_OBJECT,
      prompt_cache_key: STRING,
      prompt_cache_options: FREE_OBJECT,
      prompt_cache_retention: oneOf('in_memory', '24h'),
      reasoning: object(
        {},
        { effort: nullable(EFFORT), summary: SUMMARY, generate_summary: SUMMARY, mode: STRING, context: STRING },
      ),
      safety_identifier: STRING,
      service_tier: SERVICE_TIER,
      store: BOOLEAN,
      stream: BOOLEAN,
      stream_options: object({}, { include_obfuscation: BOOLEAN }),
      temperature: range(0, 2),
      top_logprobs: integerFrom(0, 20),
      top_p: range(0, 1),
      truncation: oneOf('auto', 'disabled'),
    }),
    input: either(STRING, listOf(ITEM)),
    text: object({}, { format: FORMAT, verbosity: nullable(VERBOSITY) }),
    tool_choice: TOOL_CHOICE,
    tools: listOf(TOOL, 0, 128),
    user: STRING,
  },
);
