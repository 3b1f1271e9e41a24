import { asArray, asObject, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { fitSchema } from './fit-schema.ts';
import { traitsOf } from './model-traits.ts';

/** Members that a parameter becomes; an empty object where the format has no place for it. */
type DefaultEncoder = (value: JsonValue) => JsonObject;

const nowhere: DefaultEncoder = () => ({});

/** OpenAI's parameters in this format: https://platform.openai.com/docs/api-reference/chat/create */
const ENCODERS: ReadonlyMap<string, DefaultEncoder> = new Map<string, DefaultEncoder>([
  ['max_completion_tokens', (value) => ({ max_tokens: value })],
  ['stop', (value) => ({ stop_sequences: typeof value === 'string' ? [value] : asArray(value) })],
  ['user', (value) => ({ metadata: { user_id: value } })],
  ['reasoning_effort', encodeEffort],
  ['response_format', encodeFormat],
  ['tool_choice', encodeChoice],
  // Refused in a request without tools, which a default cannot know of.
  ['parallel_tool_calls', nowhere],
  ['frequency_penalty', nowhere],
  ['presence_penalty', nowhere],
  ['seed', nowhere],
  ['n', nowhere],
  ['logprobs', nowhere],
  ['top_logprobs', nowhere],
  ['logit_bias', nowhere],
  ['stream_options', nowhere],
]);

/** Newer models refuse them. */
const SAMPLING: ReadonlySet<string> = new Set(['temperature', 'top_p', 'top_k']);

/** Two parameters may say something about it. */
const SHARED = 'output_config';

/** Names that both formats have, and names that nobody knows, stay as they are. */
export function encodeDefaults(parameters: JsonObject, model = ''): JsonObject {
  const { sampling } = traitsOf(model);
  let defaults: JsonObject = {};
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || (sampling === 'none' && SAMPLING.has(name))) continue;
    const encoded = ENCODERS.get(name)?.(value) ?? { [name]: value };
    const shared = { ...asObject(defaults[SHARED]), ...asObject(encoded[SHARED]) };
    defaults = { ...defaults, ...encoded, ...(Object.keys(shared).length === 0 ? {} : { [SHARED]: shared }) };
  }
  return defaults;
}

/** The model is not known here, so that nothing but the effort itself can be said; budgets are for requests. */
function encodeEffort(effort: JsonValue): JsonObject {
  if (effort === 'none') return { thinking: { type: 'disabled' } };
  return { output_config: { effort: effort === 'minimal' ? 'low' : effort } };
}

function encodeFormat(format: JsonValue): JsonObject {
  const { schema } = asObject(asObject(format)['json_schema']);
  if (!isJsonObject(schema)) return {};
  return { output_config: { format: { type: 'json_schema', schema: fitSchema(schema).schema } } };
}

const CHOICES: ReadonlyMap<JsonValue, string> = new Map([
  ['auto', 'auto'],
  ['none', 'none'],
  ['required', 'any'],
]);

function encodeChoice(choice: JsonValue): JsonObject {
  const type = CHOICES.get(choice);
  if (type !== undefined) return { tool_choice: { type } };
  const { name } = asObject(asObject(choice)['function']);
  return typeof name === 'string' ? { tool_choice: { type: 'tool', name } } : { tool_choice: choice };
}
