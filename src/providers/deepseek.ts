import { BEARER, defineProvider } from './spec.ts';

export const deepseek = defineProvider({
  type: 'deepseek',
  title: 'DeepSeek',
  baseUrl: 'https://api.deepseek.com/v1',
  versionPath: '/v1',
  apiKeyEnv: ['DEEPSEEK_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  reasoningMember: 'reasoning_content',
  streamUsage: 'stream_options',
  edits: { rename: { max_completion_tokens: 'max_tokens' } },
});
