import type { ChatRequest, ReasoningRequest, ResponseFormat } from '../../canonical/chat.ts';
import type { FormatId } from '../../canonical/protocol-id.ts';
import { asArray, asObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { encodeExtras } from '../encode-extras.ts';
import {
  carriedAs,
  carriedUnlessRefused,
  encodeFields,
  type FieldEncoders,
  type RequestDraft,
  unsupported,
} from '../encode-fields.ts';
import { effortOf } from '../openai-reasoning.ts';
import type { EncodedRequest, EncodeOptions } from '../protocol.ts';
import { encodeMessages } from './encode-input.ts';
import { encodeToolChoice, encodeTools } from './encode-tools.ts';
import { FORMAT, INCLUDE_LOGPROBS, INCLUDE_SEALS } from './wire.ts';

/** `extras` first: members such as `text` hold more than one field, and each adds its own. */
const ENCODERS = {
  extras: encodeExtraMembers,
  temperature: carriedUnlessRefused('temperature', 'minor', 1),
  topP: carriedUnlessRefused('top_p', 'minor'),
  topK: unsupported('topK', 'minor'),
  frequencyPenalty: unsupported('frequencyPenalty', 'minor'),
  presencePenalty: unsupported('presencePenalty', 'minor'),
  seed: unsupported('seed', 'minor'),
  count: (count, { ledger }) => {
    if (count > 1) ledger.dropped('n', 'meaning', 'only one answer');
  },
  // Without them the answer runs on over the place where the client wants it to end.
  stop: (stop, { ledger }) => {
    if (stop.length > 0) ledger.dropped('stop', 'meaning');
  },
  maxOutputTokens: encodeLimit,
  parallelToolCalls: (isParallel, { body, request }) => {
    if (request.tools !== undefined || isOwn(request)) body['parallel_tool_calls'] = isParallel;
  },
  user: carriedAs('user'),
  logprobs: ({ top }, { body }) => {
    if (top > 0) body['top_logprobs'] = top;
    addInclude(body, INCLUDE_LOGPROBS);
  },
  reasoning: encodeReasoning,
  tools: encodeTools,
  toolChoice: encodeToolChoice,
  responseFormat: (format, { body }) => {
    body['text'] = { ...asObject(body['text']), format: encodeFormat(format) };
  },
  messages: (messages, draft) => {
    draft.body['model'] = draft.options.model;
    encodeMessages(messages, draft);
  },
  stream: (isStream, draft) => {
    if (isStream) draft.body['stream'] = true;
    encodeStorage(draft);
  },
} satisfies FieldEncoders;

/** https://platform.openai.com/docs/api-reference/responses/create */
export function encodeRequest(request: ChatRequest, options: EncodeOptions): EncodedRequest {
  return encodeFields(request, ENCODERS, options);
}

/** The client speaks this format itself, so what it says is known to be understood. */
function isOwn(request: ChatRequest): boolean {
  return request.extras?.[FORMAT] !== undefined;
}

/** Members that mean the same in OpenAI's older format. */
const SHARED: ReadonlySet<string> = new Set([
  'metadata',
  'service_tier',
  'store',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
]);

const encodeOwnExtras = encodeExtras(FORMAT);

function encodeExtraMembers(extras: NonNullable<ChatRequest['extras']>, draft: RequestDraft): void {
  const { 'openai-chat': chat, ...others } = extras;
  const rest: Partial<Record<FormatId, JsonObject>> = others;
  if (chat !== undefined) rest['openai-chat'] = withoutShared(chat, draft.body);
  encodeOwnExtras(rest, draft);
}

/** Puts the shared members into `body`; returns the others. */
function withoutShared(chat: JsonObject, body: Record<string, JsonValue>): JsonObject {
  const rest: [string, JsonValue | undefined][] = [];
  for (const [name, value] of Object.entries(chat)) {
    if (name === 'verbosity' && typeof value === 'string') body['text'] = { verbosity: value };
    else if (SHARED.has(name) && value !== undefined) body[name] = value;
    else rest.push([name, value]);
  }
  return Object.fromEntries(rest);
}

/** OpenAI refuses a lower limit. */
const LEAST_OUTPUT_TOKENS = 16;

function encodeLimit(limit: number, { body, ledger }: RequestDraft): void {
  const isTooLow = limit > 0 && limit < LEAST_OUTPUT_TOKENS;
  body['max_output_tokens'] = isTooLow ? LEAST_OUTPUT_TOKENS : limit;
  if (isTooLow) ledger.approximated('max_tokens', 'minor', `at least ${LEAST_OUTPUT_TOKENS}`);
}

/** Models that do not reason refuse to be told how much. */
function encodeReasoning(reasoning: ReasoningRequest, draft: RequestDraft): void {
  const { body, options, ledger, request } = draft;
  const effort = effortOf(reasoning);
  if (!options.isReasoningModel && !isOwn(request)) {
    if (effort !== undefined && effort !== 'none') {
      ledger.dropped('reasoning_effort', 'minor', 'not a reasoning model by its configuration');
    }
    return;
  }
  const members: JsonObject = {
    ...(reasoning.isVisible === true ? { summary: 'auto' } : {}),
    ...asObject(body['reasoning']),
    ...(effort === undefined ? {} : { effort }),
  };
  if (Object.keys(members).length > 0) body['reasoning'] = members;
  const isExact = reasoning.effort === effort && reasoning.budgetTokens === undefined;
  if (effort !== undefined && !isExact) ledger.approximated('reasoning_effort', 'minor', `as effort ${effort}`);
}

function encodeFormat(format: ResponseFormat): JsonObject {
  if (format.type === 'json') return { type: 'json_object' };
  const { type: _, schema, ...members } = format;
  return { type: 'json_schema', ...members, schema: schema ?? { type: 'object' } };
}

/** Members that build on what the provider stores. */
const STORED_STATE = ['previous_response_id', 'conversation', 'background', 'prompt'] as const;

/** The router's conversations come whole, so nothing has to be stored, and thoughts travel sealed instead. */
function encodeStorage({ body, request, options }: RequestDraft): void {
  const usesStore = STORED_STATE.some((name) => body[name] !== undefined);
  if (body['store'] === undefined && !usesStore) body['store'] = false;
  // Models that do not reason refuse to be asked for seals.
  const reasons = options.isReasoningModel || (isOwn(request) && request.reasoning !== undefined);
  if (reasons && body['store'] === false) addInclude(body, INCLUDE_SEALS);
}

export function addInclude(body: Record<string, JsonValue>, name: string): void {
  body['include'] = [...asArray(body['include']), name];
}
