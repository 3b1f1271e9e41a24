const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Whether the text is padded base64 of the standard alphabet with something in it. */
export function isBase64(text: string): boolean {
  return text !== '' && BASE64.test(text);
}

const MAGIC: readonly (readonly [mediaType: string, start: RegExp])[] = [
  ['image/png', /^\x89PNG/],
  ['image/jpeg', /^\xff\xd8\xff/],
  ['image/gif', /^GIF8/],
  ['image/webp', /^RIFF....WEBP/s],
  ['application/pdf', /^%PDF/],
];

/** The media type that the first bytes of base64 data show; undefined for unknown ones. */
export function sniffMediaType(base64: string): string | undefined {
  const start = Buffer.from(base64.slice(0, 32), 'base64').toString('latin1');
  return MAGIC.find(([, pattern]) => pattern.test(start))?.[0];
}

export interface DataUrl {
  readonly mediaType: string;
  readonly base64: string;
}

/** The two halves of a base64 data URL; undefined for every other URL. */
export function parseDataUrl(url: string): DataUrl | undefined {
  const match = /^data:([^;,]*);base64,(.*)$/s.exec(url);
  return match === null ? undefined : { mediaType: match[1] ?? '', base64: match[2] ?? '' };
}
