import type { Citation, ContentPart, MediaPart, MediaSource, TextPart } from '../../canonical/content.ts';
import type { LossLedger } from '../../canonical/loss.ts';
import type { JsonObject, JsonValue } from '../../lib/json.ts';
import type { RequestDraft } from '../encode-fields.ts';
import { encodeAnnotation } from '../openai-citations.ts';
import { FORMAT } from './wire.ts';

/** What stands within a message or a result; thoughts, calls and results are items of their own. */
export type InnerPart = Exclude<ContentPart, { readonly type: 'reasoning' | 'tool-call' | 'tool-result' }>;

/** A part of what the user, the system or a tool says. */
export function encodeInputPart(part: InnerPart, draft: RequestDraft): JsonValue[] {
  const { ledger } = draft;
  switch (part.type) {
    case 'text':
      noteCacheMark(part, ledger);
      return [{ type: 'input_text', text: part.text }];
    case 'refusal':
      return [{ type: 'input_text', text: part.text }];
    case 'media':
      noteCacheMark(part, ledger);
      return encodeMedia(part, draft);
    case 'foreign':
      return encodeForeign(part, ledger);
    default:
      return part satisfies never;
  }
}

/** A part of what the assistant said. */
export function encodeOutputPart(part: InnerPart, ledger: LossLedger): JsonValue[] {
  switch (part.type) {
    case 'text':
      noteCacheMark(part, ledger);
      return [encodeSaidText(part, ledger)];
    case 'refusal':
      return [{ type: 'refusal', refusal: part.text }];
    case 'media':
      ledger.dropped(`messages.${part.modality}`, 'meaning', 'not as words of the assistant');
      return [];
    case 'foreign':
      return encodeForeign(part, ledger);
    default:
      return part satisfies never;
  }
}

function encodeSaidText({ text, citations = [] }: TextPart, ledger: LossLedger): JsonObject {
  const annotations = citations
    .map((citation) => encodeCitation(citation, text.length))
    .filter((entry) => entry !== undefined);
  if (annotations.length < citations.length) ledger.dropped('messages.citations', 'minor', 'only of pages');
  return { type: 'output_text', text, ...(annotations.length === 0 ? {} : { annotations }) };
}

/** Undefined for a citation without the address of a page. */
export function encodeCitation(citation: Citation, textLength: number): JsonObject | undefined {
  const { citedText: _, ...known } = citation;
  const nested = encodeAnnotation(known, textLength)?.['url_citation'];
  return nested === undefined ? undefined : { type: 'url_citation', ...(nested as JsonObject) };
}

function noteCacheMark({ cache }: Pick<TextPart, 'cache'>, ledger: LossLedger): void {
  if (cache !== undefined) ledger.approximated('messages.cache_control', 'minor', 'the provider caches by itself');
}

function encodeForeign(part: Extract<ContentPart, { readonly type: 'foreign' }>, ledger: LossLedger): JsonValue[] {
  if (part.protocol === FORMAT) return [part.value];
  ledger.dropped('messages.content', 'meaning', `a part of ${part.protocol}`);
  return [];
}

function encodeMedia(part: MediaPart, { ledger, request }: RequestDraft): JsonObject[] {
  const { modality, source, detail } = part;
  switch (modality) {
    case 'image':
      return [{ type: 'input_image', image_url: urlOf(source), ...(detail === undefined ? {} : { detail }) }];
    case 'document':
      return [{ type: 'input_file', ...encodeFile(part) }];
    case 'audio':
      // OpenAI takes none so far; other services of this format do, and their clients know it.
      if (source.kind === 'inline' && request.extras?.[FORMAT] !== undefined) return [encodeAudio(source)];
      ledger.dropped('messages.audio', 'meaning');
      return [];
    case 'video':
      ledger.dropped('messages.video', 'meaning');
      return [];
    default:
      return modality satisfies never;
  }
}

/** Data needs a name, an address must not have one. */
function encodeFile({ source, filename }: MediaPart): JsonObject {
  if (source.kind === 'url') return { file_url: source.url };
  return { filename: filename ?? 'document.pdf', file_data: urlOf(source) };
}

/** `wav` and `mp3` are the words that the format knows. */
function encodeAudio({ mediaType, base64 }: Extract<MediaSource, { readonly kind: 'inline' }>): JsonObject {
  const format = mediaType.replace(/^audio\/(?:x-)?/, '');
  return { type: 'input_audio', input_audio: { data: base64, format: format === 'mpeg' ? 'mp3' : format } };
}

function urlOf(source: MediaSource): string {
  return source.kind === 'url' ? source.url : `data:${source.mediaType};base64,${source.base64}`;
}
