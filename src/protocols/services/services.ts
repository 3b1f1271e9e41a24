import { CHARACTERS_PER_TOKEN } from '../../canonical/needs.ts';
import { asArray, asObject, asString, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { optionalText, wrongField } from '../openai-checks.ts';
import type { Delivery, Service } from './service.ts';

const JSON_TYPE = 'application/json';

const BASE = {
  takesForm: false,
  ownMembers: [],
  answersText: false,
  isTextPriced: false,
  deliveryOf: (): Delivery => 'whole',
  contentTypeOf: (): string => JSON_TYPE,
} as const;

const deliveredAsAsked = (body: JsonObject): Delivery => (body['stream'] === true ? 'events' : 'whole');

/** `POST /v1/rerank`: https://docs.cohere.com/reference/rerank; Jina, SiliconFlow, Together and vLLM take the same. */
export const rerank: Service = {
  ...BASE,
  id: 'rerank',
  ability: 'rerank',
  endpoint: '/v1/rerank',
  ownMembers: ['query'],
  isTextPriced: true,
  textLengthOf: (body) => {
    const { query, documents } = body;
    if (typeof query !== 'string') throw wrongField('query', 'a string', query);
    if (!Array.isArray(documents) || documents.length === 0)
      throw wrongField('documents', 'a non-empty list', documents);
    return query.length + lengthOfTexts(documents);
  },
};

/** `POST /v1/moderations`: https://platform.openai.com/docs/api-reference/moderations/create */
export const moderations: Service = {
  ...BASE,
  id: 'moderations',
  ability: 'moderation',
  endpoint: '/v1/moderations',
  textLengthOf: ({ input }) => {
    if (typeof input !== 'string' && !Array.isArray(input)) throw wrongField('input', 'a string or a list', input);
    return lengthOfTexts(typeof input === 'string' ? [input] : input);
  },
};

/** `POST /v1/images/generations`: https://platform.openai.com/docs/api-reference/images/create */
export const imageGenerations: Service = {
  ...BASE,
  id: 'image-generations',
  ability: 'image_generation',
  endpoint: '/v1/images/generations',
  textLengthOf: ({ prompt }) => requiredText(prompt, 'prompt').length,
  deliveryOf: deliveredAsAsked,
};

/** `POST /v1/images/edits`: https://platform.openai.com/docs/api-reference/images/createEdit */
export const imageEdits: Service = {
  ...BASE,
  id: 'image-edits',
  ability: 'image_generation',
  endpoint: '/v1/images/edits',
  takesForm: true,
  textLengthOf: ({ prompt }) => optionalText(prompt, 'prompt')?.length ?? 0,
  deliveryOf: deliveredAsAsked,
};

const AUDIO_TYPES: Readonly<Record<string, string>> = {
  mp3: 'audio/mpeg',
  opus: 'audio/ogg',
  aac: 'audio/aac',
  flac: 'audio/flac',
  wav: 'audio/wav',
  pcm: 'audio/pcm',
};

/** `POST /v1/audio/speech`: https://platform.openai.com/docs/api-reference/audio/createSpeech */
export const speech: Service = {
  ...BASE,
  id: 'speech',
  ability: 'speech',
  endpoint: '/v1/audio/speech',
  isTextPriced: true,
  textLengthOf: ({ input }) => requiredText(input, 'input').length,
  deliveryOf: ({ stream_format: format }) => (format === 'sse' ? 'events' : 'bytes'),
  contentTypeOf: ({ response_format: format }) => AUDIO_TYPES[asString(format) ?? 'mp3'] ?? 'application/octet-stream',
};

/** Formats of transcriptions that are no JSON, and so cannot be streamed as events. */
const TEXT_TYPES: Readonly<Record<string, string>> = {
  text: 'text/plain; charset=utf-8',
  srt: 'application/x-subrip',
  vtt: 'text/vtt',
};

const transcriptType = ({ response_format: format }: JsonObject): string =>
  TEXT_TYPES[asString(format) ?? ''] ?? JSON_TYPE;

const AUDIO_TEXT = {
  ...BASE,
  ability: 'transcription',
  takesForm: true,
  answersText: true,
  textLengthOf: ({ prompt }: JsonObject): number => optionalText(prompt, 'prompt')?.length ?? 0,
  contentTypeOf: transcriptType,
} as const;

/** `POST /v1/audio/transcriptions`: https://platform.openai.com/docs/api-reference/audio/createTranscription */
export const transcriptions: Service = {
  ...AUDIO_TEXT,
  id: 'transcriptions',
  endpoint: '/v1/audio/transcriptions',
  deliveryOf: (body) => (transcriptType(body) === JSON_TYPE ? deliveredAsAsked(body) : 'whole'),
};

/** `POST /v1/audio/translations`: https://platform.openai.com/docs/api-reference/audio/createTranslation */
export const translations: Service = { ...AUDIO_TEXT, id: 'translations', endpoint: '/v1/audio/translations' };

/** `POST /v1/completions`: https://platform.openai.com/docs/api-reference/completions/create */
export const completions: Service = {
  ...BASE,
  id: 'completions',
  ability: 'completion',
  endpoint: '/v1/completions',
  textLengthOf: ({ prompt, suffix }) => {
    const isPrompt = typeof prompt === 'string' || (Array.isArray(prompt) && prompt.length > 0);
    if (!isPrompt) throw wrongField('prompt', 'a string, a list of strings, or lists of tokens', prompt);
    return lengthOfTexts([prompt, suffix ?? '']);
  },
  deliveryOf: deliveredAsAsked,
};

function requiredText(value: JsonValue | undefined, param: string): string {
  if (typeof value !== 'string' || value === '') throw wrongField(param, 'a string that is not empty', value);
  return value;
}

/** Texts of a list, alone, in lists of their own, or as members of objects. Numbers are tokens. */
function lengthOfTexts(items: readonly JsonValue[]): number {
  let length = 0;
  for (const item of items) {
    if (typeof item === 'string') length += item.length;
    else if (typeof item === 'number') length += CHARACTERS_PER_TOKEN;
    else if (Array.isArray(item)) length += lengthOfTexts(asArray(item));
    else length += asString(asObject(item)['text'])?.length ?? 0;
  }
  return length;
}
