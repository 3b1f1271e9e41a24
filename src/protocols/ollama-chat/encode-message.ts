import type {
  ContentPart,
  MediaPart,
  Message,
  ReasoningPart,
  ToolCallPart,
  ToolResultPart,
} from '../../canonical/content.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import { asObject, asString, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { extrasOf } from '../encode-extras.ts';
import { argumentsObject } from './call-arguments.ts';

export interface MessageContext {
  readonly ledger: LossLedger;
  /** `originOf` the provider that gets the messages. */
  readonly origin: string;
  /** Names of the called tools by the id of their call: Ollama's results name the tool. */
  readonly callNames: ReadonlyMap<string, string>;
}

/** What a message says, taken apart the way Ollama has it. */
interface Words {
  readonly texts: string[];
  readonly thoughts: string[];
  readonly images: string[];
  readonly calls: JsonObject[];
}

export function encodeMessages(messages: readonly Message[], ledger: LossLedger, origin: string): JsonObject[] {
  const context: MessageContext = { ledger, origin, callNames: callNamesOf(messages) };
  return messages.flatMap((message) => encodeMessage(message, context));
}

function callNamesOf(messages: readonly Message[]): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { content } of messages) {
    for (const part of content) if (part.type === 'tool-call') names.set(part.id, part.name);
  }
  return names;
}

/** One message for each tool result, and one for everything else, which stands after what the tools said. */
function encodeMessage(message: Message, context: MessageContext): JsonObject[] {
  const results = message.content.filter((part) => part.type === 'tool-result');
  const others = message.content.filter((part) => part.type !== 'tool-result');
  if (message.name !== undefined) context.ledger.dropped('messages.name', 'minor');
  const verbatim = extrasOf(message, 'ollama-chat', context.ledger);
  const encoded = results.map((result) => ({ ...encodeResult(result, context), ...verbatim }));
  if (others.length === 0 && results.length > 0) return encoded;
  return [...encoded, { ...encodeWords(message.role, others, context), ...verbatim }];
}

function encodeResult(result: ToolResultPart, context: MessageContext): JsonObject {
  const { callId, isError, cache } = result;
  const name = result.name ?? context.callNames.get(callId);
  if (isError === true) context.ledger.dropped('messages.tool_result.is_error', 'minor');
  if (cache !== undefined) noteCache(context.ledger);
  return {
    ...encodeWords('tool', result.content, context),
    ...(name === undefined ? {} : { tool_name: name }),
    ...(callId === '' ? {} : { tool_call_id: callId }),
  };
}

function encodeWords(role: Message['role'], parts: readonly ContentPart[], context: MessageContext): JsonObject {
  const words: Words = { texts: [], thoughts: [], images: [], calls: [] };
  for (const part of parts) take(part, words, context);
  const { texts, thoughts, images, calls } = words;
  return {
    role,
    // The parts of an answer are pieces of one text; those of a question are texts of their own.
    content: texts.join(role === 'assistant' ? '' : '\n'),
    ...(thoughts.length === 0 ? {} : { thinking: thoughts.join('\n') }),
    ...(images.length === 0 ? {} : { images }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

function take(part: ContentPart, words: Words, context: MessageContext): void {
  const { ledger } = context;
  switch (part.type) {
    case 'text':
      words.texts.push(part.text);
      if (part.cache !== undefined) noteCache(ledger);
      if (part.citations !== undefined) ledger.dropped('messages.citations', 'minor');
      return;
    case 'refusal':
      words.texts.push(part.text);
      ledger.approximated('messages.refusal', 'minor', 'said as text');
      return;
    case 'reasoning':
      takeThought(part, words, context);
      return;
    case 'media':
      takeMedia(part, words, ledger);
      return;
    case 'tool-call':
      words.calls.push(encodeCall(part, words.calls.length, ledger));
      return;
    case 'tool-result':
      ledger.dropped('messages.tool_result', 'meaning', 'not within another result');
      return;
    case 'foreign':
      ledger.dropped(`messages.${typeNameOf(part.value)}`, 'meaning');
      return;
    default:
      part satisfies never;
  }
}

function noteCache(ledger: LossLedger): void {
  ledger.dropped('messages.cache_control', 'minor');
}

/** Ollama's thoughts have no seal, so one with a maker is another provider's. */
function takeThought(
  { text, signature, redacted, origin }: ReasoningPart,
  words: Words,
  context: MessageContext,
): void {
  const isForeign = origin !== undefined && origin !== context.origin;
  if (isForeign || redacted !== undefined) {
    context.ledger.dropped('messages.reasoning', 'minor', 'thought of another provider');
    return;
  }
  if (signature !== undefined) context.ledger.dropped('messages.reasoning.signature', 'minor');
  words.thoughts.push(text);
}

function takeMedia({ modality, source, detail, cache }: MediaPart, words: Words, ledger: LossLedger): void {
  if (detail !== undefined && detail !== 'auto') ledger.dropped('messages.image.detail', 'minor');
  if (cache !== undefined) noteCache(ledger);
  if (modality === 'image' && source.kind === 'inline') {
    words.images.push(source.base64);
  } else if (modality === 'image') {
    ledger.dropped('messages.image', 'meaning', 'only as data and not by its address');
  } else if (modality === 'document' && source.kind === 'inline' && source.mediaType.startsWith('text/')) {
    words.texts.push(Buffer.from(source.base64, 'base64').toString('utf8'));
    ledger.approximated('messages.document', 'minor', 'said as text');
  } else {
    ledger.dropped(`messages.${modality}`, 'meaning');
  }
}

function encodeCall(
  { id, name, arguments: text, signature, cache }: ToolCallPart,
  index: number,
  ledger: LossLedger,
): JsonObject {
  const { value, isExact } = argumentsObject(text);
  if (!isExact) ledger.approximated('messages.tool_calls.arguments', 'minor', 'only as an object');
  if (signature !== undefined) ledger.dropped('messages.tool_calls.signature', 'minor');
  if (cache !== undefined) noteCache(ledger);
  return { ...(id === '' ? {} : { id }), function: { index, name, arguments: value } };
}

function typeNameOf(value: JsonValue): string {
  return asString(asObject(value)['type']) ?? 'part';
}
