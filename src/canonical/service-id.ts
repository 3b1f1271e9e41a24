/** What providers offer beside chat, by the wire format of each endpoint. */
export const SERVICES = [
  'openai-embeddings',
  'gemini-embed',
  'ollama-embed',
  'cohere-embed',
  'rerank',
  'moderations',
  'image-generations',
  'image-edits',
  'speech',
  'transcriptions',
  'translations',
  'completions',
] as const;

export type ServiceId = (typeof SERVICES)[number];
