import { BEARER, defineProvider } from './spec.ts';

export const cerebras = defineProvider({
  type: 'cerebras',
  title: 'Cerebras',
  baseUrl: 'https://api.cerebras.ai/v1',
  versionPath: '/v1',
  apiKeyEnv: ['CEREBRAS_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  services: { completions: '/completions' },
  refusesThoughts: true,
  streamUsage: 'stream_options',
  // Answered with 400.
  edits: { drop: ['frequency_penalty', 'logit_bias', 'presence_penalty', 'service_tier'] },
});
