import type { MediaSource } from '../../canonical/content.ts';

/** How the base64 of the first bytes of a file begins, because Ollama names no media type. */
const BEGINNINGS: readonly (readonly [prefix: string, mediaType: string])[] = [
  ['iVBORw0KGgo', 'image/png'],
  ['/9j/', 'image/jpeg'],
  ['R0lGOD', 'image/gif'],
  ['UklGR', 'image/webp'],
  ['Qk', 'image/bmp'],
];

/** Providers look at the bytes themselves, so the commonest type is the best guess. */
const COMMONEST = 'image/jpeg';

export function decodeImage(base64: string): MediaSource {
  const known = BEGINNINGS.find(([prefix]) => base64.startsWith(prefix));
  return { kind: 'inline', mediaType: known?.[1] ?? COMMONEST, base64 };
}
