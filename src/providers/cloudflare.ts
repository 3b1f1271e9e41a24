import { BEARER, defineProvider } from './spec.ts';

export const cloudflare = defineProvider({
  type: 'cloudflare',
  title: 'Cloudflare Workers AI',
  baseUrl: 'https://api.cloudflare.com/client/v4/accounts/{account_id}/ai/v1',
  versionPath: '/ai/v1',
  apiKeyEnv: ['CLOUDFLARE_API_TOKEN', 'CLOUDFLARE_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  services: { 'openai-embeddings': '/embeddings' },
  streamUsage: 'stream_options',
  edits: { rename: { max_completion_tokens: 'max_tokens' } },
  baseUrlEnv: { account_id: 'CLOUDFLARE_ACCOUNT_ID' },
});
