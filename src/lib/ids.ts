import { randomFillSync } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const POOL_BYTES = 4096;

const pool = Buffer.allocUnsafe(POOL_BYTES);
let used = POOL_BYTES;

/** One random byte; the pool keeps the call to the system's generator off most requests. */
function randomByte(): number {
  if (used === POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  return pool[used++] ?? 0;
}

function timePart(wallTime: number): string {
  let rest = Math.max(0, Math.floor(wallTime));
  let text = '';
  for (let digit = 0; digit < 10; digit += 1) {
    text = ALPHABET.charAt(rest % 32) + text;
    rest = Math.floor(rest / 32);
  }
  return text;
}

/**
 * A ULID: 26 characters of Crockford's base 32, 48 bits of time before 80 random bits, so that ids sort by time.
 * https://github.com/ulid/spec
 */
export function createId(wallTime: number = Date.now()): string {
  let text = timePart(wallTime);
  for (let digit = 0; digit < 16; digit += 1) text += ALPHABET.charAt(randomByte() & 31);
  return text;
}
