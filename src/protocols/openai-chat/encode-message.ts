import type { ContentPart, MediaSource, Message } from '../../canonical/content.ts';
import { RouterError } from '../../errors/router-error.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';
import { wordsOf } from '../openai-answer.ts';

type ToolResult = Extract<ContentPart, { readonly type: 'tool-result' }>;
type Media = Extract<ContentPart, { readonly type: 'media' }>;

/** One message, and before it one more for each tool result in it, because OpenAI gives every result its own. */
export function encodeMessage(message: Message): JsonObject[] {
  const results = message.content.filter((part) => part.type === 'tool-result');
  const others = message.content.filter((part) => part.type !== 'tool-result');
  const verbatim = {
    ...(message.name === undefined ? {} : { name: message.name }),
    ...message.extras?.['openai-chat'],
  };
  const encoded: JsonObject[] = results.map((result) => ({ ...encodeResult(result), ...verbatim }));
  if (others.length > 0 || results.length === 0) encoded.push({ ...encodeWords(message.role, others), ...verbatim });
  return encoded;
}

function encodeResult(result: ToolResult): JsonObject {
  const { callId, content } = result;
  return { role: 'tool', ...(callId === '' ? {} : { tool_call_id: callId }), ...encodeContent(content) };
}

function encodeWords(role: Message['role'], parts: readonly ContentPart[]): JsonObject {
  const { reasoning, refusal, toolCalls } = wordsOf(parts);
  return {
    role,
    ...encodeContent(parts),
    ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
    ...(refusal === undefined ? {} : { refusal }),
    ...(toolCalls === undefined ? {} : { tool_calls: toolCalls }),
  };
}

/** A single text in its short form, which every service understands. */
function encodeContent(parts: readonly ContentPart[]): JsonObject {
  const content = parts.flatMap(encodePart);
  const [first] = content;
  if (first === undefined) return {};
  const onlyText = content.length === 1 && parts.find((part) => part.type === 'text');
  return { content: onlyText ? onlyText.text : content };
}

/** Nothing for parts that are members of the message and not of its content. */
function encodePart(part: ContentPart): JsonValue[] {
  if (part.type === 'text') return [{ type: 'text', text: part.text }];
  if (part.type === 'media') return [encodeMedia(part)];
  if (part.type === 'foreign') return part.protocol === 'openai-chat' ? [part.value] : [];
  return [];
}

function encodeMedia(part: Media): JsonObject {
  const { modality, source, detail, filename } = part;
  switch (modality) {
    case 'image':
      return { type: 'image_url', image_url: { url: urlOf(source), ...(detail === undefined ? {} : { detail }) } };
    case 'video':
      return { type: 'video_url', video_url: { url: urlOf(source) } };
    case 'audio':
      return { type: 'input_audio', input_audio: encodeAudio(source) };
    case 'document':
      return {
        type: 'file',
        file: { ...(filename === undefined ? {} : { filename }), file_data: inlineUrlOf(source) },
      };
    default:
      return modality satisfies never;
  }
}

function urlOf(source: MediaSource): string {
  return source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.base64}`;
}

function inlineUrlOf(source: MediaSource): string {
  if (source.kind === 'url') throw cannotSend('a document');
  return urlOf(source);
}

function encodeAudio(source: MediaSource): JsonObject {
  if (source.kind === 'url') throw cannotSend('audio');
  return { data: source.base64, format: source.mediaType.replace(/^audio\//, '') };
}

/** The router fetches nothing itself, and OpenAI's words have no place for such an address. */
function cannotSend(what: string): RouterError {
  return new RouterError('model.cannot_serve', {
    publicMessage: `The model takes ${what} only as data in the request, not by its address.`,
  });
}
