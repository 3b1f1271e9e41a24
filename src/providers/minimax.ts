import { BEARER, defineProvider } from './spec.ts';

export const minimax = defineProvider({
  type: 'minimax',
  title: 'MiniMax',
  baseUrl: 'https://api.minimax.chat/v1',
  versionPath: '/v1',
  apiKeyEnv: ['MINIMAX_API_KEY'],
  isKeyOptional: false,
  auth: BEARER,
  chat: { 'openai-chat': '/text/chatcompletion_v2' },
  reasoningMember: 'reasoning_content',
  streamUsage: 'stream_options',
});
