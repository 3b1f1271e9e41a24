import type { ChatRequest, ReasoningRequest, ResponseFormat, ToolChoice } from '../../canonical/chat.ts';
import type { FunctionTool, ToolSpec } from '../../canonical/content.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import { asArray, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { encodeExtras } from '../encode-extras.ts';
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
import { encodeMessages } from './encode-message.ts';

/** https://docs.cohere.com/reference/chat */
const ENCODERS = {
  // First, so that what canonical fields say stands over it.
  extras: encodeMembers,
  messages: (messages, { body, options, ledger }) => {
    body['messages'] = encodeMessages(messages, ledger, options);
  },
  stream: (isStream, { body }) => {
    if (isStream) body['stream'] = true;
  },
  tools: encodeTools,
  toolChoice: encodeToolChoice,
  parallelToolCalls: (isParallel, { ledger }) => {
    if (!isParallel) ledger.dropped('parallel_tool_calls', 'minor');
  },
  maxOutputTokens: carriedAs('max_tokens'),
  temperature: within('temperature', 'temperature', 0, 1),
  topP: within('p', 'top_p', 0.01, 0.99),
  topK: within('k', 'top_k', 0, 500),
  frequencyPenalty: penalty('frequency_penalty'),
  presencePenalty: penalty('presence_penalty'),
  seed: within('seed', 'seed', 0, Number.MAX_SAFE_INTEGER),
  stop: encodeStop,
  count: (count, { ledger }) => {
    if (count > 1) ledger.dropped('n', 'meaning', 'only one answer');
  },
  logprobs: ({ top }, { body, ledger }) => {
    body['logprobs'] = true;
    if (top > 0) ledger.dropped('top_logprobs', 'minor');
  },
  responseFormat: encodeResponseFormat,
  reasoning: encodeReasoning,
  user: unsupported('user', 'minor'),
} satisfies FieldEncoders;

export function encodeRequest(request: ChatRequest, options: EncodeOptions): EncodedRequest {
  const { body, losses } = encodeFields(request, ENCODERS, options);
  return { body: { ...body, model: options.model }, losses };
}

export function encodeDefaults(parameters: JsonObject): JsonObject {
  const { request, unknown } = decodeDefaults(parameters);
  const { messages: _, ...encoded } = encodeFields(request, ENCODERS, DEFAULTS_OPTIONS).body;
  return { ...unknown, ...encoded };
}

/** Cohere's own members of a request, which clients of other formats write at the top level, too. */
const OWN_MEMBERS: ReadonlySet<string> = new Set(['citation_options', 'documents', 'priority', 'safety_mode']);

function encodeMembers(extras: NonNullable<ChatRequest['extras']>, draft: RequestDraft): void {
  const own: Record<string, JsonValue> = {};
  const others: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(extras['openai-chat'] ?? {})) {
    if (value !== undefined) (OWN_MEMBERS.has(name) ? own : others)[name] = value;
  }
  Object.assign(draft.body, own);
  encodeExtras('cohere-chat')({ ...extras, 'openai-chat': others }, draft);
}

/** Values beyond the bounds are refused; the bound is the nearest that can be said. */
function within(name: string, field: string, least: number, most: number): FieldEncoder<number> {
  return (value, { body, ledger }) => {
    const said = Math.min(Math.max(value, least), most);
    if (said !== value) ledger.approximated(field, 'minor', `only from ${least} to ${most}`);
    body[name] = said;
  };
}

/** Some models refuse to be given both, and 0 is what is meant without it. */
function penalty(name: string): FieldEncoder<number> {
  const encode = within(name, name, 0, 1);
  return (value, draft) => {
    if (value !== 0) encode(value, draft);
  };
}

const MAX_STOP_SEQUENCES = 5;

function encodeStop(stop: readonly string[], { body, ledger }: RequestDraft): void {
  if (stop.length > MAX_STOP_SEQUENCES) {
    ledger.approximated('stop', 'minor', `only ${MAX_STOP_SEQUENCES} stop sequences`);
  }
  if (stop.length > 0) body['stop_sequences'] = stop.slice(0, MAX_STOP_SEQUENCES);
}

