import type { ChatRequest, ReasoningRequest, ResponseFormat } from '../../canonical/chat.ts';
import type { ContentPart, Message } from '../../canonical/content.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import { asObject, asString, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { encodeExtras, extrasOf } from '../encode-extras.ts';
import {
  encodeFields,
  type FieldEncoder,
  type FieldEncoders,
  type RequestDraft,
  unsupported,
} from '../encode-fields.ts';
import { DEFAULTS_OPTIONS, decodeDefaults } from '../openai-defaults.ts';
import { effortOf } from '../openai-reasoning.ts';
import type { EncodedRequest, EncodeOptions } from '../protocol.ts';

/** Everything about the sampling stands in `parameters`, in OpenAI's words. */
const ENCODERS = {
  extras: encodeMembers,
  messages: (messages, { body, ledger }) => {
    body['prompt'] = promptOf(messages);
    body['messages'] = messages.flatMap((message) => encodeMessage(message, ledger));
  },
  // Answers come whole; the client still gets its stream.
  stream: () => undefined,
  tools: (tools, { ledger }) => {
    if (tools.length > 0) ledger.dropped('tools', 'meaning');
  },
  toolChoice: (choice, { ledger }) => {
    if (choice !== 'auto' && choice !== 'none') ledger.dropped('tool_choice', 'meaning');
  },
  parallelToolCalls: unsupported('parallelToolCalls', 'minor'),
  maxOutputTokens: asParameter('max_tokens'),
  temperature: asParameter('temperature'),
  topP: asParameter('top_p'),
  topK: asParameter('top_k'),
  frequencyPenalty: asParameter('frequency_penalty'),
  presencePenalty: asParameter('presence_penalty'),
  seed: asParameter('seed'),
  count: (count, { ledger }) => {
    if (count > 1) ledger.dropped('n', 'meaning', 'only one answer');
  },
  stop: asParameter('stop'),
  logprobs: unsupported('logprobs', 'minor'),
  responseFormat: (format, draft) => asParameter('response_format')(encodeFormat(format), draft),
  reasoning: encodeReasoning,
  user: asParameter('user'),
} satisfies FieldEncoders;

export function encodeRequest(request: ChatRequest, options: EncodeOptions): EncodedRequest {
  const { body, losses } = encodeFields(request, ENCODERS, options);
  const parameters = { ...asObject(options.defaults['parameters']), ...asObject(body['parameters']) };
  return { body: { ...body, model: options.model, parameters }, losses };
}

export function encodeDefaults(parameters: JsonObject): JsonObject {
  const { request, unknown } = decodeDefaults(parameters);
  const { body } = encodeFields(request, ENCODERS, DEFAULTS_OPTIONS);
  return { parameters: { ...unknown, ...asObject(body['parameters']) } };
}

function asParameter(name: string): FieldEncoder<JsonValue> {
  return (value, { body }) => {
    body['parameters'] = { ...asObject(body['parameters']), [name]: value };
  };
}

/** Members of OpenAI's format that only mean something together with what cannot be carried. */
const NO_PARAMETERS: ReadonlySet<string> = new Set([
  'audio',
  'function_call',
  'functions',
  'modalities',
  'prediction',
  'stream_options',
  'tool_choice',
  'tools',
  'web_search_options',
]);

/** Names whose canonical twin is encoded above. */
const ENCODED: ReadonlySet<string> = new Set([
  'logprobs',
  'max_completion_tokens',
  'max_tokens',
  'reasoning_effort',
  'response_format',
  'stop',
  'top_logprobs',
]);

/** Parameters in OpenAI's words that nobody here knows are the server's own business. */
function encodeMembers(extras: NonNullable<ChatRequest['extras']>, draft: RequestDraft): void {
  const lost: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(extras['openai-chat'] ?? {})) {
    if (value === undefined || ENCODED.has(name)) continue;
    if (NO_PARAMETERS.has(name)) lost[name] = value;
    else asParameter(name)(value, draft);
  }
  encodeExtras('remote-http')({ ...extras, 'openai-chat': lost }, draft);
}

/** For servers that read nothing else; where there is more than one question, only messages can say it. */
function promptOf(messages: readonly Message[]): string | null {
  const [first] = messages;
  const isQuestion = messages.length === 1 && first?.role === 'user';
  return isQuestion && first.content.every((part) => part.type === 'text') ? textOf(first.content) : null;
}

function textOf(parts: readonly ContentPart[]): string {
  return parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
}

function encodeMessage(message: Message, ledger: LossLedger): JsonObject[] {
  if (message.name !== undefined) ledger.dropped('messages.name', 'minor');
  const verbatim = extrasOf(message, 'remote-http', ledger);
  const texts = message.content.flatMap((part) => wordsOf(part, ledger));
  if (texts.length === 0 && message.role !== 'user') return [];
  const role = message.role === 'tool' ? 'user' : message.role;
  return [{ role, content: texts.join(role === 'assistant' ? '' : '\n'), ...verbatim }];
}

function wordsOf(part: ContentPart, ledger: LossLedger): string[] {
  switch (part.type) {
    case 'text':
      if (part.cache !== undefined) ledger.dropped('messages.cache_control', 'minor');
      if (part.citations !== undefined) ledger.dropped('messages.citations', 'minor');
      return [part.text];
    case 'refusal':
      ledger.approximated('messages.refusal', 'minor', 'said as text');
      return [part.text];
    case 'reasoning':
      ledger.dropped('messages.reasoning', 'minor');
      return [];
    case 'media':
      ledger.dropped(`messages.${part.modality}`, 'meaning');
      return [];
    case 'tool-call':
      ledger.dropped('messages.tool_calls', 'meaning');
      return [];
    case 'tool-result':
      ledger.dropped('messages.tool_result', 'meaning');
      return [];
    case 'foreign':
      ledger.dropped(`messages.${asString(asObject(part.value)['type']) ?? 'part'}`, 'meaning');
      return [];
    default:
      return part satisfies never;
  }
}

function encodeFormat(format: ResponseFormat): JsonObject {
  if (format.type === 'json') return { type: 'json_object' };
  const { type: _, ...schema } = format;
  return { type: 'json_schema', json_schema: schema };
}

function encodeReasoning(request: ReasoningRequest, draft: RequestDraft): void {
  const effort = effortOf(request);
  if (effort === undefined || request.budgetTokens !== undefined) {
    draft.ledger.approximated('reasoning_effort', 'minor', 'only as an effort');
  }
  if (effort !== undefined) asParameter('reasoning_effort')(effort, draft);
}
