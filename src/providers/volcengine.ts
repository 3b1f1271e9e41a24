import { BEARER, defineProvider } from './spec.ts';

/** Model names are those of the console: `doubao-…`, or the `ep-…` id of an endpoint made there. */
export const volcengine = defineProvider({
  type: 'volcengine',
  title: 'Volcengine Ark',
  baseUrl: 'https://ark.cn-beijing.volces.com/api/v3',
  versionPath: '/api/v3',
  apiKeyEnv: ['ARK_API_KEY', 'VOLCENGINE_API_KEY', 'DOUBAO_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/chat/completions' },
  services: { 'openai-embeddings': '/embeddings', 'image-generations': '/images/generations' },
  reasoningMember: 'reasoning_content',
  streamUsage: 'stream_options',
});

/** The same service under the name of its models. */
export const doubao = defineProvider({ ...volcengine, type: 'doubao', title: 'Volcengine Doubao' });
