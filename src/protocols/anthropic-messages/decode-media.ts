import type { MediaPart, MediaSource } from '../../canonical/content.ts';
import { asObject, type JsonObject, type JsonValue } from '../../lib/json.ts';

/** Undefined for a source that belongs to the vendor (a file by its id) or is made of further blocks. */
export function decodeImage(block: JsonObject): MediaPart | undefined {
  const source = decodeSource(block['source']);
  return source === undefined ? undefined : { type: 'media', modality: 'image', source };
}

export function decodeDocument(block: JsonObject): MediaPart | undefined {
  const source = decodeSource(block['source']);
  const title = block['title'];
  if (source === undefined) return undefined;
  return { type: 'media', modality: 'document', source, ...(typeof title === 'string' ? { filename: title } : {}) };
}

function decodeSource(value: JsonValue | undefined): MediaSource | undefined {
  const { type, media_type: mediaType, data, url } = asObject(value);
  if (type === 'url' && typeof url === 'string') return { kind: 'url', url };
  if (typeof data !== 'string' || typeof mediaType !== 'string') return undefined;
  if (type === 'base64') return { kind: 'inline', mediaType, base64: data };
  if (type === 'text') return { kind: 'inline', mediaType, base64: Buffer.from(data).toString('base64') };
  return undefined;
}
