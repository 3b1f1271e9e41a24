import {
  ANY,
  BOOLEAN,
  either,
  type Fields,
  FREE_OBJECT,
  INTEGER,
  integerFrom,
  listOf,
  NUMBER,
  object,
  oneOf,
  range,
  STRING,
  tagged,
} from './shape.ts';

/** Body of https://docs.cohere.com/reference/chat */

const TYPE: Fields = { type: STRING };
const ROLE: Fields = { role: STRING };
const TEXT = object({ ...TYPE, text: STRING });
const DOCUMENT = object({ data: FREE_OBJECT }, { id: STRING });

const TOOL_CALL = object({
  id: STRING,
  type: oneOf('function'),
  function: object({ name: STRING, arguments: STRING }),
});

const MESSAGE = tagged('role', {
  system: object({ ...ROLE, content: either(STRING, listOf(tagged('type', { text: TEXT }))) }),
  user: object({
    ...ROLE,
    content: either(
      STRING,
      listOf(
        tagged('type', {
          text: TEXT,
          image_url: object({ ...TYPE, image_url: object({ url: STRING }, { detail: oneOf('auto', 'low', 'high') }) }),
        }),
      ),
    ),
  }),
  assistant: object(ROLE, {
    content: either(STRING, listOf(tagged('type', { text: TEXT, thinking: object({ ...TYPE, thinking: STRING }) }))),
    tool_calls: listOf(TOOL_CALL),
    tool_plan: STRING,
    citations: listOf(FREE_OBJECT),
  }),
  tool: object({
    ...ROLE,
    tool_call_id: STRING,
    content: either(STRING, listOf(tagged('type', { text: TEXT, document: object({ ...TYPE, document: DOCUMENT }) }))),
  }),
});

const TOOL = object({
  type: oneOf('function'),
  function: object({ name: STRING, parameters: FREE_OBJECT }, { description: STRING }),
});

export const CHAT_BODY = object(
  { model: STRING, messages: listOf(MESSAGE) },
  {
    stream: BOOLEAN,
    tools: listOf(TOOL),
    strict_tools: BOOLEAN,
    tool_choice: oneOf('REQUIRED', 'NONE'),
    documents: listOf(either(STRING, DOCUMENT)),
    citation_options: object({}, { mode: oneOf('FAST', 'ACCURATE', 'OFF', 'ENABLED', 'DISABLED') }),
    response_format: tagged('type', {
      text: object(TYPE),
      json_object: object(TYPE, { json_schema: FREE_OBJECT }),
    }),
    safety_mode: oneOf('CONTEXTUAL', 'STRICT', 'OFF'),
    max_tokens: integerFrom(1),
    stop_sequences: listOf(STRING, 0, 5),
    temperature: range(0),
    seed: integerFrom(0),
    frequency_penalty: range(0, 1),
    presence_penalty: range(0, 1),
    k: range(0, 500),
    p: range(0.01, 0.99),
    logprobs: BOOLEAN,
    thinking: object({ type: oneOf('enabled', 'disabled') }, { token_budget: integerFrom(1) }),
    priority: INTEGER,
  },
);

/** https://docs.cohere.com/reference/embed */
export const EMBED_BODY = object(
  {
    model: STRING,
    input_type: oneOf('search_document', 'search_query', 'classification', 'clustering', 'image'),
  },
  {
    texts: listOf(STRING, 1, 96),
    images: listOf(STRING, 1, 1),
    inputs: listOf(object({ content: listOf(ANY, 1) }), 1, 96),
    max_tokens: integerFrom(1),
    output_dimension: INTEGER,
    embedding_types: listOf(oneOf('float', 'int8', 'uint8', 'binary', 'ubinary', 'base64'), 1),
    truncate: oneOf('NONE', 'START', 'END'),
    priority: INTEGER,
  },
);

/** https://docs.cohere.com/reference/rerank */
export const RERANK_BODY = object(
  { model: STRING, query: { kind: 'string', minLength: 1 }, documents: listOf(STRING, 1, 10_000) },
  { top_n: integerFrom(1), max_tokens_per_doc: integerFrom(1), priority: NUMBER },
);
