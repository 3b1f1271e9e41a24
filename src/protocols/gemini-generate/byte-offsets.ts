/** Where a UTF-16 index of `text` is in its UTF-8 bytes. */
export function byteOffsetOf(text: string, index: number): number {
  return Buffer.byteLength(text.slice(0, index));
}

/**
 * Where a byte of the UTF-8 form of `text` is in UTF-16 code units; undefined beyond its end. A byte within a character
 * counts as the character's start.
 */
export function indexOfByte(text: string, byte: number): number | undefined {
  let bytes = 0;
  for (let index = 0; index < text.length; ) {
    if (bytes >= byte) return index;
    const point = text.codePointAt(index) ?? 0;
    const size = utf8Size(point);
    if (bytes + size > byte) return index;
    bytes += size;
    index += point > 0xffff ? 2 : 1;
  }
  return bytes === byte ? text.length : undefined;
}

function utf8Size(point: number): number {
  if (point < 0x80) return 1;
  if (point < 0x800) return 2;
  return point < 0x10000 ? 3 : 4;
}
