import { BEARER, defineProvider } from './spec.ts';

export const openaiCompatible = defineProvider({
  type: 'openai-compatible',
  aliases: ['openai_compatible'],
  title: 'Any OpenAI-compatible server',
  baseUrl: undefined,
  versionPath: '/v1',
  apiKeyEnv: [],
  isKeyOptional: true,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  streamUsage: 'stream_options',
});
