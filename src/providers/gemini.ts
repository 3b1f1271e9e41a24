import { defineProvider } from './spec.ts';

export const gemini = defineProvider({
  type: 'gemini',
  aliases: ['google'],
  title: 'Google Gemini',
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta',
  versionPath: '/v1beta',
  // The endpoint in OpenAI's words, which older files name.
  twinPath: '/openai',
  apiKeyEnv: ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_AI_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'],
  isKeyOptional: false,
  auth: { kind: 'header', header: 'x-goog-api-key', prefix: '' },
  chat: {
    'gemini-generate': {
      whole: '/models/{model}:generateContent',
      stream: '/models/{model}:streamGenerateContent?alt=sse',
    },
  },
  services: { 'gemini-embed': '/models/{model}:batchEmbedContents' },
  tokenCountPath: '/models/{model}:countTokens',
  streamUsage: 'always',
});
