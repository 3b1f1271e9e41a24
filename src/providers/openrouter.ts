import { BEARER, defineProvider } from './spec.ts';

export const openrouter = defineProvider({
  type: 'openrouter',
  title: 'OpenRouter',
  baseUrl: 'https://openrouter.ai/api/v1',
  versionPath: '/api/v1',
  apiKeyEnv: ['OPENROUTER_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  services: { 'openai-embeddings': '/embeddings', completions: '/completions' },
  reasoningMember: 'reasoning',
  streamUsage: 'stream_options',
});
