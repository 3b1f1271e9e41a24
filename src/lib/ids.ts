import { randomFillSync } from 'node:crypto';

const ALPHABET = Buffer.from('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 'latin1');
const TIME_LENGTH = 10;
const ID_LENGTH = 26;
const POOL_BYTES = 4096;

const pool = Buffer.allocUnsafe(POOL_BYTES);
const scratch = Buffer.alloc(ID_LENGTH);
let used = POOL_BYTES;

/** One random byte; the pool keeps the call to the system's generator off most requests. */
function randomByte(): number {
  if (used === POOL_BYTES) {
    randomFillSync(pool);
    used = 0;
  }
  return pool[used++] ?? 0;
}

/**
 * A ULID: 26 characters of Crockford's base 32, 48 bits of time before 80 random bits, so that ids sort by time.
 * https://github.com/ulid/spec
 */
export function createId(wallTime: number = Date.now()): string {
  let rest = Math.max(0, Math.floor(wallTime));
  for (let at = TIME_LENGTH - 1; at >= 0; at -= 1) {
    scratch[at] = ALPHABET[rest % 32] ?? 0;
    rest = Math.floor(rest / 32);
  }
  for (let at = TIME_LENGTH; at < ID_LENGTH; at += 1) scratch[at] = ALPHABET[randomByte() & 31] ?? 0;
  return scratch.toString('latin1');
}
