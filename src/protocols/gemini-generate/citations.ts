import type { Citation } from '../../canonical/content.ts';
import { asString, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { byteOffsetOf, indexOfByte } from './byte-offsets.ts';
import { asList, asNumber, camelMembers } from './members.ts';

/** More than any answer has; bounds the work for an odd one. */
const MAX_CITATIONS = 1000;

/**
 * What a candidate says about its sources, with ranges within `text`, which is all the text of its answer.
 * https://ai.google.dev/api/generate-content#GroundingMetadata
 */
export function decodeCitations(candidate: JsonObject, text: string): readonly Citation[] {
  const grounded = decodeGrounding(camelMembers(candidate['groundingMetadata']), text);
  const cited = asList(camelMembers(candidate['citationMetadata'])['citations']);
  const others = cited.map((citation) => decodeCited(camelMembers(citation), text));
  return [...grounded, ...others].slice(0, MAX_CITATIONS);
}

function decodeGrounding({ groundingChunks, groundingSupports }: JsonObject, text: string): Citation[] {
  const chunks = asList(groundingChunks).map(decodeChunk);
  const supports = asList(groundingSupports);
  if (supports.length === 0) return chunks;
  return supports.slice(0, MAX_CITATIONS).flatMap((support) => {
    const { segment, groundingChunkIndices } = camelMembers(support);
    const range = decodeSegment(camelMembers(segment), text);
    const indices = asList(groundingChunkIndices).slice(0, MAX_CITATIONS);
    return indices.flatMap((index) => {
      const chunk = typeof index === 'number' ? chunks[index] : undefined;
      return chunk === undefined ? [] : [{ ...chunk, ...range }];
    });
  });
}

/** A page of the web, a document or a place: whichever it is, it has an address and a title. */
function decodeChunk(chunk: JsonValue): Citation {
  const { web, retrievedContext, maps, image } = camelMembers(chunk);
  const source = camelMembers(web ?? retrievedContext ?? maps ?? image);
  const url = asString(source['uri'] ?? source['sourceUri']);
  const title = asString(source['title']);
  const words = asString(source['text']);
  return {
    ...(url === undefined ? {} : { url }),
    ...(title === undefined ? {} : { title }),
    ...(words === undefined ? {} : { citedText: words }),
  };
}

function decodeCited({ uri, title, startIndex, endIndex }: JsonObject, text: string): Citation {
  const url = asString(uri);
  const name = asString(title);
  return {
    ...(url === undefined ? {} : { url }),
    ...(name === undefined ? {} : { title: name }),
    ...decodeSegment(
      { ...(startIndex === undefined ? {} : { startIndex }), ...(endIndex === undefined ? {} : { endIndex }) },
      text,
    ),
  };
}

type Range = Pick<Citation, 'start' | 'end'>;

/** Bytes to code units. Where the words of the segment stand elsewhere, they are right and the numbers are not. */
function decodeSegment({ startIndex, endIndex, text: words }: JsonObject, text: string): Range {
  const end = asNumber(endIndex);
  const from = indexOfByte(text, asNumber(startIndex) ?? 0);
  const to = end === undefined ? undefined : indexOfByte(text, end);
  const hasRange = from !== undefined && to !== undefined;
  if (typeof words !== 'string' || words === '') return hasRange ? { start: from, end: to } : {};
  if (hasRange && text.slice(from, to) === words) return { start: from, end: to };
  const at = text.indexOf(words);
  return at === -1 ? {} : { start: at, end: at + words.length };
}

/** A citation and the place of its text in the whole answer. */
export interface PlacedCitation {
  readonly citation: Citation;
  /** UTF-16 code units of the answer's text before the part that the citation belongs to. */
  readonly offset: number;
}

/** `text`: all the text of the answer. */
export function encodeGrounding(placed: readonly PlacedCitation[], text: string): JsonObject {
  const groundingChunks = placed.map(({ citation }) => encodeChunk(citation));
  const groundingSupports = placed.flatMap(({ citation, offset }, index) => {
    const { start, end } = citation;
    if (start === undefined || end === undefined) return [];
    return [{ segment: encodeSegment(text, offset + start, offset + end), groundingChunkIndices: [index] }];
  });
  return { groundingChunks, ...(groundingSupports.length === 0 ? {} : { groundingSupports }) };
}

/** The vendor's SDKs want an address with every page, and have no place for its words. */
function encodeChunk({ url, title, citedText }: Citation): JsonObject {
  const named = { ...(title === undefined ? {} : { title }) };
  const isPage = url !== undefined && /^https?:/.test(url);
  if (citedText === undefined || isPage) return { web: { uri: url ?? '', ...named } };
  return { retrievedContext: { ...(url === undefined ? {} : { uri: url }), ...named, text: citedText } };
}

function encodeSegment(text: string, start: number, end: number): JsonObject {
  return { startIndex: byteOffsetOf(text, start), endIndex: byteOffsetOf(text, end), text: text.slice(start, end) };
}
