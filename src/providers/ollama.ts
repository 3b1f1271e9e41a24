import { BEARER, defineProvider } from './spec.ts';

/** Its native chat format, which can widen the short default context, will be preferred once it is spoken here. */
export const ollama = defineProvider({
  type: 'ollama',
  title: 'Ollama',
  baseUrl: 'http://localhost:11434/v1',
  versionPath: '/v1',
  apiKeyEnv: ['OLLAMA_API_KEY'],
  isKeyOptional: true,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  streamUsage: 'stream_options',
  // The other name is ignored, and the answer then has no limit.
  edits: { rename: { max_completion_tokens: 'max_tokens' } },
  hostEnv: 'OLLAMA_HOST',
});
