import type { ChatRequest } from '../canonical/chat.ts';

/** What the fields of a request are called towards people: OpenAI's words, because most know them. */
export const FIELD_NAMES: Readonly<Record<keyof ChatRequest, string>> = {
  messages: 'messages',
  tools: 'tools',
  toolChoice: 'tool_choice',
  parallelToolCalls: 'parallel_tool_calls',
  maxOutputTokens: 'max_tokens',
  temperature: 'temperature',
  topP: 'top_p',
  topK: 'top_k',
  frequencyPenalty: 'frequency_penalty',
  presencePenalty: 'presence_penalty',
  seed: 'seed',
  count: 'n',
  stop: 'stop',
  logprobs: 'logprobs',
  responseFormat: 'response_format',
  reasoning: 'reasoning_effort',
  user: 'user',
  stream: 'stream',
  extras: 'extras',
};
