import { createHash } from 'node:crypto';

/** A vector that depends on the text alone. Values are eighths, so that they are exact in any float format. */
export function embeddingOf(text: string, dimensions: number): number[] {
  const digest = createHash('sha256').update(text).digest();
  return Array.from({ length: dimensions }, (_value, index) => (digest.readInt8(index % digest.length) || 1) / 8);
}

/** Little-endian float32 in base64, as OpenAI and Cohere send it. */
export function base64Floats(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4);
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4);
  return bytes.toString('base64');
}

/** Tokens as the fakes count them: four characters each, at least one. */
export function tokensOf(text: string): number {
  return Math.max(1, Math.ceil(text.length / 4));
}

/** How much of the query's words a document holds, from 0 to 1. */
export function relevanceOf(query: string, document: string): number {
  const words = query.toLowerCase().split(/\W+/).filter(Boolean);
  const found = words.filter((word) => document.toLowerCase().includes(word));
  return words.length === 0 ? 0 : found.length / words.length;
}
