import { BEARER, defineProvider } from './spec.ts';

export const llamacpp = defineProvider({
  type: 'llamacpp',
  title: 'llama.cpp server',
  baseUrl: 'http://localhost:8080/v1',
  versionPath: '/v1',
  apiKeyEnv: ['LLAMA_API_KEY'],
  isKeyOptional: true,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  services: { 'openai-embeddings': '/embeddings', rerank: '/rerank', completions: '/completions' },
  streamUsage: 'stream_options',
  edits: { rename: { max_completion_tokens: 'max_tokens' } },
});
