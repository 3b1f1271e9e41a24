import { BEARER, defineProvider } from './spec.ts';

export const aihubmix = defineProvider({
  type: 'aihubmix',
  title: 'AIHubMix',
  baseUrl: 'https://aihubmix.com/v1',
  versionPath: '/v1',
  apiKeyEnv: ['AIHUBMIX_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  streamUsage: 'stream_options',
});
