import { BEARER, defineProvider } from './spec.ts';

export const huggingface = defineProvider({
  type: 'huggingface',
  title: 'Hugging Face Inference Providers',
  baseUrl: 'https://router.huggingface.co/v1',
  versionPath: '/v1',
  apiKeyEnv: ['HF_TOKEN', 'HUGGINGFACE_API_KEY', 'HUGGINGFACE_HUB_TOKEN'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  streamUsage: 'stream_options',
});
