import { BEARER, defineProvider } from './spec.ts';

export const cohere = defineProvider({
  type: 'cohere',
  title: 'Cohere',
  baseUrl: 'https://api.cohere.com/v2',
  versionPath: '/v2',
  // The endpoint in OpenAI's words, which older files name.
  twinPath: '/compatibility/v1',
  apiKeyEnv: ['COHERE_API_KEY', 'CO_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'cohere-chat': '/chat' },
  services: { 'cohere-embed': '/embed', rerank: '/rerank' },
  streamUsage: 'always',
});
