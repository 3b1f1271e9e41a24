import { cohereEmbedUpstream } from './cohere-embed.ts';
import type { EmbedUpstream } from './embed-format.ts';
import { geminiEmbedUpstream } from './gemini-embed.ts';
import { ollamaEmbedUpstream } from './ollama-embed.ts';
import { openAiEmbeddingsUpstream } from './openai-embeddings.ts';

/** Every format that providers embed in. */
export const EMBED_UPSTREAMS: readonly EmbedUpstream[] = [
  openAiEmbeddingsUpstream,
  geminiEmbedUpstream,
  ollamaEmbedUpstream,
  cohereEmbedUpstream,
];
