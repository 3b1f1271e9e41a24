import type {
  ContentPart,
  MediaPart,
  Message,
  ReasoningPart,
  TextPart,
  ToolCallPart,
  ToolResultPart,
} from '../../canonical/content.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import { asObject, asString, isJsonObject, type JsonObject, type JsonValue, parseJson } from '../../lib/json.ts';
import { extrasOf } from '../encode-extras.ts';
import type { EncodeOptions } from '../protocol.ts';

interface MessageContext {
  readonly ledger: LossLedger;
  readonly options: EncodeOptions;
}

/** What a message says, taken apart the way Cohere has it. */
interface Words {
  readonly blocks: JsonObject[];
  readonly thoughts: JsonObject[];
  readonly calls: JsonObject[];
}

/** What the system says comes first and once, then everything else in its order. */
export function encodeMessages(messages: readonly Message[], ledger: LossLedger, options: EncodeOptions): JsonObject[] {
  const context: MessageContext = { ledger, options };
  const systems = messages.filter((message) => message.role === 'system');
  const others = messages.filter((message) => message.role !== 'system');
  const isFirst = messages.slice(0, systems.length).every((message) => message.role === 'system');
  if (!isFirst) ledger.approximated('messages.system', 'minor', 'only at the start');
  return [...encodeSystem(systems, context), ...others.flatMap((message) => encodeMessage(message, context))];
}

function encodeSystem(messages: readonly Message[], context: MessageContext): JsonObject[] {
  const blocks = messages.flatMap((message) => {
    const { name: _, ...verbatim } = noteMembers(message, context);
    if (Object.keys(verbatim).length > 0) context.ledger.dropped('messages.extras', 'minor');
    return takeAll(message.content, context).blocks.filter((block) => block['type'] === 'text');
  });
  return blocks.length === 0 ? [] : [{ role: 'system', content: shortForm(blocks) }];
}

function noteMembers(message: Message, { ledger }: MessageContext): JsonObject {
  if (message.name !== undefined) ledger.dropped('messages.name', 'minor');
  return extrasOf(message, 'cohere-chat', ledger);
}

/** One message for each tool result, because Cohere gives every result its own, and one for everything else. */
function encodeMessage(message: Message, context: MessageContext): JsonObject[] {
  const verbatim = noteMembers(message, context);
  const results = message.content.filter((part) => part.type === 'tool-result');
  const others = message.content.filter((part) => part.type !== 'tool-result');
  const encoded = results.map((result) => ({ ...encodeResult(result, context), ...verbatim }));
  if (others.length === 0) return encoded;
  const words = takeAll(others, context);
  const said = message.role === 'assistant' ? encodeAnswer(words) : encodeQuestion(words);
  return said === undefined ? encoded : [...encoded, { ...said, ...verbatim }];
}

function encodeResult(result: ToolResultPart, context: MessageContext): JsonObject {
  const { ledger } = context;
  if (result.isError === true) ledger.dropped('messages.tool_result.is_error', 'minor');
  if (result.cache !== undefined) noteCache(ledger);
  const { blocks } = takeAll(result.content, context);
  const texts = blocks.filter((block) => block['type'] === 'text');
  if (texts.length < blocks.length) ledger.dropped('messages.image', 'meaning', 'not in a tool result');
  return { role: 'tool', tool_call_id: result.callId, content: shortForm(texts) };
}

function encodeQuestion({ blocks }: Words): JsonObject | undefined {
  return blocks.length === 0 ? undefined : { role: 'user', content: shortForm(blocks) };
}

/** What the model says beside its calls is its plan for them. */
function encodeAnswer({ blocks, thoughts, calls }: Words): JsonObject | undefined {
  const texts = blocks.filter((block) => block['type'] === 'text');
  if (calls.length > 0) {
    const plan = texts.map((block) => asString(block['text']) ?? '').join('');
    return {
      role: 'assistant',
      ...(thoughts.length === 0 ? {} : { content: thoughts }),
      ...(plan === '' ? {} : { tool_plan: plan }),
      tool_calls: calls,
    };
  }
  const content = [...thoughts, ...texts];
  return content.length === 0 ? undefined : { role: 'assistant', content: shortForm(content) };
}

