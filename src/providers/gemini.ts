import { BEARER, defineProvider } from './spec.ts';

/** The vendor's OpenAI-compatible endpoint; its native generateContent format will be preferred once it is spoken here. */
export const gemini = defineProvider({
  type: 'gemini',
  aliases: ['google'],
  title: 'Google Gemini',
  baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai',
  versionPath: '/v1beta/openai',
  apiKeyEnv: ['GEMINI_API_KEY', 'GOOGLE_API_KEY', 'GOOGLE_AI_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  streamUsage: 'stream_options',
  // Answered with 400 "Unknown name … Cannot find field".
  edits: { drop: ['frequency_penalty', 'metadata', 'presence_penalty', 'seed', 'store'] },
});
