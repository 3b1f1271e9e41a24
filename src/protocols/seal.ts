/** Begins every seal that the router itself gives out. No provider's seal begins so. */
export const SEAL_MARK = 'llmr1.';

/** The mark as it begins a seal that is base64 as a whole; long enough that no character depends on what follows. */
export const ENCODED_SEAL_MARK = Buffer.from(SEAL_MARK).toString('base64');

/** A seal as a client sent it back. */
export interface OpenedSeal {
  readonly signature: string;
  /** Who made it; undefined for a seal that the router never touched. */
  readonly origin: string | undefined;
}

/**
 * A provider's signature of a thought in the form in which a client of another format gets it: with the name of its
 * maker, so that it is never shown to anybody else when the client sends it back.
 */
export function wrapSeal(origin: string, signature: string): string {
  return `${SEAL_MARK}${Buffer.from(origin).toString('base64url')}.${signature}`;
}

/** The opposite of `wrapSeal`; takes seals of any kind. */
export function openSeal(seal: string): OpenedSeal {
  if (!seal.startsWith(SEAL_MARK)) return { signature: seal, origin: undefined };
  const end = seal.indexOf('.', SEAL_MARK.length);
  if (end === -1) return { signature: seal, origin: undefined };
  const origin = Buffer.from(seal.slice(SEAL_MARK.length, end), 'base64url').toString();
  return { signature: seal.slice(end + 1), origin };
}
