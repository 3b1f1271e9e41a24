import type { ContentPart, MediaSource, Modality } from '../../canonical/content.ts';
import { stringifyExact } from '../../lib/exact-json.ts';
import { asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { asList, camelMembers } from './members.ts';
import { decodeSeal } from './seals.ts';

export interface DecodedPart {
  readonly part: ContentPart;
  /** Members of the wire part that the canonical one has no word for. */
  readonly rest: JsonObject;
}

/** Ids of calls and of their results, in the order in which these are met. */
export interface CallIds {
  readonly ofCall: (wireId: string | undefined, name: string) => string;
  readonly ofResult: (wireId: string | undefined, name: string) => string;
}

type Decoder = (value: JsonValue, members: JsonObject, ids: CallIds) => DecodedPart | undefined;

/** Members that say what a part is. https://ai.google.dev/api/caching#Part */
const DECODERS: readonly (readonly [member: string, decode: Decoder])[] = [
  ['functionCall', decodeCall],
  ['functionResponse', decodeResult],
  ['inlineData', decodeInline],
  ['fileData', decodeFile],
  ['text', decodeText],
];

/** A part that is none of those above stays as it is, as a part of this format. */
export function decodePart(wire: JsonValue, ids: CallIds): DecodedPart {
  const members = camelMembers(wire);
  for (const [member, decode] of DECODERS) {
    const value = members[member];
    const decoded = value === undefined ? undefined : decode(value, members, ids);
    if (decoded !== undefined) return decoded;
  }
  return { part: { type: 'foreign', protocol: 'gemini-generate', value: wire }, rest: {} };
}

/** A seal on plain text says nothing that the vendor insists on, and no other format has a place for it. */
function decodeText(value: JsonValue, members: JsonObject): DecodedPart | undefined {
  const { text: _, thought, thoughtSignature, ...rest } = members;
  if (typeof value !== 'string') return undefined;
  if (thought !== true) return { part: { type: 'text', text: value }, rest };
  const seal = asString(thoughtSignature);
  return { part: { type: 'reasoning', text: value, ...(seal === undefined ? {} : decodeSeal(seal)) }, rest };
}

function decodeCall(value: JsonValue, members: JsonObject, ids: CallIds): DecodedPart | undefined {
  const { functionCall: _, thoughtSignature, thought: __, ...rest } = members;
  const { id: wireId, name, args, ...more } = camelMembers(value);
  if (typeof name !== 'string') return undefined;
  const seal = asString(thoughtSignature);
  const { signature, origin } = seal === undefined ? {} : decodeSeal(seal);
  const part: ContentPart = {
    type: 'tool-call',
    id: ids.ofCall(filled(wireId), name),
    name,
    arguments: stringifyExact(args ?? {}),
    ...(signature === undefined ? {} : { signature }),
    ...(origin === undefined ? {} : { origin }),
  };
  return { part, rest: withMore(rest, 'functionCall', more) };
}

function decodeResult(value: JsonValue, members: JsonObject, ids: CallIds): DecodedPart | undefined {
  const { functionResponse: _, thoughtSignature: __, ...rest } = members;
  const { id: wireId, name, response, parts, ...more } = camelMembers(value);
  if (typeof name !== 'string') return undefined;
  const media = asList(parts).map((part) => decodePart(part, ids).part);
  const { words, isError } = decodeResponseWords(response, media.length > 0);
  const part: ContentPart = {
    type: 'tool-result',
    callId: ids.ofResult(filled(wireId), name),
    name,
    content: [...words, ...media],
    ...(isError ? { isError } : {}),
  };
  return { part, rest: withMore(rest, 'functionResponse', more) };
}

/** `output` (older: `result`) and `error` hold what a tool says; any other object is what it says, as JSON. */
function decodeResponseWords(
  response: JsonValue | undefined,
  hasMedia: boolean,
): { words: ContentPart[]; isError: boolean } {
  const members = isJsonObject(response) ? Object.entries(response) : [];
  const [first, second] = members;
  const only = second === undefined ? first : undefined;
  if (only !== undefined && typeof only[1] === 'string' && SAYING.has(only[0])) {
    return { words: [{ type: 'text', text: only[1] }], isError: only[0] === 'error' };
  }
  if (first === undefined && hasMedia) return { words: [], isError: false };
  return { words: [{ type: 'text', text: stringifyExact(response ?? {}) }], isError: only?.[0] === 'error' };
}

const SAYING: ReadonlySet<string> = new Set(['output', 'result', 'error']);

function decodeInline(value: JsonValue, members: JsonObject): DecodedPart | undefined {
  const { inlineData: _, thoughtSignature: __, thought: ___, ...rest } = members;
  const { mimeType, data, displayName, ...more } = camelMembers(value);
  if (typeof data !== 'string') return undefined;
  const mediaType = asString(mimeType) ?? 'application/octet-stream';
  return decodedMedia({ kind: 'inline', mediaType, base64: data }, displayName, withMore(rest, 'inlineData', more));
}

function decodeFile(value: JsonValue, members: JsonObject): DecodedPart | undefined {
  const { fileData: _, thoughtSignature: __, thought: ___, ...rest } = members;
  const { mimeType, fileUri, displayName, ...more } = camelMembers(value);
  if (typeof fileUri !== 'string') return undefined;
  const mediaType = asString(mimeType);
  const source: MediaSource = { kind: 'url', url: fileUri, ...(mediaType === undefined ? {} : { mediaType }) };
  return decodedMedia(source, displayName, withMore(rest, 'fileData', more));
}

function decodedMedia(source: MediaSource, displayName: JsonValue | undefined, rest: JsonObject): DecodedPart {
  const filename = filled(displayName);
  const part: ContentPart = {
    type: 'media',
    modality: modalityOf(source.mediaType),
    source,
    ...(filename === undefined ? {} : { filename }),
  };
  return { part, rest };
}

const MODALITIES: ReadonlyMap<string, Modality> = new Map([
  ['image', 'image'],
  ['audio', 'audio'],
  ['video', 'video'],
]);

/** The only addresses that need no media type are those of films. */
export function modalityOf(mediaType: string | undefined): Modality {
  if (mediaType === undefined) return 'video';
  return MODALITIES.get(mediaType.slice(0, mediaType.indexOf('/')).toLowerCase()) ?? 'document';
}

function withMore(rest: JsonObject, member: string, more: JsonObject): JsonObject {
  return Object.keys(more).length === 0 ? rest : { ...rest, [member]: more };
}

function filled(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
