import { BEARER, defineProvider } from './spec.ts';

export const aihubmix = defineProvider({
  type: 'aihubmix',
  title: 'AIHubMix',
  baseUrl: 'https://aihubmix.com/v1',
  versionPath: '/v1',
  apiKeyEnv: ['AIHUBMIX_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  services: {
    'openai-embeddings': '/embeddings',
    rerank: '/rerank',
    moderations: '/moderations',
    'image-generations': '/images/generations',
    'image-edits': '/images/edits',
    speech: '/audio/speech',
    transcriptions: '/audio/transcriptions',
    translations: '/audio/translations',
    completions: '/completions',
  },
  streamUsage: 'stream_options',
});
