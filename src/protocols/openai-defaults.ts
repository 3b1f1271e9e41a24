import type { ChatRequest } from '../canonical/chat.ts';
import type { JsonObject, JsonValue } from '../lib/json.ts';
import { decodeParameters } from './openai-parameters.ts';
import type { EncodeOptions } from './protocol.ts';

/** Parameters of the configuration as a request without messages, and those of them that are not OpenAI's. */
export interface DecodedDefaults {
  readonly request: ChatRequest;
  readonly unknown: JsonObject;
}

/** Names of OpenAI, and of services that follow it, that a canonical field says. They never go out as they are. */
const DECODED: ReadonlySet<string> = new Set([
  'enable_thinking',
  'logprobs',
  'max_completion_tokens',
  'max_tokens',
  'reasoning',
  'reasoning_effort',
  'response_format',
  'stop',
  'stream',
  'stream_options',
  'thinking',
  'tool_choice',
  'tools',
  'top_logprobs',
]);

export function decodeDefaults(parameters: JsonObject): DecodedDefaults {
  const { extras, ...fields } = decodeParameters(parameters);
  const unknown: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(extras?.['openai-chat'] ?? {})) {
    if (!DECODED.has(name) && value !== undefined) unknown[name] = value;
  }
  return { request: { ...fields, messages: [], stream: false }, unknown };
}

/** For encoding defaults: who writes a parameter about reasoning into the configuration has a model that reasons. */
export const DEFAULTS_OPTIONS: EncodeOptions = {
  model: '',
  contextWindow: undefined,
  maxOutputTokens: undefined,
  isReasoningModel: true,
  limitMember: 'max_tokens',
  refusedParameters: new Set(),
  reasoningMember: undefined,
  defaults: {},
  estimatedInputTokens: 0,
  origin: '',
};
