import type { Vector } from '../../canonical/embed.ts';
import { asArray, type JsonValue } from '../../lib/json.ts';
import { badAnswer } from '../read-answer.ts';

const FLOAT_BYTES = 4;

/** Little-endian 32-bit floats in base64, as OpenAI and Cohere write vectors. */
export function encodeBase64(vector: Vector): string {
  const bytes = Buffer.allocUnsafe(vector.length * FLOAT_BYTES);
  for (let index = 0; index < vector.length; index += 1) bytes.writeFloatLE(vector[index] ?? 0, index * FLOAT_BYTES);
  return bytes.toString('base64');
}

/** Throws `upstream.bad_response` where the text is no whole number of floats. */
export function decodeBase64(text: string): Vector {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === 0 || bytes.length % FLOAT_BYTES !== 0) throw badAnswer('a vector in base64 of a wrong length');
  return Array.from({ length: bytes.length / FLOAT_BYTES }, (_, index) => bytes.readFloatLE(index * FLOAT_BYTES));
}

/** A vector in either encoding. Throws `upstream.bad_response` for anything else. */
export function readVector(value: JsonValue | undefined): Vector {
  if (typeof value === 'string') return decodeBase64(value);
  const numbers = asArray(value);
  if (numbers.length === 0 || !numbers.every(isNumber)) throw badAnswer('a vector that is no list of numbers');
  return numbers as Vector;
}

function isNumber(value: JsonValue): value is number {
  return typeof value === 'number';
}
