import { BEARER, defineProvider } from './spec.ts';

/** Its native chat format: the one in OpenAI's words cannot widen the short default context and cuts prompts silently. */
export const ollama = defineProvider({
  type: 'ollama',
  title: 'Ollama',
  baseUrl: 'http://localhost:11434',
  versionPath: '',
  // The endpoint in OpenAI's words, which many files name.
  twinPath: '/v1',
  apiKeyEnv: ['OLLAMA_API_KEY'],
  isKeyOptional: true,
  auth: BEARER,
  chat: { 'ollama-chat': '/api/chat' },
  services: { 'ollama-embed': '/api/embed', completions: '/v1/completions' },
  streamUsage: 'always',
  hostEnv: 'OLLAMA_HOST',
});
