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
  vendorChat: { 'openai-responses': '/responses' },
  services: {
    'openai-embeddings': '/embeddings',
    moderations: '/moderations',
    'image-generations': '/images/generations',
    'image-edits': '/images/edits',
    speech: '/audio/speech',
    transcriptions: '/audio/transcriptions',
    translations: '/audio/translations',
    completions: '/completions',
  },
  reasoningModels: {
    limitMember: 'max_completion_tokens',
    refuses: ['temperature', 'top_p', 'top_k', 'frequency_penalty', 'presence_penalty', 'logprobs', 'stop'],
  },
  refusesThoughts: true,
  streamUsage: 'stream_options',
  // Its reasoning models refuse the older name of the limit, and all of its models know the newer one; none knows top_k.
  vendorEdits: { drop: ['top_k'], rename: { max_tokens: 'max_completion_tokens' } },
});
