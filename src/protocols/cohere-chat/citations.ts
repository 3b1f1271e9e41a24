import type { Citation } from '../../canonical/content.ts';
import { asArray, asObject, asString, type JsonObject, type JsonValue } from '../../lib/json.ts';

/** Citations of thoughts and plans have no place elsewhere. */
const OF_TEXT = 'TEXT_CONTENT';

/** One citation for each source; undefined for one that is not of the answer's text. */
export function decodeCitation(value: JsonValue | undefined, text: string): readonly Citation[] {
  const citation = asObject(value);
  if ((citation['type'] ?? OF_TEXT) !== OF_TEXT) return [];
  const range = rangeOf(citation, text);
  const sources = asArray(citation['sources']);
  return sources.length === 0 ? [range] : sources.map((source) => ({ ...decodeSource(asObject(source)), ...range }));
}

interface Range {
  readonly start?: number;
  readonly end?: number;
}

/**
 * Cohere counts characters where we count UTF-16 code units; the cited words say which of the two is right. Without
 * them in their place there is no range: a wrong one is worse than none.
 */
function rangeOf({ start, end, text: cited }: JsonObject, text: string): Range {
  if (typeof start !== 'number' || typeof end !== 'number' || typeof cited !== 'string') return {};
  if (text.slice(start, end) === cited) return { start, end };
  const characters = [...text.slice(0, 2 * end)];
  const from = characters.slice(0, start).join('').length;
  return text.startsWith(cited, from) ? { start: from, end: from + cited.length } : {};
}

/** Members of a document in which its words stand, the likeliest first. */
const WORDS = ['snippet', 'text', 'content'] as const;

function decodeSource(source: JsonObject): Citation {
  const document = asObject(source['document'] ?? source['tool_output']);
  const url = asString(document['url']);
  const title = asString(document['title']) ?? asString(source['id']);
  const citedText = WORDS.map((name) => asString(document[name])).find((words) => words !== undefined);
  return {
    ...(url === undefined ? {} : { url }),
    ...(title === undefined ? {} : { title }),
    ...(citedText === undefined ? {} : { citedText }),
  };
}
