import type { RequestNeeds } from '../canonical/needs.ts';
import type { ModelEntry } from '../config/snapshot.ts';
import type { ErrorCode } from '../errors/codes.ts';
import { RouterError } from '../errors/router-error.ts';
import type { RingKey } from '../providers/key-entry.ts';
import { isRefusal, type RestReason } from '../providers/key-rest.ts';
import type { KeyRing } from '../providers/key-ring.ts';

/** The keys of one provider as one attempt at a model goes through them. All times are monotonic milliseconds. */
export class KeyTries {
  readonly #ring: KeyRing;
  readonly #model: ModelEntry;
  readonly #needs: RequestNeeds;
  #tried: Set<string> | undefined;
  #failure: RouterError | undefined;

  constructor(ring: KeyRing, model: ModelEntry, needs: RequestNeeds) {
    this.#ring = ring;
    this.#model = model;
    this.#needs = needs;
  }

  /** Throws where all keys rest. */
  first(now: number): RingKey {
    const key = this.#ring.pick(now, this.#model.key, this.#needs);
    if (key === undefined) throw this.#restError(now);
    return key;
  }

  /** The answer has begun. */
  succeed(key: RingKey, now: number): void {
    this.#ring.report(key, this.#model.key, undefined, now);
  }

  /** The key to go on with after `key` has failed. Throws where `error` is not about the key, or no other is left. */
  next(key: RingKey, error: RouterError, now: number): RingKey {
    if (!this.#ring.report(key, this.#model.key, error, now)) throw error;
    // Where one key only needs time, that is what is told, whatever became of the others.
    if (this.#failure === undefined || this.#failure.code === 'upstream.auth') this.#failure = error;
    this.#tried ??= new Set();
    this.#tried.add(key.id);
    const next = this.#ring.pick(now, this.#model.key, this.#needs, this.#tried);
    if (next === undefined) throw this.#timedError(this.#failure, now);
    return next;
  }

  /** The error with the time at which the soonest key may be used again. Who has a bad key need not wait. */
  #timedError(error: RouterError, now: number): RouterError {
    const retryAfterMs = this.#msUntilKey(now);
    return error.code === 'upstream.auth' || error.retryAfterMs === retryAfterMs ? error : error.with({ retryAfterMs });
  }

  /** Whole milliseconds: a fraction left over by the clock would be told as a second more. */
  #msUntilKey(now: number): number {
    return Math.max(0, Math.ceil(this.#ring.msUntilKey(this.#model.key, this.#needs, now) - ROUNDING_MS));
  }

  #restError(now: number): RouterError {
    const reason = this.#ring.soonestRest(this.#model.key, now)?.reason;
    const retryAfterMs = this.#msUntilKey(now);
    const detail = `every key of ${this.#model.provider.name} rests: ${reason ?? 'its limits are used up'}`;
    return new RouterError(codeOfRest(reason), { detail, retryAfterMs });
  }
}

/** Sums of fractional milliseconds miss whole ones by less than this. */
const ROUNDING_MS = 0.001;

function codeOfRest(reason: RestReason | undefined): ErrorCode {
  if (reason === undefined) return 'upstream.rate_limited';
  if (isRefusal(reason)) return 'upstream.auth';
  return reason === 'quota' ? 'upstream.quota' : 'upstream.rate_limited';
}
