import { asObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { addInclude } from './encode-request.ts';
import { INCLUDE_LOGPROBS } from './wire.ts';

/** What `encodeDefaults` does with the parameters of the configuration that have another name or place here. */
type DefaultEncoder = (value: JsonValue, body: Record<string, JsonValue>) => void;

const leaveOut: DefaultEncoder = () => undefined;
const limitTokens: DefaultEncoder = (value, body) => {
  body['max_output_tokens'] = value;
};

const DEFAULTS: ReadonlyMap<string, DefaultEncoder> = new Map<string, DefaultEncoder>([
  ['max_tokens', limitTokens],
  ['max_completion_tokens', limitTokens],
  ['reasoning_effort', (value, body) => addTo(body, 'reasoning', { effort: value })],
  ['verbosity', (value, body) => addTo(body, 'text', { verbosity: value })],
  ['response_format', (value, body) => addTo(body, 'text', { format: flatFormat(asObject(value)) })],
  [
    'logprobs',
    (value, body) => {
      if (value === true) addInclude(body, INCLUDE_LOGPROBS);
    },
  ],
  ['top_k', leaveOut],
  ['frequency_penalty', leaveOut],
  ['presence_penalty', leaveOut],
  ['seed', leaveOut],
  ['n', leaveOut],
  ['stop', leaveOut],
  ['logit_bias', leaveOut],
]);

export function encodeDefaults(parameters: JsonObject): JsonObject {
  const body: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    const encode = DEFAULTS.get(name);
    if (encode !== undefined) encode(value, body);
    else body[name] = value;
  }
  return body;
}

function addTo(body: Record<string, JsonValue>, name: string, members: JsonObject): void {
  body[name] = { ...asObject(body[name]), ...members };
}

function flatFormat({ type, json_schema: schema }: JsonObject): JsonObject {
  return { type, ...asObject(schema) };
}
