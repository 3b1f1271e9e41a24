import { BEARER, defineProvider } from './spec.ts';

export const nebius = defineProvider({
  type: 'nebius',
  title: 'Nebius Token Factory',
  baseUrl: 'https://api.tokenfactory.nebius.com/v1',
  versionPath: '/v1',
  apiKeyEnv: ['NEBIUS_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  services: {
    'openai-embeddings': '/embeddings',
    'image-generations': '/images/generations',
    completions: '/completions',
  },
  streamUsage: 'stream_options',
});
