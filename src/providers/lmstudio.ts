import { BEARER, defineProvider } from './spec.ts';

export const lmstudio = defineProvider({
  type: 'lmstudio',
  title: 'LM Studio',
  baseUrl: 'http://localhost:1234/v1',
  versionPath: '/v1',
  apiKeyEnv: ['LMSTUDIO_API_KEY'],
  isKeyOptional: true,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  services: { 'openai-embeddings': '/embeddings', completions: '/completions' },
  streamUsage: 'stream_options',
  edits: { rename: { max_completion_tokens: 'max_tokens' } },
});
