import type { ChatRequest, ReasoningRequest } from '../../canonical/chat.ts';
import { asObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { encodeExtras } from '../encode-extras.ts';
import { encodeFields, type FieldEncoders, type RequestDraft, unsupported } from '../encode-fields.ts';
import { FIELD_NAMES } from '../field-names.ts';
import type { EncodedRequest, EncodeOptions } from '../protocol.ts';
import { limitCacheMarks } from './cache-marks.ts';
import { encodeMessages } from './encode-messages.ts';
import { encodeReasoning, limitOf, type ReasoningScope } from './encode-reasoning.ts';
import { encodeParallelCalls, encodeResponseFormat, encodeToolChoice, encodeTools } from './encode-tools.ts';
import { traitsOf } from './model-traits.ts';
import { encodeTemperature, encodeTopK, encodeTopP } from './sampling.ts';
import { OWN_FORMAT } from './wire.ts';

/** The order counts: some encoders add to what stands before them. */
const ENCODERS: FieldEncoders = {
  messages: encodeMessages,
  tools: encodeTools,
  toolChoice: encodeToolChoice,
  parallelToolCalls: encodeParallelCalls,
  // Written by `encodeLimit`, whether the client names it or not.
  maxOutputTokens: () => undefined,
  reasoning: encodeThinking,
  temperature: encodeTemperature,
  topP: encodeTopP,
  topK: encodeTopK,
  frequencyPenalty: unsupported('frequencyPenalty', 'minor'),
  presencePenalty: unsupported('presencePenalty', 'minor'),
  seed: unsupported('seed', 'minor'),
  count: encodeCount,
  stop: encodeStop,
  logprobs: unsupported('logprobs', 'minor'),
  responseFormat: encodeResponseFormat,
  user: encodeUser,
  stream: (isStream, { body }) => {
    if (isStream) body['stream'] = true;
  },
  extras: encodeMembers,
};

/** https://platform.claude.com/docs/en/api/messages */
export function encodeRequest(request: ChatRequest, options: EncodeOptions): EncodedRequest {
  const encoded = encodeFields(request, ENCODERS, options);
  const { body, removed } = limitCacheMarks(encoded.body);
  const complete = { ...body, model: options.model, ...encodeLimit({ request, options, body }) };
  if (removed === 0) return { body: complete, losses: encoded.losses };
  const loss = { field: 'cache_control', outcome: 'dropped', reason: 'four at most', severity: 'minor' } as const;
  return { body: complete, losses: [...encoded.losses, loss] };
}

/** The vendor insists on a limit. */
const DEFAULT_LIMIT = 4096;

/** Thoughts count towards the limit, and newer models think without being told to. */
const DEFAULT_LIMIT_WITH_THOUGHTS = 16_384;

/** A limit of the configuration's parameters is put under the body later. */
function encodeLimit(scope: ReasoningScope): JsonObject {
  const { request, options } = scope;
  if (request.maxOutputTokens === undefined && options.defaults['max_tokens'] !== undefined) return {};
  return { max_tokens: limitOf(request, options) ?? defaultLimit(scope) };
}

function defaultLimit(scope: ReasoningScope): number {
  const { options } = scope;
  const usual = traitsOf(options.model).thinking === 'adaptive' ? DEFAULT_LIMIT_WITH_THOUGHTS : DEFAULT_LIMIT;
  const { contextWindow } = options;
  const limit = contextWindow === undefined ? usual : Math.min(usual, Math.ceil(contextWindow / 2));
  return limit + (encodeReasoning(scope).budgetTokens ?? 0);
}

function encodeThinking(_: ReasoningRequest, draft: RequestDraft): void {
  const { body, ledger } = draft;
  const { thinking, effort, loss } = encodeReasoning(draft);
  if (thinking !== undefined) body['thinking'] = thinking;
  if (effort !== undefined) body['output_config'] = { effort };
  if (loss?.outcome === 'dropped') ledger.dropped(FIELD_NAMES.reasoning, 'minor', loss.reason);
  else if (loss !== undefined) ledger.approximated(FIELD_NAMES.reasoning, 'minor', loss.reason);
}

function encodeCount(count: number, { ledger }: RequestDraft): void {
  if (count > 1) ledger.dropped(FIELD_NAMES.count, 'meaning', 'one answer only');
}

const LONGEST_USER_ID = 256;

function encodeUser(user: string, { body, ledger }: RequestDraft): void {
  if (user.length > LONGEST_USER_ID) ledger.dropped(FIELD_NAMES.user, 'minor', 'longer than 256 characters');
  else body['metadata'] = { user_id: user };
}

/** Blank stop sequences are refused. */
function encodeStop(stop: readonly string[], { body, ledger }: RequestDraft): void {
  const kept = stop.filter((sequence) => sequence.trim() !== '');
  if (kept.length < stop.length) ledger.dropped(FIELD_NAMES.stop, 'minor', 'blank stop sequences');
  if (kept.length > 0) body['stop_sequences'] = kept;
}

const encodeOthers = encodeExtras(OWN_FORMAT);

/** Objects of the top level that the canonical form says partly: their other members go back into them. */
const RETURNING: ReadonlySet<string> = new Set(['metadata', 'output_config', 'thinking', 'tool_choice']);

/** Without their type these say nothing. */
const NEEDS_TYPE: ReadonlySet<string> = new Set(['thinking', 'tool_choice']);

/** Always written from the canonical form. */
const NEVER_EXTRA: ReadonlySet<string> = new Set(['messages', 'model']);

function encodeMembers(extras: NonNullable<ChatRequest['extras']>, draft: RequestDraft): void {
  const { [OWN_FORMAT]: own, ...others } = extras;
  encodeOthers(others, draft);
  for (const [path, value] of Object.entries(own ?? {})) {
    if (value !== undefined && !NEVER_EXTRA.has(path)) putBack(path, value, draft);
  }
}

function putBack(path: string, value: JsonValue, { body, ledger }: RequestDraft): void {
  const [parent = '', name] = path.split('.', 2);
  const object = body[parent];
  if (name === undefined) body[path] = value;
  else if (!RETURNING.has(parent)) ledger.dropped(path, 'minor', 'belongs to one tool');
  else if (object === undefined && NEEDS_TYPE.has(parent)) ledger.dropped(path, 'minor', `without ${parent}`);
  else body[parent] = { ...asObject(object), [name]: value };
}
