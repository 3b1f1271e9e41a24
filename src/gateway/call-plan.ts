import type { ChatProtocolId, DialectId } from '../canonical/protocol-id.ts';
import type { ModelEntry } from '../config/snapshot.ts';

export type CallPlan =
  | { readonly mode: 'passthrough'; readonly protocol: ChatProtocolId }
  | { readonly mode: 'translate'; readonly protocol: ChatProtocolId };

/** Same words on both sides: no translation. Otherwise through the canonical form to the provider's first protocol. */
export function planCall(dialect: DialectId, model: ModelEntry): CallPlan | undefined {
  const offered = Object.keys(model.provider.spec.chat) as ChatProtocolId[];
  const same = offered.find((protocol) => protocol === dialect);
  if (same !== undefined) return { mode: 'passthrough', protocol: same };
  const [first] = offered;
  return first === undefined ? undefined : { mode: 'translate', protocol: first };
}
