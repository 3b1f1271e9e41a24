import { BEARER, defineProvider } from './spec.ts';

export const siliconflow = defineProvider({
  type: 'siliconflow',
  title: 'SiliconFlow',
  baseUrl: 'https://api.siliconflow.cn/v1',
  versionPath: '/v1',
  apiKeyEnv: ['SILICONFLOW_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  services: {
    'openai-embeddings': '/embeddings',
    rerank: '/rerank',
    'image-generations': '/images/generations',
    speech: '/audio/speech',
    transcriptions: '/audio/transcriptions',
  },
  reasoningMember: 'reasoning_content',
  streamUsage: 'stream_options',
  edits: { rename: { max_completion_tokens: 'max_tokens' } },
});
