import { ENCODED_SEAL_MARK, openSeal, wrapSeal } from '../seal.ts';

/*
 * `thoughtSignature` is a member of type bytes, so that SDKs may decode and encode it again. A seal that the router
 * gives out is therefore base64 as a whole.
 */

/** Within a seal: what follows is a thought that its maker does not show, not the signature of one. */
const REDACTED_MARK = 'redacted.';

/**
 * Stands in for the seal of a call that has none of its own: the vendor does not check it then.
 * https://ai.google.dev/gemini-api/docs/thought-signatures
 */
export const UNCHECKED_SEAL = 'skip_thought_signature_validator';

/** Some SDKs send bytes, and so base64. */
const STAND_INS: ReadonlySet<string> = new Set([UNCHECKED_SEAL, Buffer.from(UNCHECKED_SEAL).toString('base64')]);

export interface ReadSeal {
  readonly signature?: string;
  readonly redacted?: string;
  /** Undefined for a seal that the router never touched. */
  readonly origin?: string;
}

export function encodeSeal(origin: string, signature: string): string {
  return Buffer.from(wrapSeal(origin, signature)).toString('base64');
}

export function encodeRedacted(origin: string, redacted: string): string {
  return encodeSeal(origin, REDACTED_MARK + redacted);
}

/** The seal in the form in which the rest of the router knows it: without the base64 that is put around it here. */
export function plainSeal(thoughtSignature: string): string {
  const isOurs = thoughtSignature.startsWith(ENCODED_SEAL_MARK);
  return isOurs ? Buffer.from(thoughtSignature, 'base64').toString() : thoughtSignature;
}

export function decodeSeal(thoughtSignature: string): ReadSeal {
  if (STAND_INS.has(thoughtSignature)) return {};
  const { signature, origin } = openSeal(plainSeal(thoughtSignature));
  if (origin === undefined) return { signature };
  const isRedacted = signature.startsWith(REDACTED_MARK);
  return isRedacted ? { redacted: signature.slice(REDACTED_MARK.length), origin } : { signature, origin };
}
