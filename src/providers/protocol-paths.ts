import type { ChatProtocolId } from '../canonical/protocol-id.ts';
import type { ProtocolPath, ProtocolPaths, ProviderSpec } from './spec.ts';

/** Where servers customarily answer a protocol, below the version. */
const CUSTOMARY_PATHS: Readonly<Record<ChatProtocolId, ProtocolPath>> = {
  'openai-chat': '/chat/completions',
  'openai-responses': '/responses',
  'anthropic-messages': '/messages',
  'gemini-generate': {
    whole: '/models/{model}:generateContent',
    stream: '/models/{model}:streamGenerateContent?alt=sse',
  },
  'cohere-chat': '/chat',
  'ollama-chat': '/api/chat',
  'remote-http': '/invoke',
};

/** What a server answers: what the configuration names, else what is known of its type and its host. */
export function resolveProtocols(
  spec: ProviderSpec,
  baseUrl: string,
  named: readonly ChatProtocolId[] | undefined,
): ProtocolPaths {
  const known: ProtocolPaths = isVendorHost(spec, baseUrl) ? { ...spec.chat, ...spec.vendorChat } : spec.chat;
  if (named === undefined || named.length === 0) return known;
  const paths: ProtocolPaths = { ...spec.vendorChat, ...spec.chat };
  return Object.fromEntries(named.map((protocol) => [protocol, paths[protocol] ?? CUSTOMARY_PATHS[protocol]]));
}

/** True for the vendor's own service, false for a server of somebody else that is called by the vendor's type. */
export function isVendorHost(spec: ProviderSpec, baseUrl: string): boolean {
  if (spec.baseUrl === undefined || !URL.canParse(baseUrl)) return false;
  return new URL(baseUrl).host === new URL(spec.baseUrl.replace(/[{}]/g, '')).host;
}
