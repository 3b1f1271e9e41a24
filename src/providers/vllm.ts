import { BEARER, defineProvider } from './spec.ts';

export const vllm = defineProvider({
  type: 'vllm',
  title: 'vLLM',
  // Its customary `http://localhost:8000/v1` is also where this router listens, so it has to be named.
  baseUrl: undefined,
  versionPath: '/v1',
  apiKeyEnv: ['VLLM_API_KEY'],
  isKeyOptional: true,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  services: {
    'openai-embeddings': '/embeddings',
    rerank: '/rerank',
    transcriptions: '/audio/transcriptions',
    translations: '/audio/translations',
    completions: '/completions',
  },
  streamUsage: 'stream_options',
});
