import { MODEL_REFERENCE, NAME, TOKENS_TEXT } from '../formats.ts';
import {
  boolean,
  either,
  free,
  inactive,
  integer,
  list,
  number,
  openTable,
  optional,
  required,
  table,
  text,
  type ValueOf,
} from '../shape.ts';
import { CIRCUIT_BREAKER, ENTRY_RETRY, MODEL_RATE_LIMIT, MODEL_TIMEOUTS } from './limits.ts';
import { UNSUPPORTED } from './unsupported.ts';

const usd = number({ min: 0 });
const tokens = integer({ min: 1 });

/** The words of earlier files for what a model does beside chat. */
const MEDIA_CAPABILITIES = table({
  embedding: optional(boolean, 'Embeds texts'),
  tts: optional(boolean, 'Speaks'),
  asr: optional(boolean, 'Transcribes'),
  realtime: optional(boolean, 'Talks in real time; there is no endpoint for it'),
  image_generation: optional(boolean, 'Draws pictures'),
  video_generation: optional(boolean, 'Makes videos; there is no endpoint for it'),
});

/** `[models.config]`: the keys with a meaning; the table is free otherwise. */
const MODEL_CONFIG = openTable({
  priority: optional(number(), 'Higher is asked first'),
  model: optional(text({ isBlankAbsent: true }), 'Name at the provider, where remote_identifier says nothing'),
  context_window: optional(either(tokens, text()), 'Tokens of prompt and answer: 128000, "128k" or "1M"'),
  supports_vision: optional(boolean, 'Whether it reads images'),
  supports_tools: optional(boolean, 'Whether it calls tools'),
  cost_per_1k_tokens: optional(usd, 'US dollars for 1,000 prompt tokens'),
  cost_per_1k_completion_tokens: optional(usd, 'US dollars for 1,000 answer tokens'),
  languages: optional(free, 'Shown only'),
  created_at: optional(free, 'Shown only'),
  capabilities: optional(MEDIA_CAPABILITIES, 'What it does beside chat'),
  endpoint: inactive(text(), 'Path of its requests'),
  repo_id: optional(text(), 'Repository of a local model'),
  task: optional(text(), 'Task of a local model'),
  torch_dtype: optional(text(), 'Number format of a local model'),
  device_map: optional(free, 'Devices of a local model'),
  trust_remote_code: inactive(boolean, 'Whether a local model may bring code'),
});

const CAPABILITIES = table({
  chat: optional(boolean, 'Chats'),
  completion: optional(boolean, 'Completes a plain prompt'),
  embedding: optional(boolean, 'Embeds texts'),
  rerank: optional(boolean, 'Ranks documents by a query'),
  moderation: optional(boolean, 'Judges whether a text is harmful'),
  image_generation: optional(boolean, 'Draws pictures'),
  speech: optional(boolean, 'Speaks'),
  transcription: optional(boolean, 'Writes down what it hears'),
  image: optional(boolean, 'Reads images'),
  audio: optional(boolean, 'Hears'),
  video: optional(boolean, 'Sees videos'),
  document: optional(boolean, 'Reads documents such as PDF'),
  tools: optional(boolean, 'Calls tools'),
  json_schema: optional(boolean, 'Answers by a JSON schema'),
  parallel_tools: inactive(boolean, 'Calls several tools at once'),
  reasoning: optional(boolean, 'Thinks before it answers'),
  streaming: inactive(boolean, 'Streams'),
});

const PRICE = table({
  input: required(usd, 'US dollars for a million prompt tokens'),
  output: required(usd, 'US dollars for a million answer tokens'),
  cache_read: optional(usd, 'US dollars for a million prompt tokens read from a cache'),
  cache_write: optional(usd, 'US dollars for a million prompt tokens written to a cache'),
});

/** Parameters whose misspelling is worth a warning; the table itself is free. */
const DEFAULT_PARAMS = openTable(
  Object.fromEntries(
    [
      'frequency_penalty',
      'logit_bias',
      'max_completion_tokens',
      'max_output_tokens',
      'max_tokens',
      'parallel_tool_calls',
      'presence_penalty',
      'reasoning_effort',
      'repetition_penalty',
      'response_format',
      'stop_sequences',
      'temperature',
      'thinking',
      'tool_choice',
      'top_logprobs',
    ].map((name) => [name, optional(free, 'Parameter of the request')]),
  ),
);

/** `[[models]]` and `[[<anything>.models]]` */
export const MODEL = table({
  name: required(text({ format: NAME }), 'Name, unique among the models of its provider'),
  provider: required(text({ format: NAME }), 'Name of its provider'),
  display_name: optional(text({ isBlankAbsent: true }), 'Name for people'),
  description: optional(text(), 'Text for people'),
  remote_identifier: optional(text({ isBlankAbsent: true }), 'Name at the provider'),
  is_active: optional(boolean, 'Whether it serves'),
  tags: optional(list(text()), 'What requests choose it by'),
  default_params: optional(DEFAULT_PARAMS, 'Parameters where the request has none'),
  config: optional(MODEL_CONFIG, 'Further properties'),
  rate_limit: optional(MODEL_RATE_LIMIT, 'How often it may be called'),
  context_window: optional(
    either(tokens, text({ format: TOKENS_TEXT })),
    'Tokens of prompt and answer: 128000, "128k" or "1M"',
  ),
  max_output_tokens: optional(tokens, 'Longest answer'),
  capabilities: optional(CAPABILITIES, 'What it can and cannot do'),
  price: optional(PRICE, 'What it costs'),
  timeouts: optional(MODEL_TIMEOUTS, 'Clocks of this model'),
  retry: optional(ENTRY_RETRY, 'Retries of this model'),
  weight: inactive(number({ min: 0 }), 'Share among equals'),
  fallbacks: optional(list(text({ format: MODEL_REFERENCE })), 'Models to try next, in this order'),
  circuit_breaker: optional(CIRCUIT_BREAKER, 'When this model is left alone after failures'),
  unsupported: optional(UNSUPPORTED, 'What happens to fields that the model cannot carry'),
  download_uri: inactive(text(), 'Where a local model comes from; nothing is downloaded'),
  local_path: optional(text(), 'Where a local model lies'),
});

export type ModelTable = ValueOf<typeof MODEL>;
export type ModelConfigTable = ValueOf<typeof MODEL_CONFIG>;
