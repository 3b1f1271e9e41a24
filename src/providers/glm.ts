import { BEARER, defineProvider } from './spec.ts';

export const glm = defineProvider({
  type: 'glm',
  aliases: ['zhipu'],
  title: 'Zhipu GLM',
  // The global host is `https://api.z.ai/api/paas/v4`, the coding plan's `https://api.z.ai/api/coding/paas/v4`.
  baseUrl: 'https://open.bigmodel.cn/api/paas/v4',
  versionPath: '/api/paas/v4',
  apiKeyEnv: ['ZHIPUAI_API_KEY', 'ZAI_API_KEY', 'GLM_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  services: {
    'openai-embeddings': '/embeddings',
    rerank: '/rerank',
    moderations: '/moderations',
    'image-generations': '/images/generations',
    speech: '/audio/speech',
    transcriptions: '/audio/transcriptions',
  },
  reasoningMember: 'reasoning_content',
  streamUsage: 'always',
  edits: {
    drop: ['frequency_penalty', 'presence_penalty', 'stream_options'],
    rename: { max_completion_tokens: 'max_tokens' },
  },
});
