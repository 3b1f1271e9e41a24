import { BEARER, defineProvider } from './spec.ts';

export const groq = defineProvider({
  type: 'groq',
  title: 'Groq',
  baseUrl: 'https://api.groq.com/openai/v1',
  versionPath: '/openai/v1',
  apiKeyEnv: ['GROQ_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  services: { speech: '/audio/speech', transcriptions: '/audio/transcriptions', translations: '/audio/translations' },
  refusesThoughts: true,
  streamUsage: 'stream_options',
  edits: { drop: ['logit_bias', 'logprobs', 'top_logprobs'] },
});
