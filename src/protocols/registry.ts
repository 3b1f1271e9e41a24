import type { ChatProtocolId, DialectId } from '../canonical/protocol-id.ts';
import { anthropicMessagesDialect, anthropicMessagesUpstream } from './anthropic-messages/anthropic-messages.ts';
import { cohereChatUpstream } from './cohere-chat/cohere-chat.ts';
import { geminiGenerateDialect, geminiGenerateUpstream } from './gemini-generate/gemini-generate.ts';
import { ollamaChatDialect, ollamaChatUpstream, ollamaGenerateDialect } from './ollama-chat/ollama-chat.ts';
import { openAiChatDialect, openAiChatUpstream } from './openai-chat/openai-chat.ts';
import { openAiResponsesDialect, openAiResponsesUpstream } from './openai-responses/openai-responses.ts';
import type { ClientDialect, UpstreamProtocol } from './protocol.ts';
import { remoteHttpUpstream } from './remote-http/remote-http.ts';
import { routerNativeDialect } from './router-native/router-native.ts';

/** What providers speak. */
export const upstreamProtocols: Readonly<Record<ChatProtocolId, UpstreamProtocol>> = {
  'openai-chat': openAiChatUpstream,
  'openai-responses': openAiResponsesUpstream,
  'anthropic-messages': anthropicMessagesUpstream,
  'gemini-generate': geminiGenerateUpstream,
  'cohere-chat': cohereChatUpstream,
  'ollama-chat': ollamaChatUpstream,
  'remote-http': remoteHttpUpstream,
};

/** What our clients speak. */
export const clientDialects: Readonly<Record<DialectId, ClientDialect>> = {
  'openai-chat': openAiChatDialect,
  'openai-responses': openAiResponsesDialect,
  'anthropic-messages': anthropicMessagesDialect,
  'gemini-generate': geminiGenerateDialect,
  'ollama-chat': ollamaChatDialect,
  'ollama-generate': ollamaGenerateDialect,
  'router-native': routerNativeDialect,
};
