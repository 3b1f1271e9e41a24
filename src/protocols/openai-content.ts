import type { CacheMark, ContentPart, MediaSource } from '../canonical/content.ts';
import { asObject, isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts';

export interface DecodedContent {
  readonly parts: readonly ContentPart[];
  /** False where encoding `parts` would not give back what was decoded, so that the original has to be kept beside it. */
  readonly isExact: boolean;
}

type PartDecoder = (part: JsonObject) => DecodedPart | undefined;

interface DecodedPart {
  readonly part: ContentPart;
  readonly isExact: boolean;
}

const NOTHING: DecodedContent = { parts: [], isExact: false };

/** Decodes the `content` of a message: a text, a list of parts, or nothing that the canonical form has a word for. */
export function decodeContent(content: JsonValue | undefined): DecodedContent {
  if (content === undefined) return { parts: [], isExact: true };
  if (typeof content === 'string') return { parts: [{ type: 'text', text: content }], isExact: true };
  if (!Array.isArray(content)) return NOTHING;
  const decoded = content.map(decodePart);
  const parts = decoded.map(({ part }) => part);
  // No parts and a single text are encoded in their short form.
  const hasShortForm = parts.length === 0 || (parts.length === 1 && parts[0]?.type === 'text');
  return { parts, isExact: !hasShortForm && decoded.every((entry) => entry.isExact) };
}

/** Names and shapes: https://platform.openai.com/docs/api-reference/chat/create; `video_url` is vLLM's and Qwen's. */
const DECODERS: ReadonlyMap<string, PartDecoder> = new Map([
  ['text', decodeText],
  ['image_url', decodeImage],
  ['video_url', decodeVideo],
  ['input_audio', decodeAudio],
  ['file', decodeFile],
]);

function decodePart(value: JsonValue): DecodedPart {
  const type = asObject(value)['type'];
  const decode = typeof type === 'string' ? DECODERS.get(type) : undefined;
  const decoded = decode === undefined ? undefined : decode(asObject(value));
  return decoded ?? { part: { type: 'foreign', protocol: 'openai-chat', value }, isExact: true };
}

function decodeText(part: JsonObject): DecodedPart | undefined {
  const { type: _, text, ...rest } = part;
  if (typeof text !== 'string') return undefined;
  return { part: { type: 'text', text, ...cacheOf(part) }, isExact: isEmpty(rest) };
}

/** Anthropic's mark, which services that offer its models in OpenAI's words take too. */
function cacheOf(part: JsonObject): { readonly cache?: CacheMark } {
  const mark = part['cache_control'];
  if (!isJsonObject(mark)) return {};
  return { cache: typeof mark['ttl'] === 'string' ? { ttl: mark['ttl'] } : {} };
}

function decodeImage(part: JsonObject): DecodedPart | undefined {
  const { type: _, image_url: image, ...rest } = part;
  const { url, detail, ...more } = asObject(image);
  const hasDetail = typeof detail === 'string';
  if (typeof url !== 'string' || (detail !== undefined && !hasDetail)) return undefined;
  return {
    part: {
      type: 'media',
      modality: 'image',
      source: decodeUrl(url),
      ...(hasDetail ? { detail } : {}),
      ...cacheOf(part),
    },
    isExact: isEmpty(rest) && isEmpty(more),
  };
}

function decodeVideo(part: JsonObject): DecodedPart | undefined {
  const { type: _, video_url: video, ...rest } = part;
  const { url, ...more } = asObject(video);
  if (typeof url !== 'string') return undefined;
  const source = decodeUrl(url);
  return { part: { type: 'media', modality: 'video', source }, isExact: isEmpty(rest) && isEmpty(more) };
}

function decodeAudio(part: JsonObject): DecodedPart | undefined {
  const { type: _, input_audio: audio, ...rest } = part;
  const { data, format, ...more } = asObject(audio);
  if (typeof data !== 'string' || typeof format !== 'string') return undefined;
  const source: MediaSource = { kind: 'inline', mediaType: `audio/${format}`, base64: data };
  return { part: { type: 'media', modality: 'audio', source }, isExact: isEmpty(rest) && isEmpty(more) };
}

/** Files by id belong to the vendor that stores them, so they stay as they are. */
function decodeFile(part: JsonObject): DecodedPart | undefined {
  const { type: _, file, ...rest } = part;
  const { file_data: data, filename, ...more } = asObject(file);
  const source = typeof data === 'string' ? decodeUrl(data) : undefined;
  const hasName = typeof filename === 'string';
  if (source?.kind !== 'inline' || (filename !== undefined && !hasName)) return undefined;
  return {
    part: { type: 'media', modality: 'document', source, ...(hasName ? { filename } : {}) },
    isExact: hasName && isEmpty(rest) && isEmpty(more),
  };
}

const DATA_URL = /^data:([^;,]+);base64,/;

/** Longest prefix of a data URL that is looked at; the rest is megabytes of base64. */
const MAX_PREFIX_LENGTH = 200;

/** A data URL is data, everything else an address. */
export function decodeUrl(url: string): MediaSource {
  const match = DATA_URL.exec(url.slice(0, MAX_PREFIX_LENGTH));
  if (match?.[1] === undefined) return { kind: 'url', url };
  return { kind: 'inline', mediaType: match[1], base64: url.slice(match[0].length) };
}

function isEmpty(object: JsonObject): boolean {
  return Object.keys(object).length === 0;
}

/** True for an object without other members than these. */
export function hasOnly(value: JsonValue | undefined, names: readonly string[]): value is JsonObject {
  return isJsonObject(value) && Object.keys(value).every((name) => names.includes(name));
}
