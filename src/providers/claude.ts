import { defineProvider } from './spec.ts';

export const claude = defineProvider({
  type: 'claude',
  aliases: ['anthropic'],
  title: 'Anthropic Claude',
  baseUrl: 'https://api.anthropic.com/v1',
  versionPath: '/v1',
  apiKeyEnv: ['ANTHROPIC_API_KEY'],
  isKeyOptional: false,
  auth: { kind: 'header', header: 'x-api-key', prefix: '' },
  chat: { 'anthropic-messages': '/messages' },
  tokenCountPath: '/messages/count_tokens',
  streamUsage: 'always',
  headers: { 'anthropic-version': '2023-06-01' },
});
