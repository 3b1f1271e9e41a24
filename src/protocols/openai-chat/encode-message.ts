import type {
  ContentPart,
  MediaPart,
  MediaSource,
  Message,
  ReasoningPart,
  ToolResultPart,
} from '../../canonical/content.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { extrasOf } from '../encode-extras.ts';
import type { RequestDraft } from '../encode-fields.ts';
import { wordsOf } from '../openai-answer.ts';
import { detailsOfSeal } from '../openai-reasoning.ts';

/**
 * One message, and before it one more for each tool result in it, because OpenAI gives every result its own. What a
 * result cannot hold (pictures) follows as the words of the user.
 */
export function encodeMessage(message: Message, draft: RequestDraft): JsonObject[] {
  const results = message.content.filter((part) => part.type === 'tool-result');
  const others = message.content.filter((part) => part.type !== 'tool-result');
  const verbatim: JsonObject = {
    ...(message.name === undefined ? {} : { name: message.name }),
    ...extrasOf(message, 'openai-chat', draft.ledger),
  };
  const encoded: JsonObject[] = results.map((result) => ({ ...encodeResult(result, draft), ...verbatim }));
  const shown = results.flatMap(({ content }) => content.filter((part) => part.type === 'media'));
  const words = [...(verbatim['content'] === undefined ? shown : []), ...others];
  if (words.length === 0 && results.length > 0) return encoded;
  const role = results.length > 0 ? 'user' : message.role;
  const own = results.length > 0 ? {} : verbatim;
  // Everybody but an assistant has to say something, if it is nothing.
  const empty = words.length === 0 && role !== 'assistant' ? { content: '' } : {};
  return [...encoded, { role, ...empty, ...encodeWords(role, words, draft), ...own }];
}

function encodeResult(result: ToolResultPart, draft: RequestDraft): JsonObject {
  const { callId, content, isError } = result;
  if (result.cache !== undefined) draft.ledger.dropped('messages.cache_control', 'minor');
  if (isError === true) draft.ledger.approximated('messages.tool_result.is_error', 'minor', 'said by the text only');
  const words = content.filter((part) => part.type !== 'media');
  const encoded = encodeContent(words, draft);
  const isShownLater = content.length > 0 && encoded['content'] === undefined;
  return {
    role: 'tool',
    ...(callId === '' ? {} : { tool_call_id: callId }),
    ...(isShownLater ? { content: 'See the attached content below.' } : { content: '', ...encoded }),
  };
}

function encodeWords(role: Message['role'], parts: readonly ContentPart[], draft: RequestDraft): JsonObject {
  const { refusal, toolCalls } = wordsOf(parts, draft.options.origin);
  const thoughts = parts.filter((part) => part.type === 'reasoning');
  return {
    role,
    ...encodeContent(parts, draft),
    ...encodeThoughts(thoughts, draft),
    ...(refusal === undefined ? {} : { refusal }),
    ...(toolCalls === undefined ? {} : { tool_calls: toolCalls.map((call) => withOwnSeal(call, parts, draft)) }),
  };
}

/** Google's service wants its own seals back as it gave them. */
function withOwnSeal(call: JsonObject, parts: readonly ContentPart[], { options }: RequestDraft): JsonObject {
  const { extra_content: _, ...plain } = call;
  const part = parts.find((candidate) => candidate.type === 'tool-call' && candidate.id === call['id']);
  if (part?.type !== 'tool-call' || part.signature === undefined || part.origin !== options.origin) return plain;
  return { ...plain, extra_content: { google: { thought_signature: part.signature } } };
}

/** Thoughts go back in the member that the provider reads, sealed where it sealed them; others refuse to see any. */
function encodeThoughts(thoughts: readonly ReasoningPart[], { options, ledger }: RequestDraft): JsonObject {
  if (thoughts.length === 0) return {};
  const details = thoughts.flatMap(({ signature, origin }) => {
    return signature === undefined || origin !== options.origin ? [] : (detailsOfSeal(signature) ?? []);
  });
  const text = thoughts.map((thought) => thought.text).join('');
  const { reasoningMember: member } = options;
  if (member === undefined || (text === '' && details.length === 0)) {
    ledger.dropped('messages.reasoning', 'minor', 'only for the model that made it');
    return {};
  }
  return {
    ...(text === '' ? {} : { [member]: text }),
    ...(details.length === 0 ? {} : { reasoning_details: details.flat() }),
  };
}

/** A single text in its short form, which every service understands. */
function encodeContent(parts: readonly ContentPart[], draft: RequestDraft): JsonObject {
  const content = parts.flatMap((part) => encodePart(part, draft));
  const [first] = content;
  if (first === undefined) return {};
  const onlyText = content.length === 1 && parts.find((part) => part.type === 'text');
  return { content: onlyText ? onlyText.text : content };
}

/** Nothing for parts that are members of the message and not of its content. */
function encodePart(part: ContentPart, draft: RequestDraft): JsonValue[] {
  const { ledger } = draft;
  switch (part.type) {
    case 'text':
      if (part.cache !== undefined) ledger.dropped('messages.cache_control', 'minor');
      return [{ type: 'text', text: part.text }];
    case 'media':
      if (part.cache !== undefined) ledger.dropped('messages.cache_control', 'minor');
      return encodeMedia(part, draft);
    case 'foreign':
      if (part.protocol === 'openai-chat') return [part.value];
      ledger.dropped('messages.content', 'meaning', `a part of ${part.protocol}`);
      return [];
    case 'reasoning':
    case 'refusal':
    case 'tool-call':
    case 'tool-result':
      return [];
    default:
      return part satisfies never;
  }
}

function encodeMedia(part: MediaPart, { ledger }: RequestDraft): JsonObject[] {
  const { modality, source, detail, filename } = part;
  switch (modality) {
    case 'image':
      return [{ type: 'image_url', image_url: { url: urlOf(source), ...(detail === undefined ? {} : { detail }) } }];
    case 'video':
      return [{ type: 'video_url', video_url: { url: urlOf(source) } }];
    case 'audio':
    case 'document':
      if (source.kind === 'inline') return [encodeInline(modality, source, filename)];
      // The router fetches nothing itself, and OpenAI's words have no place for such an address.
      ledger.dropped(`messages.${modality}`, 'meaning', 'only as data and not by its address');
      return [];
    default:
      return modality satisfies never;
  }
}

type InlineSource = Extract<MediaSource, { readonly kind: 'inline' }>;

function encodeInline(modality: 'audio' | 'document', source: InlineSource, filename: string | undefined): JsonObject {
  if (modality === 'audio')
    return { type: 'input_audio', input_audio: { data: source.base64, format: formatOf(source) } };
  return { type: 'file', file: { filename: filename ?? 'document.pdf', file_data: urlOf(source) } };
}

/** `wav` and `mp3` are the words that OpenAI knows. */
function formatOf({ mediaType }: InlineSource): string {
  const format = mediaType.replace(/^audio\//, '').replace(/^x-/, '');
  return format === 'mpeg' ? 'mp3' : format;
}

function urlOf(source: MediaSource): string {
  return source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.base64}`;
}
