import { BEARER, defineProvider } from './spec.ts';

export const openaiCompatible = defineProvider({
  type: 'openai-compatible',
  aliases: ['openai_compatible'],
  title: 'Any OpenAI-compatible server',
  baseUrl: undefined,
  versionPath: '/v1',
  apiKeyEnv: [],
  isKeyOptional: true,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  services: {
    'openai-embeddings': '/embeddings',
    moderations: '/moderations',
    'image-generations': '/images/generations',
    'image-edits': '/images/edits',
    speech: '/audio/speech',
    transcriptions: '/audio/transcriptions',
    translations: '/audio/translations',
    completions: '/completions',
    rerank: '/rerank',
  },
  streamUsage: 'stream_options',
});
