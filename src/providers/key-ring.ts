import { sha256Hex } from '../lib/digest.ts';
import type { Secret } from '../lib/secret.ts';

export interface RingKey {
  readonly secret: Secret;
  /** The first 8 hexadecimal digits of the key's SHA-256: enough to tell keys apart, of no use to anybody else. */
  readonly id: string;
}

/** Why a key rests: the provider refused it (401, 402, 403) or asked it to slow down (429). */
export type RestReason = 'rejected' | 'rate-limited';

export interface KeyState {
  readonly id: string;
  readonly state: 'live' | 'resting';
  readonly reason?: RestReason;
  /** Monotonic milliseconds. */
  readonly until_ms?: number;
}

interface RingEntry {
  readonly digest: string;
  readonly key: RingKey;
  /** Monotonic milliseconds; the key is live from then on. */
  restsUntilMs: number;
  reason: RestReason | undefined;
}

const NONE_TRIED: ReadonlySet<string> = new Set();

/**
 * Hands out the API keys of one provider in turn and leaves resting ones alone. A key is known by its digest, so what
 * is known about it survives a reload that keeps the key, and holds no more keys than the configuration has. All times
 * are monotonic milliseconds.
 */
export class KeyRing {
  #entries: readonly RingEntry[] = [];
  #next = 0;

  constructor(keys: readonly Secret[]) {
    this.reconcile(keys);
  }

  get size(): number {
    return this.#entries.length;
  }

  /**
   * The next live key whose id is not in `tried`. The first attempt of a call (nothing tried) gets the key that wakes
   * soonest when all are resting; a later attempt gets undefined then. Undefined too without any key.
   */
  pick(now: number, tried: ReadonlySet<string> = NONE_TRIED): RingKey | undefined {
    const count = this.#entries.length;
    for (let turn = 0; turn < count; turn += 1) {
      const place = (this.#next + turn) % count;
      const entry = this.#entries[place];
      if (entry !== undefined && entry.restsUntilMs <= now && !tried.has(entry.key.id)) return this.#handOut(place);
    }
    return tried.size === 0 ? this.#handOut(this.#soonest()) : undefined;
  }

  /** Lets a key rest until then. A rest already under way is never shortened; a key no longer here is ignored. */
  park(key: RingKey, untilMs: number, reason: RestReason): void {
    const entry = this.#entries.find((candidate) => candidate.key.id === key.id);
    if (entry === undefined || untilMs <= entry.restsUntilMs) return;
    entry.restsUntilMs = untilMs;
    entry.reason = reason;
  }

  /** Takes over the keys of a new configuration. Repeated keys count once. */
  reconcile(keys: readonly Secret[]): void {
    const known = new Map(this.#entries.map((entry) => [entry.digest, entry]));
    const entries = new Map<string, RingEntry>();
    for (const secret of keys) {
      const digest = sha256Hex(secret.reveal());
      entries.set(digest, known.get(digest) ?? createEntry(digest, secret));
    }
    this.#entries = [...entries.values()];
    this.#next %= Math.max(1, this.#entries.length);
  }

  states(now: number): readonly KeyState[] {
    return this.#entries.map(({ key, restsUntilMs, reason }) => {
      if (restsUntilMs <= now || reason === undefined) return { id: key.id, state: 'live' };
      return { id: key.id, state: 'resting', reason, until_ms: restsUntilMs };
    });
  }

  /** The place of the key that wakes first; of several the one whose turn it is. -1 without any key. */
  #soonest(): number {
    let soonest = -1;
    let soonestMs = Number.POSITIVE_INFINITY;
    for (let turn = 0; turn < this.#entries.length; turn += 1) {
      const place = (this.#next + turn) % this.#entries.length;
      const restsUntilMs = this.#entries[place]?.restsUntilMs ?? soonestMs;
      if (restsUntilMs >= soonestMs) continue;
      soonest = place;
      soonestMs = restsUntilMs;
    }
    return soonest;
  }

  #handOut(place: number): RingKey | undefined {
    const entry = this.#entries[place];
    if (entry !== undefined) this.#next = (place + 1) % this.#entries.length;
    return entry?.key;
  }
}

function createEntry(digest: string, secret: Secret): RingEntry {
  const key = { secret, id: digest.slice(0, 8) };
  return { digest, key, restsUntilMs: Number.NEGATIVE_INFINITY, reason: undefined };
}
