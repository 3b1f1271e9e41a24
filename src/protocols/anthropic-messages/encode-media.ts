import type { MediaPart, MediaSource } from '../../canonical/content.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import type { JsonObject } from '../../lib/json.ts';

/** Undefined, and noted as lost, for what the format has no block for. */
export function encodeMedia(part: MediaPart, ledger: LossLedger): JsonObject | undefined {
  const { modality, detail } = part;
  switch (modality) {
    case 'image':
      if (detail !== undefined && detail !== 'auto') ledger.dropped('messages.image.detail', 'minor');
      return encodeImage(part, ledger);
    case 'document':
      return encodeDocument(part, ledger);
    case 'audio':
    case 'video':
      ledger.dropped(`messages.${modality}`, 'meaning');
      return undefined;
    default:
      return modality satisfies never;
  }
}

/** https://platform.claude.com/docs/en/build-with-claude/vision */
function encodeImage({ source }: MediaPart, ledger: LossLedger): JsonObject | undefined {
  const encoded = source.kind === 'url' ? encodeUrl(source.url) : encodeBase64(source);
  if (encoded !== undefined) return { type: 'image', source: encoded };
  ledger.dropped('messages.image', 'meaning', 'only web addresses');
  return undefined;
}

/** https://platform.claude.com/docs/en/build-with-claude/pdf-support */
function encodeDocument({ source, filename }: MediaPart, ledger: LossLedger): JsonObject | undefined {
  const encoded = source.kind === 'url' ? encodeUrl(source.url) : encodeFile(source);
  if (encoded !== undefined) {
    return { type: 'document', source: encoded, ...(filename === undefined ? {} : { title: filename }) };
  }
  ledger.dropped('messages.document', 'meaning', 'only PDF and plain text');
  return undefined;
}

type InlineSource = Extract<MediaSource, { readonly kind: 'inline' }>;

function encodeFile(source: InlineSource): JsonObject | undefined {
  const { mediaType } = source;
  if (mediaType === 'application/pdf') return encodeBase64(source);
  const isText = mediaType.startsWith('text/') || mediaType === 'application/json';
  if (!isText) return undefined;
  return { type: 'text', media_type: 'text/plain', data: Buffer.from(source.base64, 'base64').toString() };
}

function encodeBase64({ mediaType, base64 }: InlineSource): JsonObject {
  return { type: 'base64', media_type: mediaType, data: base64 };
}

const WEB_ADDRESS = /^https?:/i;

function encodeUrl(url: string): JsonObject | undefined {
  return WEB_ADDRESS.test(url) ? { type: 'url', url } : undefined;
}
