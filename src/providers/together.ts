import { BEARER, defineProvider } from './spec.ts';

export const together = defineProvider({
  type: 'together',
  title: 'Together AI',
  baseUrl: 'https://api.together.ai/v1',
  versionPath: '/v1',
  apiKeyEnv: ['TOGETHER_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  services: {
    'openai-embeddings': '/embeddings',
    rerank: '/rerank',
    'image-generations': '/images/generations',
    speech: '/audio/speech',
    transcriptions: '/audio/transcriptions',
    translations: '/audio/translations',
    completions: '/completions',
  },
  streamUsage: 'stream_options',
  edits: { rename: { max_completion_tokens: 'max_tokens' } },
});
