import { BEARER, defineProvider } from './spec.ts';

/** The vendor's OpenAI-compatible endpoint; the native v2 chat format will be preferred once it is spoken here. */
export const cohere = defineProvider({
  type: 'cohere',
  title: 'Cohere',
  baseUrl: 'https://api.cohere.ai/compatibility/v1',
  versionPath: '/compatibility/v1',
  apiKeyEnv: ['COHERE_API_KEY', 'CO_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  streamUsage: 'stream_options',
});
