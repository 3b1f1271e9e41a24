import { asArray, asObject, asString, type JsonObject } from '../../../src/lib/json.ts';
import { isBase64 } from './base64.ts';
import type { Refusal, Rule } from './refusal.ts';
import {
  ANY,
  BOOLEAN,
  either,
  type Fields,
  FREE_OBJECT,
  INTEGER,
  lazy,
  listOf,
  NUMBER,
  openObject,
  type Problem,
  type Shape,
  STRING,
  typeOf,
  wantedType,
} from './shape.ts';

/** Bodies of https://docs.ollama.com/api/chat: members of other names are passed over, types must fit. */

const PROPERTY: Shape = lazy(() =>
  openObject({
    anyOf: listOf(PROPERTY),
    type: either(STRING, listOf(STRING)),
    items: ANY,
    description: STRING,
    enum: listOf(ANY),
    properties: { kind: 'record', values: PROPERTY },
    required: listOf(STRING),
  }),
);

const TOOL = openObject({
  type: STRING,
  function: openObject({
    name: STRING,
    description: STRING,
    parameters: openObject({
      type: STRING,
      required: listOf(STRING),
      properties: { kind: 'record', values: PROPERTY },
    }),
  }),
});

const MESSAGE = openObject({
  role: STRING,
  content: STRING,
  thinking: STRING,
  images: listOf(STRING),
  tool_calls: listOf(
    openObject({ id: STRING, function: openObject({ index: INTEGER, name: STRING, arguments: FREE_OBJECT }) }),
  ),
  tool_name: STRING,
  tool_call_id: STRING,
});

const COMMON: Fields = {
  model: STRING,
  stream: BOOLEAN,
  format: ANY,
  keep_alive: either(STRING, NUMBER),
  options: FREE_OBJECT,
  think: ANY,
  truncate: BOOLEAN,
  shift: BOOLEAN,
  logprobs: BOOLEAN,
  top_logprobs: INTEGER,
};

export const CHAT_BODY = openObject({ ...COMMON, messages: listOf(MESSAGE), tools: listOf(TOOL) });

export const GENERATE_BODY = openObject({
  ...COMMON,
  prompt: STRING,
  suffix: STRING,
  system: STRING,
  template: STRING,
  context: listOf(INTEGER),
  raw: BOOLEAN,
  images: listOf(STRING),
});

export const EMBED_BODY = openObject({
  model: STRING,
  input: ANY,
  truncate: BOOLEAN,
  dimensions: INTEGER,
  options: FREE_OBJECT,
});

export const SHOW_BODY = openObject({ model: STRING, name: STRING, verbose: BOOLEAN });

export function ollamaError(status: number, message: string): Refusal {
  return { status, body: { error: message }, reason: message };
}

const GO_TYPES: Readonly<Record<string, string>> = {
  string: 'string',
  boolean: 'bool',
  number: 'float64',
  array: '[]string',
  object: 'map[string]interface {}',
};

/** A problem of shape in the words of the vendor's JSON reader. */
export function phraseOllama({ path, shape, value }: Problem, request: string): Refusal {
  const inner = shape.kind === 'nullable' ? shape.shape : shape;
  const field = [request, ...path.filter((step) => typeof step === 'string')].join('.');
  const type = GO_TYPES[wantedType(inner) ?? 'string'];
  return ollamaError(400, `json: cannot unmarshal ${typeOf(value)} into Go struct field ${field} of type ${type}`);
}

/** What models of a name can do; those that nothing is known of can do everything but embed. */
const ABILITIES: readonly (readonly [RegExp, readonly string[]])[] = [
  [/embed/, ['embedding']],
  [/gemma/, ['completion', 'vision']],
  [/llama/, ['completion', 'tools']],
];

export function abilitiesOf(model: string): readonly string[] {
  const found = ABILITIES.find(([pattern]) => pattern.test(model));
  return found === undefined ? ['completion', 'tools', 'thinking', 'vision'] : found[1];
}

/** Types of options, of which a wrong one fails while the model is loaded: server/routes.go and api/types.go of ollama/ollama */
const OPTION_TYPES: Readonly<Record<string, readonly [jsonType: string, goType: string]>> = {
  num_ctx: ['number', 'integer'],
  num_predict: ['number', 'integer'],
  num_keep: ['number', 'integer'],
  seed: ['number', 'integer'],
  top_k: ['number', 'integer'],
  repeat_last_n: ['number', 'integer'],
  temperature: ['number', 'float32'],
  top_p: ['number', 'float32'],
  min_p: ['number', 'float32'],
  typical_p: ['number', 'float32'],
  repeat_penalty: ['number', 'float32'],
  presence_penalty: ['number', 'float32'],
  frequency_penalty: ['number', 'float32'],
  stop: ['array', 'array'],
};

type OllamaRule = Rule<JsonObject, Refusal>;

const THINK_LEVELS = ['high', 'medium', 'low', 'max'];

const thinkIsPossible: OllamaRule = ({ think, model }) => {
  if (think == null || think === false) return undefined;
  if (think !== true && !THINK_LEVELS.includes(String(think))) {
    return ollamaError(400, `invalid think value: "${think}" (must be "high", "medium", "low", "max", true, or false)`);
  }
  return abilitiesOf(String(model)).includes('thinking')
    ? undefined
    : ollamaError(400, `"${model}" does not support thinking`);
};

const toolsArePossible: OllamaRule = ({ tools, model }) => {
  if (asArray(tools).length === 0 || abilitiesOf(String(model)).includes('tools')) return undefined;
  return ollamaError(400, `registry.ollama.ai/library/${model} does not support tools`);
};

const modelCanTalk: OllamaRule = ({ model }) =>
  abilitiesOf(String(model)).includes('completion') ? undefined : ollamaError(400, `"${model}" does not support chat`);

const optionsFit: OllamaRule = ({ options }) => {
  for (const [name, value] of Object.entries(asObject(options))) {
    const [jsonType, goType] = OPTION_TYPES[name] ?? [];
    if (jsonType === undefined || value === null || typeOf(value) === jsonType) continue;
    return ollamaError(500, `option "${name}" must be of type ${goType}`);
  }
  return undefined;
};

const formatIsKnown: OllamaRule = ({ format }) => {
  if (format == null || format === '' || format === 'json' || typeOf(format) === 'object') return undefined;
  return ollamaError(
    500,
    `invalid format: ${JSON.stringify(JSON.stringify(format))}; expected "json" or a valid JSON Schema object`,
  );
};

const imagesAreReal: OllamaRule = ({ messages, images }) => {
  const all = [...asArray(messages).flatMap((message) => asArray(asObject(message)['images'])), ...asArray(images)];
  return all.every((image) => isBase64(asString(image) ?? ''))
    ? undefined
    : ollamaError(400, 'illegal base64 data at input byte 0');
};

const logprobsInRange: OllamaRule = ({ top_logprobs }) =>
  typeof top_logprobs === 'number' && (top_logprobs < 0 || top_logprobs > 20)
    ? ollamaError(400, 'top_logprobs must be between 0 and 20')
    : undefined;

export const OLLAMA_RULES: readonly OllamaRule[] = [
  imagesAreReal,
  logprobsInRange,
  thinkIsPossible,
  modelCanTalk,
  toolsArePossible,
  optionsFit,
  formatIsKnown,
];
