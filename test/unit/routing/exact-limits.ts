import type { RateLimits } from '../../../src/providers/rate-limits.ts';

/**
 * A pool of limits as it is defined, for windows of one second and times in whole microseconds: a unit is a million
 * parts, and each microsecond adds as many parts as units come back in a second. Whole numbers throughout.
 */
export class ExactPool {
  readonly #requests: ExactBucket;
  readonly #tokens: ExactBucket;
  readonly #maxConcurrency: number;
  #underWay = 0;

  constructor({ maxRequests, burstSize, maxTokens, maxConcurrency }: RateLimits) {
    this.#requests = new ExactBucket(maxRequests, burstSize);
    this.#tokens = new ExactBucket(maxTokens, maxTokens);
    this.#maxConcurrency = maxConcurrency ?? Number.POSITIVE_INFINITY;
  }

  hasRoom(tokens: number, micros: number): boolean {
    const hasUnits = this.#requests.has(1, micros) && this.#tokens.has(tokens, micros);
    return hasUnits && this.#underWay < this.#maxConcurrency;
  }

  take(tokens: number): void {
    this.#requests.change(-1);
    this.#tokens.change(-tokens);
    this.#underWay += 1;
  }

  settle(tokens: number, usedTokens: number, micros: number): void {
    this.#tokens.has(0, micros);
    this.#tokens.change(tokens - usedTokens);
    this.#underWay -= 1;
  }
}

const UNIT = 1_000_000;

/** Full buckets that may be owed. */
const DEEPEST = 8;

class ExactBucket {
  readonly #refill: number | undefined;
  readonly #capacity: number;
  #level: number;
  #micros = 0;

  constructor(refill: number | undefined, capacity: number | undefined) {
    this.#refill = refill;
    this.#capacity = (capacity ?? 0) * UNIT;
    this.#level = this.#capacity;
  }

  has(count: number, micros: number): boolean {
    if (this.#refill === undefined) return true;
    this.#level = Math.min(this.#capacity, this.#level + (micros - this.#micros) * this.#refill);
    this.#micros = micros;
    return this.#level >= Math.min(count * UNIT, this.#capacity);
  }

  change(count: number): void {
    const deepest = Math.min(this.#level, -DEEPEST * this.#capacity);
    this.#level = Math.max(deepest, Math.min(this.#capacity, this.#level + count * UNIT));
  }
}
