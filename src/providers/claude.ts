import { BEARER, defineProvider } from './spec.ts';

/**
 * The vendor's OpenAI-compatible endpoint, which ignores what it does not know; its own Messages format, which also
 * carries thinking and prompt caching, will be preferred once it is spoken here.
 */
export const claude = defineProvider({
  type: 'claude',
  aliases: ['anthropic'],
  title: 'Anthropic Claude',
  baseUrl: 'https://api.anthropic.com/v1',
  versionPath: '/v1',
  apiKeyEnv: ['ANTHROPIC_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  streamUsage: 'stream_options',
});
