import { NO_NEEDS, type RequestNeeds } from '../canonical/needs.ts';
import type { RouterError } from '../errors/router-error.ts';
import { sha256Hex } from '../lib/digest.ts';
import type { LimitReading } from '../lib/rate-limit-headers.ts';
import type { Secret } from '../lib/secret.ts';
import {
  accept,
  type KeyEntry,
  modelOf,
  msUntilUsable,
  type RingKey,
  refuse,
  restOf,
  stayUnsure,
} from './key-entry.ts';
import { learnedOf, restoreInto } from './key-memory.ts';
import { isRefusal, type KeyRest, restReason, startTrial } from './key-rest.ts';
import { type KeyState, keyState } from './key-state.ts';
import type { LearnedByKeys } from './learned-limits.ts';
import { isTight, LimitMeter } from './limit-meter.ts';
import { LimitWatch } from './limit-watch.ts';

const NONE_TRIED: ReadonlySet<string> = new Set();

/** Stands for the missing key of a provider that is called without one, so that it can rest as well. */
const NAMELESS: RingKey = { secret: undefined, id: 'none' };

/**
 * The API keys of one provider: hands them out in turn, leaves those alone that rest, and counts down what the provider
 * says is left for each. A key is known by its digest, so what is known about it survives a reload that keeps the key,
 * and holds no more keys than the configuration has. All times are monotonic milliseconds.
 */
export class KeyRing {
  readonly limits = new LimitWatch();
  readonly #onLearned: () => void;
  #entries: readonly KeyEntry[] = [];
  #next = 0;

  /** Some key has been refused, asked to rest or told a limit since the process began. */
  isNoted = false;

  /** `onLearned`: the provider has told something that is worth keeping over a restart. */
  constructor(keys: readonly Secret[], onLearned: () => void = () => undefined) {
    this.#onLearned = onLearned;
    this.reconcile(keys);
  }

  get size(): number {
    return this.#entries.length;
  }

  /**
   * The next key that may be used for the model and whose id is not in `tried`; undefined where there is none. What the
   * request needs is counted as used.
   */
  pick(
    now: number,
    modelKey: string,
    needs: RequestNeeds = NO_NEEDS,
    tried: ReadonlySet<string> = NONE_TRIED,
  ): RingKey | undefined {
    const count = this.#entries.length;
    for (let turn = 0; turn < count; turn += 1) {
      const place = (this.#next + turn) % count;
      const entry = this.#entries[place];
      if (entry === undefined || msUntilUsable(entry, modelKey, needs, now) > 0 || tried.has(entry.key.id)) continue;
      this.#next = (place + 1) % count;
      if (entry.rest !== undefined) startTrial(entry.rest, now);
      entry.models?.get(modelKey)?.meter?.take(needs, now);
      return entry.key;
    }
    return undefined;
  }

  /** Milliseconds until some key may be used for the model, 0 where one may now. */
  msUntilKey(modelKey: string, needs: RequestNeeds, now: number): number {
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const entry of this.#entries) {
      soonestMs = Math.min(soonestMs, msUntilUsable(entry, modelKey, needs, now));
      if (soonestMs <= 0) return 0;
    }
    return soonestMs;
  }

  /** Where no key may be used for the model: the rest that ends first; undefined also where only a limit is used up. */
  soonestRest(modelKey: string, now: number): KeyRest | undefined {
    let soonest: KeyRest | undefined;
    for (const entry of this.#entries) {
      const rest = restOf(entry, modelKey, now);
      if (rest === undefined) return undefined;
      if (soonest === undefined || rest.untilMs < soonest.untilMs) soonest = rest;
    }
    return soonest;
  }

  /** How a call with `key` has gone: `error` is undefined once its answer has begun. True where the key rests for it. */
  report(key: RingKey, modelKey: string, error: RouterError | undefined, now: number): boolean {
    const entry = this.#entryOf(key);
    if (entry === undefined || (error === undefined && entry.rest === undefined && entry.models === undefined)) {
      return false;
    }
    if (error === undefined) {
      accept(entry, modelKey, now);
      return false;
    }
    const reason = restReason(error);
    if (reason === undefined) {
      stayUnsure(entry, now);
      return false;
    }
    this.isNoted = true;
    refuse(entry, modelKey, reason, error, now);
    if (!isRefusal(reason)) this.#onLearned();
    return true;
  }

  /** Takes over what the provider has said about the limits of `key`. */
  observe(key: RingKey, modelKey: string, readings: readonly LimitReading[], now: number): void {
    const entry = this.#entryOf(key);
    if (entry === undefined) return;
    this.isNoted = true;
    const model = modelOf(entry, modelKey);
    model.meter ??= new LimitMeter();
    model.meter.observe(readings, now);
    if (readings.some(isTight)) this.#onLearned();
  }

  /** What is to be kept over a restart. */
  learned(now: number): LearnedByKeys[] {
    return this.#entries.flatMap((entry) => learnedOf(entry, now));
  }

  /** Takes over what an earlier run has kept; what is about other keys is left out. */
  restore(learned: readonly LearnedByKeys[], now: number): void {
    this.isNoted = true;
    for (const entry of this.#entries) restoreInto(entry, learned, now);
  }

  /** Takes over the keys of a new configuration. Repeated keys count once. */
  reconcile(keys: readonly Secret[]): void {
    const known = new Map(this.#entries.map((entry) => [entry.digest, entry]));
    const entries = new Map<string, KeyEntry>();
    for (const secret of keys) {
      const digest = sha256Hex(secret.reveal());
      entries.set(digest, known.get(digest) ?? createEntry(digest, { secret, id: digest.slice(0, 8) }));
    }
    if (entries.size === 0) entries.set(NAMELESS.id, known.get(NAMELESS.id) ?? createEntry(NAMELESS.id, NAMELESS));
    this.#entries = [...entries.values()];
    this.#next %= this.#entries.length;
  }

  states(now: number): readonly KeyState[] {
    return this.#entries.map((entry) => keyState(entry, now));
  }

  /** A key that has left the configuration meanwhile is nobody's any more. */
  #entryOf(key: RingKey): KeyEntry | undefined {
    for (const entry of this.#entries) if (entry.key === key) return entry;
    return undefined;
  }
}

function createEntry(digest: string, key: RingKey): KeyEntry {
  return { digest, key, rest: undefined, models: undefined };
}
