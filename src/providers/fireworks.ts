import { BEARER, defineProvider } from './spec.ts';

export const fireworks = defineProvider({
  type: 'fireworks',
  title: 'Fireworks AI',
  baseUrl: 'https://api.fireworks.ai/inference/v1',
  versionPath: '/inference/v1',
  apiKeyEnv: ['FIREWORKS_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  services: { 'openai-embeddings': '/embeddings', completions: '/completions' },
  streamUsage: 'stream_options',
});
