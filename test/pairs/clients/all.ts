import type { Client } from '../client.ts';
import { aiSdkClients } from './ai-sdk.ts';
import { anthropicClient, olderAnthropicClient } from './anthropic.ts';
import { googleGenAiClient } from './google-genai.ts';
import { langchainClient } from './langchain.ts';
import { ollamaClient } from './ollama.ts';
import { openAiChatClient } from './openai-chat.ts';
import { openAiResponsesClient } from './openai-responses.ts';

/** Every client that the suite plays, in the order of the table in docs/compatibility.md. */
export const ALL_CLIENTS: readonly Client[] = [
  openAiChatClient,
  openAiResponsesClient,
  anthropicClient,
  olderAnthropicClient,
  googleGenAiClient,
  ...aiSdkClients,
  langchainClient,
  ollamaClient,
];
