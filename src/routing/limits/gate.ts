import type { RateLimits } from '../../providers/rate-limits.ts';
import type { Account } from './account.ts';
import type { Admission } from './admission.ts';
import { type Ahead, followedPool, type LimitPool } from './limit-pool.ts';

/** A request that waits for its turn. */
export interface Waiter {
  readonly gate: Gate;
  readonly tokens: number;
  /** Its place among all who have come: nobody has the same. */
  readonly arrival: number;
  /** What it was let in with. */
  admission: Admission | undefined;
  /** Ends its wait. */
  wake: (() => void) | undefined;
}

/** The way to one model: its own limits, where it has any, and those who wait for it, first come first served. */
export class Gate implements Ahead {
  readonly account: Account;
  pool: LimitPool | undefined;
  /** In the order in which they came; a set forgets whoever leaves at no cost. */
  readonly #line = new Set<Waiter>();
  #waitingTokens = 0;

  constructor(account: Account) {
    this.account = account;
  }

  get requests(): number {
    return this.#line.size;
  }

  get tokens(): number {
    return this.#waitingTokens;
  }

  get first(): Waiter | undefined {
    for (const waiter of this.#line) return waiter;
    return undefined;
  }

  add(waiter: Waiter): void {
    this.#line.add(waiter);
    this.#waitingTokens += waiter.tokens;
  }

  /** False where it has gone already. */
  remove(waiter: Waiter): boolean {
    const wasWaiting = this.#line.delete(waiter);
    if (wasWaiting) this.#waitingTokens -= waiter.tokens;
    return wasWaiting;
  }

  hasRoom(tokens: number, now: number): boolean {
    return this.pool?.hasRoom(tokens, now) ?? true;
  }

  follow(limits: RateLimits | undefined, now: number): void {
    this.pool = followedPool(this.pool, limits, now);
  }
}
