import type { ChatRequest, ReasoningRequest, ResponseFormat } from '../../canonical/chat.ts';
import type { ToolSpec } from '../../canonical/content.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import { asObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import {
  carriedAs,
  encodeFields,
  type FieldEncoder,
  type FieldEncoders,
  type RequestDraft,
  unsupported,
} from '../encode-fields.ts';
import { DEFAULTS_OPTIONS, decodeDefaults } from '../openai-defaults.ts';
import { effortOf } from '../openai-reasoning.ts';
import type { EncodedRequest, EncodeOptions } from '../protocol.ts';
import { contextSizeOf } from './context-size.ts';
import { encodeExtras, sortMembers } from './encode-extras.ts';
import { encodeMessages } from './encode-message.ts';
import { optionNameOf } from './options.ts';

/** https://docs.ollama.com/api/chat */
const ENCODERS = {
  // First, so that what canonical fields say stands beside it and over it.
  extras: encodeExtras,
  messages: (messages, { body, options, ledger }) => {
    body['messages'] = encodeMessages(messages, ledger, options.origin);
  },
  stream: carriedAs('stream'),
  tools: encodeTools,
  toolChoice: (choice, { ledger }) => {
    // Tools that must not be called are left out, and a free choice is what there is.
    if (choice !== 'auto' && choice !== 'none') ledger.dropped('tool_choice', 'meaning');
  },
  parallelToolCalls: (isParallel, { ledger }) => {
    if (!isParallel) ledger.dropped('parallel_tool_calls', 'minor');
  },
  maxOutputTokens: asOption(optionNameOf('maxOutputTokens')),
  temperature: asOption(optionNameOf('temperature')),
  topP: asOption(optionNameOf('topP')),
  topK: asOption(optionNameOf('topK')),
  frequencyPenalty: asOption(optionNameOf('frequencyPenalty')),
  presencePenalty: asOption(optionNameOf('presencePenalty')),
  seed: asOption(optionNameOf('seed')),
  stop: asOption('stop'),
  count: (count, { ledger }) => {
    if (count > 1) ledger.dropped('n', 'meaning', 'only one answer');
  },
  logprobs: encodeLogprobs,
  responseFormat: (format, { body, ledger }) => {
    body['format'] = encodeFormat(format, ledger);
  },
  reasoning: encodeReasoning,
  user: unsupported('user', 'minor'),
} satisfies FieldEncoders;

export function encodeRequest(request: ChatRequest, options: EncodeOptions): EncodedRequest {
  const { body, losses } = encodeFields(request, ENCODERS, options);
  return { body: withRoom({ ...body, model: options.model }, request, options), losses };
}

/** Ollama's own options may stand among the parameters under their own names. */
export function encodeDefaults(parameters: JsonObject): JsonObject {
  const { request, unknown } = decodeDefaults(parameters);
  const { body } = encodeFields({ ...request, extras: { 'openai-chat': unknown } }, ENCODERS, DEFAULTS_OPTIONS);
  const { messages: _, stream: __, ...encoded } = body;
  return { ...sortMembers(unknown).rest, ...encoded };
}

/**
 * Nothing of the prompt is to be lost silently: there is room for it, and where there is not, the server says so. What
 * the configuration says of the room stands, so its options are put together with those of the request here.
 */
function withRoom(body: JsonObject, { maxOutputTokens }: ChatRequest, options: EncodeOptions): JsonObject {
  const { defaults } = options;
  const said = { ...asObject(defaults['options']), ...asObject(body['options']) };
  const limit = maxOutputTokens ?? tokensOf(said['num_predict']);
  const size = said['num_ctx'] ?? contextSizeOf(body, limit, options);
  return { truncate: defaults['truncate'] ?? false, ...body, options: { ...said, num_ctx: size } };
}

/** A negative figure means that there is no limit. */
function tokensOf(value: JsonValue | undefined): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}

function asOption(name: string): FieldEncoder<JsonValue> {
  return (value, { body }) => {
    body['options'] = { ...asObject(body['options']), [name]: value };
  };
}

function encodeTools(tools: readonly ToolSpec[], { request, body, ledger }: RequestDraft): void {
  const encoded = tools.flatMap((tool) => encodeTool(tool, ledger));
  if (encoded.length > 0 && request.toolChoice !== 'none') body['tools'] = encoded;
}

/** The templates of models walk through the properties, so they have to be there. */
const NO_PARAMETERS: JsonObject = { type: 'object', properties: {} };

function encodeTool(tool: ToolSpec, ledger: LossLedger): JsonObject[] {
  switch (tool.kind) {
    case 'function': {
      const { name, description, parameters, strict, cache } = tool;
      if (strict === true) ledger.dropped('tools.strict', 'minor');
      if (cache !== undefined) ledger.dropped('tools.cache_control', 'minor');
      const said = description === undefined ? {} : { description };
      return [{ type: 'function', function: { name, ...said, parameters: { ...NO_PARAMETERS, ...parameters } } }];
    }
    case 'custom':
      ledger.dropped('tools.custom', 'meaning');
      return [];
    case 'foreign':
      if (tool.protocol === 'ollama-chat') return [tool.value];
      ledger.dropped('tools', 'meaning', 'a tool that only its provider runs');
      return [];
    default:
      return tool satisfies never;
  }
}

/** More alternatives are refused. */
const MAX_ALTERNATIVES = 20;

function encodeLogprobs({ top }: { readonly top: number }, { body, ledger }: RequestDraft): void {
  body['logprobs'] = true;
  if (top > MAX_ALTERNATIVES) ledger.approximated('top_logprobs', 'minor', `at most ${MAX_ALTERNATIVES}`);
  if (top > 0) body['top_logprobs'] = Math.min(top, MAX_ALTERNATIVES);
}

function encodeFormat(format: ResponseFormat, ledger: LossLedger): JsonValue {
  if (format.type === 'json') return 'json';
  if (format.description !== undefined) ledger.dropped('response_format.description', 'minor');
  return format.schema ?? 'json';
}

/** Efforts that Ollama has no word for, and the nearest one it has. */
const NEAREST_EFFORT: Readonly<Record<string, string>> = { minimal: 'low', xhigh: 'high' };

const EFFORTS: ReadonlySet<string> = new Set(['low', 'medium', 'high', 'max']);

function encodeReasoning(request: ReasoningRequest, { body, options, ledger }: RequestDraft): void {
  const effort = effortOf(request);
  if (effort === 'none') {
    body['think'] = false;
    return;
  }
  // A model that cannot think refuses to be asked for it.
  if (!options.isReasoningModel) {
    ledger.dropped('reasoning_effort', 'minor', 'the model is not known to reason');
    return;
  }
  const word = effort === undefined ? undefined : (NEAREST_EFFORT[effort] ?? effort);
  const isExact = word === effort && request.budgetTokens === undefined && request.isVisible !== false;
  if (!isExact) ledger.approximated('reasoning_effort', 'minor', 'only low or medium or high or max');
  body['think'] = word !== undefined && EFFORTS.has(word) ? word : true;
}