function encodeTools(tools: readonly ToolSpec[], { request, body, ledger }: RequestDraft): void {
  const functions = tools.flatMap((tool) => functionOf(tool, ledger));
  const offered = functions.filter((tool) => isOffered(tool, request.toolChoice));
  if (offered.length === 0) return;
  body['tools'] = offered.map((tool) => encodeTool(tool, ledger));
  if (offered.every(canBeStrict)) body['strict_tools'] = true;
  else if (offered.some((tool) => tool.strict === true)) {
    ledger.dropped('tools.strict', 'minor', 'only for all tools together and with required parameters');
  }
}

/** Tools whose parameters are all optional are refused in strict mode. */
function canBeStrict({ strict, parameters }: FunctionTool): boolean {
  return strict === true && asArray(parameters?.['required']).length > 0;
}

/** A choice of one tool can only be said by offering no other. */
function isOffered(tool: FunctionTool, choice: ToolChoice | undefined): boolean {
  return typeof choice !== 'object' || choice.name === tool.name;
}

function functionOf(tool: ToolSpec, ledger: LossLedger): FunctionTool[] {
  switch (tool.kind) {
    case 'function':
      return [tool];
    case 'custom':
      ledger.dropped('tools.custom', 'meaning');
      return [];
    case 'foreign':
      ledger.dropped('tools', 'meaning', 'a tool that only its provider runs');
      return [];
    default:
      return tool satisfies never;
  }
}

/** The schema has to be there; the name of its language is refused. */
function encodeTool({ name, description, parameters, cache }: FunctionTool, ledger: LossLedger): JsonObject {
  if (cache !== undefined) ledger.dropped('tools.cache_control', 'minor');
  const said = description === undefined ? {} : { description };
  const schema = withoutLanguage({ type: 'object', properties: {}, ...parameters });
  return { type: 'function', function: { name, ...said, parameters: schema } };
}

function withoutLanguage({ $schema: _, ...schema }: JsonObject): JsonObject {
  return schema;
}

function encodeToolChoice(choice: ToolChoice, { request, body, ledger }: RequestDraft): void {
  const hasTools = (request.tools ?? []).length > 0;
  if (choice === 'auto' || !hasTools) return;
  body['tool_choice'] = choice === 'none' ? 'NONE' : 'REQUIRED';
  if (typeof choice === 'object') ledger.approximated('tool_choice', 'minor', 'only that tool is offered');
}

function encodeResponseFormat(format: ResponseFormat, { request, body, ledger }: RequestDraft): void {
  if ((request.tools ?? []).length > 0) {
    ledger.dropped('response_format', 'meaning', 'not together with tools');
    return;
  }
  const schema = format.type === 'json' ? undefined : format.schema;
  body['response_format'] = {
    type: 'json_object',
    ...(schema === undefined ? {} : { json_schema: withoutLanguage(schema) }),
  };
}

/** Thinking is on or off, with a budget or without. */
function encodeReasoning(request: ReasoningRequest, { body, options, ledger }: RequestDraft): void {
  const effort = effortOf(request);
  if (!options.isReasoningModel) {
    if (effort !== 'none') ledger.dropped('reasoning_effort', 'minor', 'the model is not known to reason');
    return;
  }
  if (effort === 'none') {
    body['thinking'] = { type: 'disabled' };
    return;
  }
  const { budgetTokens, effort: word = 'high', isVisible } = request;
  if (budgetTokens === undefined && word !== 'high') {
    ledger.approximated('reasoning_effort', 'minor', 'only on or off');
  }
  if (isVisible === false) ledger.dropped('reasoning.exclude', 'minor');
  body['thinking'] = {
    type: 'enabled',
    ...(budgetTokens === undefined ? {} : { token_budget: budgetTokens }),
  };
}
