import type { MediaPart, MediaSource, Modality } from '../../canonical/content.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import type { JsonObject } from '../../lib/json.ts';

/** Notes what beside the medium itself has no place here. */
export function encodeMedia(part: MediaPart, ledger: LossLedger): JsonObject {
  if (part.detail !== undefined) ledger.dropped('messages.image_url.detail', 'minor');
  if (part.filename !== undefined) ledger.dropped('messages.file.filename', 'minor');
  if (part.cache !== undefined) ledger.dropped('messages.cache_control', 'minor', 'caches by itself');
  return encodeSource(part.source, part.modality);
}

export function encodeSource(source: MediaSource, modality: Modality): JsonObject {
  if (source.kind === 'inline') return { inlineData: { mimeType: source.mediaType, data: source.base64 } };
  const mimeType = source.mediaType ?? guessMediaType(source.url, modality);
  return { fileData: { ...(mimeType === undefined ? {} : { mimeType }), fileUri: source.url } };
}

/** Films of this site need no type. https://ai.google.dev/gemini-api/docs/video-understanding */
const FILM_SITE = /^https?:\/\/(?:www\.)?(?:youtube\.com|youtu\.be)\//i;

const BY_EXTENSION: ReadonlyMap<string, string> = new Map([
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
  ['gif', 'image/gif'],
  ['webp', 'image/webp'],
  ['heic', 'image/heic'],
  ['mp3', 'audio/mp3'],
  ['wav', 'audio/wav'],
  ['flac', 'audio/flac'],
  ['ogg', 'audio/ogg'],
  ['aac', 'audio/aac'],
  ['mp4', 'video/mp4'],
  ['mov', 'video/quicktime'],
  ['webm', 'video/webm'],
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['md', 'text/markdown'],
  ['csv', 'text/csv'],
  ['html', 'text/html'],
]);

const BY_MODALITY: Readonly<Record<Modality, string>> = {
  image: 'image/jpeg',
  audio: 'audio/mp3',
  video: 'video/mp4',
  document: 'application/pdf',
};

/** The vendor wants a type with every address and most clients name none. */
function guessMediaType(url: string, modality: Modality): string | undefined {
  if (FILM_SITE.test(url)) return undefined;
  const extension = /\.([a-z0-9]{2,4})(?:[?#]|$)/i.exec(url)?.[1]?.toLowerCase() ?? '';
  return BY_EXTENSION.get(extension) ?? BY_MODALITY[modality];
}
