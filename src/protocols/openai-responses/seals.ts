import { asArray, asObject, asString, type JsonObject } from '../../lib/json.ts';
import { openSeal, SEAL_MARK, wrapSeal } from '../seal.ts';

/**
 * What a seal closes: a thought with words, a thought without any, or the thought behind the call that follows. The
 * format has one place for all three, `encrypted_content` of a reasoning item.
 */
export type SealKind = 'signature' | 'redacted' | 'call';

export interface ReadSeal {
  readonly kind: SealKind;
  readonly seal: string;
  /** Undefined for a seal that the router never touched. */
  readonly origin: string | undefined;
}

/** Stands before the seal within the router's wrapping. No provider's seal has a colon. */
const PREFIXES: Readonly<Record<SealKind, string>> = { signature: '', redacted: 'redacted:', call: 'call:' };

export function encodeSeal(origin: string, kind: SealKind, seal: string): string {
  return wrapSeal(origin, `${PREFIXES[kind]}${seal}`);
}

/** The opposite of `encodeSeal`; `hasText` tells what a seal is that did not come from there. */
export function decodeSeal(encrypted: string, hasText: boolean): ReadSeal {
  const { signature, origin } = openSeal(encrypted);
  if (origin === undefined) return { kind: hasText ? 'signature' : 'redacted', seal: signature, origin };
  for (const kind of ['redacted', 'call'] as const) {
    const prefix = PREFIXES[kind];
    if (signature.startsWith(prefix)) return { kind, seal: signature.slice(prefix.length), origin };
  }
  return { kind: 'signature', seal: signature, origin };
}

/** Begins the ids of reasoning items that the router makes. */
const OWN_ID = `rs_${SEAL_MARK}`;

export function reasoningId(requestId: string, index: number): string {
  return `${OWN_ID}${requestId}_${index}`;
}

/**
 * A copy of `body` without the reasoning items whose seal matches, and without those that the router made and gave no
 * seal: a provider looks for items without a seal under their id, and finds none. The same object where there are none.
 */
export function withoutSeals(body: JsonObject, matches: (seal: string) => boolean): JsonObject {
  const input = asArray(body['input']);
  const kept = input.filter((value) => {
    const { type, id, encrypted_content: encrypted } = asObject(value);
    if (type !== 'reasoning') return true;
    const seal = asString(encrypted) ?? '';
    return seal === '' ? asString(id)?.startsWith(OWN_ID) !== true : !matches(seal);
  });
  return kept.length === input.length ? body : { ...body, input: kept };
}
