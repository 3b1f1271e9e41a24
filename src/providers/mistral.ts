import { BEARER, defineProvider } from './spec.ts';

export const mistral = defineProvider({
  type: 'mistral',
  title: 'Mistral AI',
  baseUrl: 'https://api.mistral.ai/v1',
  versionPath: '/v1',
  apiKeyEnv: ['MISTRAL_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  services: {
    'openai-embeddings': '/embeddings',
    moderations: '/moderations',
    transcriptions: '/audio/transcriptions',
  },
  refusesThoughts: true,
  streamUsage: 'always',
  // Any field that its schema does not have is answered with 422.
  edits: {
    drop: ['logit_bias', 'logprobs', 'store', 'stream_options', 'top_logprobs', 'user'],
    rename: { max_completion_tokens: 'max_tokens', seed: 'random_seed' },
  },
});
