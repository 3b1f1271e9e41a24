import type { ChatRequest, ReasoningRequest, ResponseFormat, ToolChoice } from '../../canonical/chat.ts';
import type { FunctionTool, ToolSpec } from '../../canonical/content.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { encodeExtras } from '../encode-extras.ts';
import {
  carriedAs,
  carriedUnlessRefused,
  encodeFields,
  type FieldEncoders,
  type RequestDraft,
} from '../encode-fields.ts';
import { effortOf, REASONING_MEMBERS } from '../openai-reasoning.ts';
import type { EncodedRequest, EncodeOptions } from '../protocol.ts';
import { encodeMessage } from './encode-message.ts';

/** What came in OpenAI's words goes out as it came: `extras` holds it verbatim and stands over its canonical twin. */
const ENCODERS = {
  temperature: carriedUnlessRefused('temperature', 'minor', 1),
  topP: carriedUnlessRefused('top_p', 'minor'),
  topK: carriedUnlessRefused('top_k', 'minor'),
  frequencyPenalty: carriedUnlessRefused('frequency_penalty', 'minor'),
  presencePenalty: carriedUnlessRefused('presence_penalty', 'minor'),
  seed: carriedAs('seed'),
  count: carriedAs('n'),
  maxOutputTokens: encodeLimit,
  parallelToolCalls: encodeParallelCalls,
  user: carriedAs('user'),
  stop: carriedUnlessRefused('stop', 'meaning'),
  logprobs: encodeLogprobRequest,
  reasoning: encodeReasoning,
  tools: (tools, { body, ledger }) => {
    const encoded = tools.flatMap((tool) => encodeTool(tool, ledger));
    if (encoded.length > 0 || tools.length === 0) body['tools'] = encoded;
  },
  toolChoice: (choice, { body }) => {
    body['tool_choice'] = encodeToolChoice(choice);
  },
  responseFormat: (format, { body }) => {
    body['response_format'] = encodeResponseFormat(format);
  },
  extras: encodeExtras('openai-chat'),
  messages: (messages, draft) => {
    draft.body['model'] = draft.options.model;
    draft.body['messages'] = messages.flatMap((message) => encodeMessage(message, draft));
  },
  stream: (stream, { body }) => {
    if (stream) body['stream'] = true;
  },
} satisfies FieldEncoders;

export function encodeRequest(request: ChatRequest, options: EncodeOptions): EncodedRequest {
  return encodeFields(request, ENCODERS, options);
}

/** The newer name of the limit, where the client used it, must not be joined by the older one. */
function encodeLimit(limit: number, { request, body, options }: RequestDraft): void {
  const isSaid = typeof request.extras?.['openai-chat']?.['max_completion_tokens'] === 'number';
  if (!isSaid) body[options.limitMember] = limit;
}

/** Services refuse the parameter where there are no tools. */
function encodeParallelCalls(isParallel: boolean, { request, body }: RequestDraft): void {
  if (request.tools !== undefined || request.extras?.['openai-chat'] !== undefined) {
    body['parallel_tool_calls'] = isParallel;
  }
}

function encodeLogprobRequest(
  { top }: NonNullable<ChatRequest['logprobs']>,
  { body, options, ledger }: RequestDraft,
): void {
  if (options.refusedParameters.has('logprobs')) {
    ledger.dropped('logprobs', 'minor', 'refused by reasoning models');
    return;
  }
  body['logprobs'] = true;
  if (top > 0) body['top_logprobs'] = top;
}

/**
 * Models that do not reason refuse to be told how much, so the effort is only sent where the configuration says that
 * the model reasons. What the client said in OpenAI's words stands in `extras`.
 */
function encodeReasoning(reasoning: ReasoningRequest, { body, options, ledger, request }: RequestDraft): void {
  if (request.extras?.['openai-chat'] !== undefined && hasOwnWords(request.extras['openai-chat'])) return;
  const effort = effortOf(reasoning);
  if (effort === undefined) return;
  if (!options.isReasoningModel) {
    if (effort !== 'none') ledger.dropped('reasoning_effort', 'minor', 'not a reasoning model by its configuration');
    return;
  }
  body['reasoning_effort'] = effort;
  const isExact = reasoning.effort === effort && reasoning.budgetTokens === undefined;
  if (!isExact) ledger.approximated('reasoning_effort', 'minor', `as effort ${effort}`);
}

function hasOwnWords(extras: JsonObject): boolean {
  return REASONING_MEMBERS.some((name) => extras[name] !== undefined);
}

function encodeTool(tool: ToolSpec, ledger: LossLedger): JsonObject[] {
  switch (tool.kind) {
    case 'function':
      return [{ type: 'function', function: encodeFunction(tool, ledger) }];
    case 'custom': {
      const { kind: _, namespace: __, ...custom } = tool;
      return [{ type: 'custom', custom }];
    }
    case 'foreign':
      if (tool.protocol === 'openai-chat') return [tool.value];
      ledger.dropped(`tools.${String(tool.value['type'] ?? 'unknown')}`, 'meaning');
      return [];
    default:
      return tool satisfies never;
  }
}

function encodeFunction(tool: FunctionTool, ledger: LossLedger): JsonObject {
  const { name, description, parameters, strict, cache } = tool;
  if (cache !== undefined) ledger.dropped('tools.cache_control', 'minor');
  return {
    name,
    ...(description === undefined ? {} : { description }),
    ...(parameters === undefined ? {} : { parameters }),
    ...(strict === undefined ? {} : { strict }),
  };
}

function encodeToolChoice(choice: ToolChoice): JsonValue {
  if (typeof choice === 'string') return choice;
  const { name, isCustom } = choice;
  return isCustom ? { type: 'custom', custom: { name } } : { type: 'function', function: { name } };
}

function encodeResponseFormat(format: ResponseFormat): JsonObject {
  if (format.type === 'json') return { type: 'json_object' };
  const { type: _, ...schema } = format;
  return { type: 'json_schema', json_schema: schema };
}
