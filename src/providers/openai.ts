import { BEARER, defineProvider } from './spec.ts';

export const openai = defineProvider({
  type: 'openai',
  title: 'OpenAI',
  baseUrl: 'https://api.openai.com/v1',
  versionPath: '/v1',
  apiKeyEnv: ['OPENAI_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  streamUsage: 'stream_options',
});
