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
  streamUsage: 'stream_options',
  edits: { rename: { max_completion_tokens: 'max_tokens' } },
});
