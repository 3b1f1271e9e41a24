import { BEARER, defineProvider } from './spec.ts';

export const hyperbolic = defineProvider({
  type: 'hyperbolic',
  title: 'Hyperbolic',
  baseUrl: 'https://api.hyperbolic.xyz/v1',
  versionPath: '/v1',
  apiKeyEnv: ['HYPERBOLIC_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  services: { completions: '/completions' },
  streamUsage: 'stream_options',
});
