import type { ChatRequest, ResponseFormat } from '../../canonical/chat.ts';
import { asObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { encodeExtras } from '../encode-extras.ts';
import {
  encodeFields,
  type FieldEncoder,
  type FieldEncoders,
  type RequestDraft,
  unsupported,
} from '../encode-fields.ts';
import type { EncodedRequest, EncodeOptions } from '../protocol.ts';
import { encodeContents } from './encode-contents.ts';
import { encodeThinking } from './encode-thinking.ts';
import { encodeToolChoice, encodeTools } from './encode-tools.ts';
import { fitSchema } from './json-schema.ts';
import { isBeforeGemini3, isBeforeGemini25 } from './models.ts';

/** The vendor takes no more. */
const MAX_STOP_SEQUENCES = 5;

/** What came in the vendor's words goes out as it came: `extras` stands last, over its canonical twin. */
const ENCODERS = {
  messages: encodeContents,
  temperature: configured('temperature'),
  topP: configured('topP'),
  topK: configured('topK'),
  maxOutputTokens: encodeLimit,
  count: configured('candidateCount'),
  seed: configured('seed'),
  frequencyPenalty: penalty('frequencyPenalty', 'frequency_penalty'),
  presencePenalty: penalty('presencePenalty', 'presence_penalty'),
  stop: encodeStop,
  logprobs: ({ top }, draft) => {
    setConfig(draft, { responseLogprobs: true, ...(top > 0 ? { logprobs: top } : {}) });
  },
  responseFormat: encodeResponseFormat,
  reasoning: (reasoning, draft) => {
    const thinkingConfig = encodeThinking(reasoning, draft);
    if (Object.keys(thinkingConfig).length > 0) setConfig(draft, { thinkingConfig });
  },
  tools: encodeTools,
  toolChoice: encodeToolChoice,
  parallelToolCalls: (isParallel, { ledger, request }) => {
    if (!isParallel && request.tools !== undefined) ledger.dropped('parallel_tool_calls', 'minor');
  },
  user: unsupported('user', 'minor'),
  extras: encodeOwnExtras,
  // The path says it.
  stream: () => undefined,
} satisfies FieldEncoders;

/** https://ai.google.dev/api/generate-content. The model is named by the path and not by the body. */
export function encodeRequest(request: ChatRequest, options: EncodeOptions): EncodedRequest {
  return encodeFields(request, ENCODERS, options);
}

function setConfig({ body }: RequestDraft, members: JsonObject): void {
  body['generationConfig'] = { ...asObject(body['generationConfig']), ...members };
}

function configured(name: string): FieldEncoder<JsonValue> {
  return (value, draft) => setConfig(draft, { [name]: value });
}

/** More is refused by every model. */
const MAX_OUTPUT_TOKENS = 65_536;

function encodeLimit(limit: number, draft: RequestDraft): void {
  if (limit > MAX_OUTPUT_TOKENS) draft.ledger.approximated('max_tokens', 'minor', `at most ${MAX_OUTPUT_TOKENS}`);
  setConfig(draft, { maxOutputTokens: Math.min(limit, MAX_OUTPUT_TOKENS) });
}

/** Models from 2.5 on refuse any penalty but 0, which is none. */
function penalty(name: string, field: string): FieldEncoder<number> {
  return (value, draft) => {
    if (isBeforeGemini25(draft.options.model)) setConfig(draft, { [name]: value });
    else if (value !== 0) draft.ledger.dropped(field, 'minor', 'the model takes none');
  };
}

function encodeStop(stop: readonly string[], draft: RequestDraft): void {
  const sequences = stop.filter((sequence) => sequence !== '');
  if (sequences.length === 0) return;
  setConfig(draft, { stopSequences: sequences.slice(0, MAX_STOP_SEQUENCES) });
  if (sequences.length > MAX_STOP_SEQUENCES) {
    draft.ledger.approximated('stop', 'meaning', `only ${MAX_STOP_SEQUENCES} stop sequences`);
  }
}

const JSON_TYPE = 'application/json';

function encodeResponseFormat(format: ResponseFormat, draft: RequestDraft): void {
  const { ledger, request, options } = draft;
  const hasTools = request.tools !== undefined && request.tools.length > 0 && request.toolChoice !== 'none';
  if (hasTools && isBeforeGemini3(options.model)) {
    ledger.dropped('response_format', 'meaning', 'not beside tools with this model');
    return;
  }
  const schema = format.type === 'json-schema' ? format.schema : undefined;
  setConfig(draft, { responseMimeType: JSON_TYPE });
  if (schema === undefined || format.type !== 'json-schema') return;
  const described = format.description === undefined ? schema : { description: format.description, ...schema };
  const { schema: responseJsonSchema, lost, hasLostShape } = fitSchema(described);
  setConfig(draft, { responseJsonSchema });
  if (lost.length === 0) return;
  ledger.approximated(
    'response_format',
    hasLostShape ? 'meaning' : 'minor',
    `without ${lost.slice(0, 4).join(' and ')}`,
  );
}

/** `generationConfig.speechConfig` -> the member `speechConfig` of `generationConfig`. */
const WITHIN = /^(generationConfig|toolConfig)\.(.+)$/;

/** Said by the path, or put back where the functions are. */
const NOT_IN_BODY: ReadonlySet<string> = new Set(['model', 'functionDeclarations']);

function encodeOwnExtras(extras: NonNullable<ChatRequest['extras']>, draft: RequestDraft): void {
  const { 'gemini-generate': own = {}, ...others } = extras;
  encodeExtras('gemini-generate')(others, draft);
  for (const [name, value] of Object.entries(own)) {
    if (value === undefined || NOT_IN_BODY.has(name)) continue;
    const [, member, within] = WITHIN.exec(name) ?? [];
    if (member === undefined || within === undefined) draft.body[name] = value;
    else draft.body[member] = withinMember(asObject(draft.body[member]), within, value);
  }
}

function withinMember(members: JsonObject, name: string, value: JsonValue): JsonObject {
  const own = members[name];
  const isBoth = name === 'thinkingConfig' && own !== undefined;
  return { ...members, [name]: isBoth ? { ...asObject(value), ...asObject(own) } : value };
}
