/** Wire formats of chat calls that providers answer. */
export const CHAT_PROTOCOLS = ['openai-chat'] as const;

export type ChatProtocolId = (typeof CHAT_PROTOCOLS)[number];

/** Wire formats that our clients speak: every chat protocol with a client half, and the router's own. */
export type DialectId = ChatProtocolId | 'router-native';
