import { BEARER, defineProvider } from './spec.ts';

export const qwen = defineProvider({
  type: 'qwen',
  aliases: ['dashscope'],
  title: 'Alibaba Qwen (DashScope)',
  // Keys belong to one region; others have their own hosts, such as `dashscope-intl.aliyuncs.com`.
  baseUrl: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
  versionPath: '/compatible-mode/v1',
  apiKeyEnv: ['DASHSCOPE_API_KEY', 'ALIBABA_API_KEY', 'QWEN_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  services: { 'openai-embeddings': '/embeddings' },
  // Its documentation knows no other encoding.
  vectorEncoding: 'float',
  reasoningMember: 'reasoning_content',
  streamUsage: 'stream_options',
  edits: { rename: { max_completion_tokens: 'max_tokens' } },
});
