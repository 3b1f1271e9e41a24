import { BEARER, defineProvider } from './spec.ts';

export const baseten = defineProvider({
  type: 'baseten',
  title: 'Baseten',
  baseUrl: 'https://inference.baseten.co/v1',
  versionPath: '/v1',
  apiKeyEnv: ['BASETEN_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  streamUsage: 'stream_options',
});
