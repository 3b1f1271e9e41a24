import { asArray, asObject, asString, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { budgetOfEffort } from './encode-thinking.ts';
import { fitSchema } from './json-schema.ts';

type DefaultEncoder = (value: JsonValue) => JsonObject;

const as =
  (name: string): DefaultEncoder =>
  (value) => ({ [name]: value });

const nothing: DefaultEncoder = () => ({});

/** OpenAI's parameters as members of `generationConfig`; those without a place there give none. */
const ENCODERS: ReadonlyMap<string, DefaultEncoder> = new Map<string, DefaultEncoder>([
  ['temperature', as('temperature')],
  ['top_p', as('topP')],
  ['top_k', as('topK')],
  ['max_tokens', as('maxOutputTokens')],
  ['max_completion_tokens', as('maxOutputTokens')],
  ['n', as('candidateCount')],
  ['seed', as('seed')],
  ['presence_penalty', as('presencePenalty')],
  ['frequency_penalty', as('frequencyPenalty')],
  ['logprobs', as('responseLogprobs')],
  ['top_logprobs', as('logprobs')],
  ['stop', (value) => ({ stopSequences: typeof value === 'string' ? [value] : asArray(value) })],
  ['reasoning_effort', encodeEffort],
  ['response_format', encodeFormat],
  ...[
    ...['logit_bias', 'metadata', 'modalities', 'parallel_tool_calls', 'service_tier', 'store', 'stream'],
    ...['stream_options', 'user', 'verbosity'],
  ].map((name) => [name, nothing] as const),
]);

/** Parameters of the configuration, in OpenAI's words, where this format has them; other names stay as they are. */
export function encodeDefaults(parameters: JsonObject): JsonObject {
  const config: Record<string, JsonValue | undefined> = {};
  const others: [string, JsonValue][] = [];
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined || value === null) continue;
    const encode = ENCODERS.get(name);
    if (encode === undefined) others.push([name, value]);
    else Object.assign(config, encode(value));
  }
  const body = Object.fromEntries(others);
  if (Object.keys(config).length === 0) return body;
  return { ...body, generationConfig: { ...config, ...asObject(body['generationConfig']) } };
}

/** As tokens, because every thinking model takes them, and the model is not known here. */
function encodeEffort(value: JsonValue): JsonObject {
  const thinkingBudget = budgetOfEffort(asString(value) ?? '');
  return thinkingBudget === undefined ? {} : { thinkingConfig: { thinkingBudget } };
}

function encodeFormat(value: JsonValue): JsonObject {
  const { type, json_schema: schema } = asObject(value);
  if (type === 'json_object') return { responseMimeType: 'application/json' };
  if (type !== 'json_schema') return {};
  const responseJsonSchema = fitSchema(asObject(asObject(schema)['schema'])).schema;
  return { responseMimeType: 'application/json', responseJsonSchema };
}
