/*
 * As much of the protobuf wire format as an ONNX file needs: https://protobuf.dev/programming-guides/encoding/
 */

const WIRE_VARINT = 0;
const WIRE_LENGTH_DELIMITED = 2;

export function message(...fields: readonly Buffer[]): Buffer {
  return Buffer.concat(fields);
}

/** A field with a whole number of at least 0. */
export function integer(field: number, value: number): Buffer {
  return message(tag(field, WIRE_VARINT), varint(value));
}

/** A field with a text, bytes or a message. */
export function bytes(field: number, value: string | Uint8Array): Buffer {
  const content = Buffer.from(value as Uint8Array);
  return message(tag(field, WIRE_LENGTH_DELIMITED), varint(content.length), content);
}

function tag(field: number, wireType: number): Buffer {
  return varint(field * 8 + wireType);
}

/** Seven bits a byte, the lowest first; the eighth bit says that more follow. */
function varint(value: number): Buffer {
  const digits: number[] = [];
  let rest = value;
  while (rest >= 128) {
    digits.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Buffer.from([...digits, rest]);
}
