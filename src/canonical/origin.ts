import type { ChatProtocolId } from './protocol-id.ts';

/** Who made a sealed thought. A seal is good for the same provider entry speaking the same format. */
export function originOf(protocol: ChatProtocolId, provider: string): string {
  return `${protocol}:${provider}`;
}
