import type { Citation } from '../../canonical/content.ts';
import { asArray, asObject, asString, type JsonObject, type JsonValue } from '../../lib/json.ts';

const WEB_ADDRESS = /^https?:\/\//i;

/**
 * `citations` of a text block: https://platform.claude.com/docs/en/build-with-claude/citations. A citation is about its
 * whole block; places within the source (pages, characters, blocks) have no word in the canonical form.
 */
export function decodeCitations(value: JsonValue | undefined): Citation[] {
  return asArray(value).map((entry) => decodeCitation(asObject(entry)));
}

export function decodeCitation(value: JsonObject): Citation {
  const source = asString(value['source']);
  const url = asString(value['url']) ?? (source !== undefined && WEB_ADDRESS.test(source) ? source : undefined);
  const title = asString(value['title']) ?? asString(value['document_title']) ?? source;
  const citedText = asString(value['cited_text']);
  return {
    ...(url === undefined ? {} : { url }),
    ...(title === undefined ? {} : { title }),
    ...(citedText === undefined ? {} : { citedText }),
  };
}

/** A web page where the citation has an address, words of a document otherwise. */
export function encodeCitation({ url, title, citedText }: Citation): JsonObject {
  const words = { cited_text: citedText ?? '' };
  if (url !== undefined) {
    return { type: 'web_search_result_location', ...words, encrypted_index: '', title: title ?? null, url };
  }
  return {
    type: 'char_location',
    ...words,
    document_index: 0,
    document_title: title ?? null,
    start_char_index: 0,
    end_char_index: citedText?.length ?? 0,
    file_id: null,
  };
}
