import type { CacheMark, ContentPart, MediaSource, TextPart } from '../../canonical/content.ts';
import { asArray, asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { decodeAnnotations } from '../openai-citations.ts';
import { decodeUrl } from '../openai-content.ts';
import { FORMAT } from './wire.ts';

/** Content of a message or of a tool's result: a text or a list of parts. */
export function decodeParts(content: JsonValue | undefined): ContentPart[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }];
  return asArray(content).map(decodePart);
}

type PartDecoder = (part: JsonObject) => ContentPart | undefined;

const DECODERS: ReadonlyMap<unknown, PartDecoder> = new Map<unknown, PartDecoder>([
  ['input_text', decodeText],
  ['output_text', decodeText],
  ['text', decodeText],
  ['refusal', decodeRefusal],
  ['input_image', decodeImage],
  ['input_file', decodeFile],
  ['input_audio', decodeAudio],
]);

/** Parts that hold the id of a stored file belong to the vendor that stores it, so they stay as they are. */
function decodePart(value: JsonValue): ContentPart {
  const part = asObject(value);
  return DECODERS.get(part['type'])?.(part) ?? { type: 'foreign', protocol: FORMAT, value };
}

export function decodeText(part: JsonObject): TextPart | undefined {
  const text = asString(part['text']);
  if (text === undefined) return undefined;
  const citations = decodeCitations(part['annotations']);
  return { type: 'text', text, ...(citations.length === 0 ? {} : { citations }), ...cacheOf(part) };
}

/** Citations of pages; those of stored files have no address and mean nothing outside of their vendor. */
export function decodeCitations(annotations: JsonValue | undefined): NonNullable<TextPart['citations']> {
  return decodeAnnotations(asArray(annotations).map((annotation) => ({ url_citation: annotation })));
}

function cacheOf(part: JsonObject): { readonly cache?: CacheMark } {
  const mark = part['prompt_cache_breakpoint'];
  if (!isJsonObject(mark)) return {};
  const ttl = asString(mark['ttl']);
  return { cache: ttl === undefined ? {} : { ttl } };
}

export function decodeRefusal(part: JsonObject): ContentPart | undefined {
  const text = asString(part['refusal']);
  return text === undefined ? undefined : { type: 'refusal', text };
}

function decodeImage(part: JsonObject): ContentPart | undefined {
  const url = asString(part['image_url']);
  if (url === undefined) return undefined;
  const detail = asString(part['detail']);
  const source = decodeUrl(url);
  return { type: 'media', modality: 'image', source, ...(detail === undefined ? {} : { detail }), ...cacheOf(part) };
}

function decodeFile(part: JsonObject): ContentPart | undefined {
  const source = sourceOfFile(part);
  if (source === undefined) return undefined;
  const filename = asString(part['filename']);
  return {
    type: 'media',
    modality: 'document',
    source,
    ...(filename === undefined ? {} : { filename }),
    ...cacheOf(part),
  };
}

/** Data without a `data:` before it is base64 of what nearly every such file is. */
function sourceOfFile({ file_data: data, file_url: url }: JsonObject): MediaSource | undefined {
  if (typeof url === 'string') return decodeUrl(url);
  if (typeof data !== 'string') return undefined;
  const source = decodeUrl(data);
  return source.kind === 'inline' ? source : { kind: 'inline', mediaType: 'application/pdf', base64: data };
}

function decodeAudio(part: JsonObject): ContentPart | undefined {
  const { data, format } = asObject(part['input_audio']);
  if (typeof data !== 'string' || typeof format !== 'string') return undefined;
  return { type: 'media', modality: 'audio', source: { kind: 'inline', mediaType: `audio/${format}`, base64: data } };
}
