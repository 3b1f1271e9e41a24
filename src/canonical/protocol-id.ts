/** Wire formats of chat calls that providers answer. */
export const CHAT_PROTOCOLS = [
  'openai-chat',
  'openai-responses',
  'anthropic-messages',
  'gemini-generate',
  'cohere-chat',
  'ollama-chat',
  'remote-http',
] as const;

export type ChatProtocolId = (typeof CHAT_PROTOCOLS)[number];

/** Wire formats that our clients speak: the chat protocols with a client half, and the router's own. */
export type DialectId = Exclude<ChatProtocolId, 'cohere-chat' | 'remote-http'> | 'ollama-generate' | 'router-native';

/** Every format that a request or a part of it may have come from or may go to. */
export type FormatId = ChatProtocolId | DialectId;
