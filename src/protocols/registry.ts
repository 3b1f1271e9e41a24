import type { ChatProtocolId, DialectId } from '../canonical/protocol-id.ts';
import { openAiChatDialect, openAiChatUpstream } from './openai-chat/openai-chat.ts';
import type { ClientDialect, UpstreamProtocol } from './protocol.ts';
import { routerNativeDialect } from './router-native/router-native.ts';

/** What providers speak. */
export const upstreamProtocols: Readonly<Record<ChatProtocolId, UpstreamProtocol>> = {
  'openai-chat': openAiChatUpstream,
};

/** What our clients speak. */
export const clientDialects: Readonly<Record<DialectId, ClientDialect>> = {
  'openai-chat': openAiChatDialect,
  'router-native': routerNativeDialect,
};
