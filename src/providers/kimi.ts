import { BEARER, defineProvider } from './spec.ts';

export const kimi = defineProvider({
  type: 'kimi',
  aliases: ['moonshot'],
  title: 'Moonshot Kimi',
  // Keys belong to one of the two hosts; those of the global one need `base_url = "https://api.moonshot.ai/v1"`.
  baseUrl: 'https://api.moonshot.cn/v1',
  versionPath: '/v1',
  apiKeyEnv: ['MOONSHOT_API_KEY', 'KIMI_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  reasoningMember: 'reasoning_content',
  streamUsage: 'stream_options',
  edits: { rename: { max_completion_tokens: 'max_tokens' } },
});