/** A single text as itself. */
function shortForm(blocks: readonly JsonObject[]): JsonValue {
  const [first] = blocks;
  if (first === undefined) return '';
  return blocks.length === 1 && typeof first['text'] === 'string' ? first['text'] : blocks;
}

function takeAll(parts: readonly ContentPart[], context: MessageContext): Words {
  const words: Words = { blocks: [], thoughts: [], calls: [] };
  for (const part of parts) take(part, words, context);
  return words;
}

function take(part: ContentPart, words: Words, context: MessageContext): void {
  const { ledger } = context;
  switch (part.type) {
    case 'text':
      words.blocks.push(...encodeText(part, ledger));
      break;
    case 'refusal':
      words.blocks.push({ type: 'text', text: part.text });
      ledger.approximated('messages.refusal', 'minor', 'said as text');
      break;
    case 'reasoning':
      words.thoughts.push(...encodeThought(part, context));
      break;
    case 'media':
      words.blocks.push(...encodeMedia(part, ledger));
      break;
    case 'tool-call':
      words.calls.push(encodeCall(part, ledger));
      break;
    case 'tool-result':
      ledger.dropped('messages.tool_result', 'meaning', 'not within another result');
      break;
    case 'foreign':
      ledger.dropped(`messages.${asString(asObject(part.value)['type']) ?? 'part'}`, 'meaning');
      break;
    default:
      part satisfies never;
  }
}

function noteCache(ledger: LossLedger): void {
  ledger.dropped('messages.cache_control', 'minor');
}

/** An empty text is refused. */
function encodeText({ text, cache, citations }: TextPart, ledger: LossLedger): JsonObject[] {
  if (cache !== undefined) noteCache(ledger);
  if (citations !== undefined) ledger.dropped('messages.citations', 'minor');
  return text === '' ? [] : [{ type: 'text', text }];
}

/** Cohere's thoughts have no seal, so one with a maker is another provider's. */
function encodeThought(part: ReasoningPart, { ledger, options }: MessageContext): JsonObject[] {
  const { text, signature, redacted, origin } = part;
  const isForeign = (origin !== undefined && origin !== options.origin) || redacted !== undefined;
  if (isForeign || !options.isReasoningModel) {
    const reason = isForeign ? 'thought of another provider' : 'the model is not known to reason';
    ledger.dropped('messages.reasoning', 'minor', reason);
    return [];
  }
  if (signature !== undefined) ledger.dropped('messages.reasoning.signature', 'minor');
  return text === '' ? [] : [{ type: 'thinking', thinking: text }];
}

function encodeMedia({ modality, source, detail, cache }: MediaPart, ledger: LossLedger): JsonObject[] {
  if (cache !== undefined) noteCache(ledger);
  if (modality === 'image') {
    const url = source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.base64}`;
    return [{ type: 'image_url', image_url: { url, ...(detail === undefined ? {} : { detail }) } }];
  }
  if (modality === 'document' && source.kind === 'inline' && source.mediaType.startsWith('text/')) {
    ledger.approximated('messages.document', 'minor', 'said as text');
    return [{ type: 'text', text: Buffer.from(source.base64, 'base64').toString('utf8') }];
  }
  ledger.dropped(`messages.${modality}`, 'meaning');
  return [];
}

function encodeCall({ id, name, arguments: words, signature, cache }: ToolCallPart, ledger: LossLedger): JsonObject {
  if (signature !== undefined) ledger.dropped('messages.tool_calls.signature', 'minor');
  if (cache !== undefined) noteCache(ledger);
  return { id, type: 'function', function: { name, arguments: encodeArguments(words, ledger) } };
}

/** The exact text, where it is an object; a call with anything else is refused. */
function encodeArguments(words: string, ledger: LossLedger): string {
  if (words.trim() === '') return '{}';
  const parsed = parseJson(words);
  if (parsed.ok && isJsonObject(parsed.value)) return words;
  ledger.approximated('messages.tool_calls.arguments', 'minor', 'only an object');
  return JSON.stringify({ arguments: words });
}
