import type { ChatProtocolId, DialectId } from '../canonical/protocol-id.ts';
import type { ModelEntry } from '../config/snapshot.ts';

export type CallPlan =
  | { readonly mode: 'passthrough'; readonly protocol: ChatProtocolId }
  | { readonly mode: 'translate'; readonly protocol: ChatProtocolId };

/** Same words on both sides: no translation. Otherwise through the canonical form to the provider's first protocol. */
export function planCall(dialect: DialectId, model: ModelEntry): CallPlan | undefined {
  const { chat } = model.provider;
  if (chat[dialect as ChatProtocolId] !== undefined)
    return { mode: 'passthrough', protocol: dialect as ChatProtocolId };
  for (const first in chat) return { mode: 'translate', protocol: first as ChatProtocolId };
  return undefined;
}
