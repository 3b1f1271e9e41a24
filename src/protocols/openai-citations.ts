import type { Citation } from '../canonical/content.ts';
import { asArray, asObject, asString, type JsonObject, type JsonValue } from '../lib/json.ts';

/** Reads `annotations` of a message: https://platform.openai.com/docs/api-reference/chat/object */
export function decodeAnnotations(value: JsonValue | undefined): Citation[] {
  return asArray(value).flatMap((entry) => {
    const annotation = asObject(entry);
    const url = asString(asObject(annotation['url_citation'])['url']);
    return url === undefined ? [] : [decodeUrlCitation(asObject(annotation['url_citation']), url)];
  });
}

function decodeUrlCitation(citation: JsonObject, url: string): Citation {
  const title = asString(citation['title']);
  const citedText = asString(citation['content']);
  const { start_index: start, end_index: end } = citation;
  return {
    url,
    ...(title === undefined ? {} : { title }),
    ...(citedText === undefined ? {} : { citedText }),
    ...(typeof start === 'number' ? { start } : {}),
    ...(typeof end === 'number' ? { end } : {}),
  };
}

/** OpenAI only knows citations of web pages; undefined for one without an address. */
export function encodeAnnotation(citation: Citation, textLength: number): JsonObject | undefined {
  const { url, title, start, end, citedText } = citation;
  if (url === undefined) return undefined;
  return {
    type: 'url_citation',
    url_citation: {
      url,
      title: title ?? url,
      start_index: start ?? 0,
      end_index: end ?? textLength,
      ...(citedText === undefined ? {} : { content: citedText }),
    },
  };
}
