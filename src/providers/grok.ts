import { BEARER, defineProvider } from './spec.ts';

export const grok = defineProvider({
  type: 'grok',
  aliases: ['xai'],
  title: 'xAI Grok',
  baseUrl: 'https://api.x.ai/v1',
  versionPath: '/v1',
  apiKeyEnv: ['XAI_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  vendorChat: { 'openai-responses': '/responses' },
  services: { 'image-generations': '/images/generations' },
  reasoningModels: { refuses: ['frequency_penalty', 'presence_penalty', 'stop'] },
  streamUsage: 'stream_options',
});
