import type { Account } from './account.ts';
import type { Hold } from './limit-pool.ts';

/** How a call that was let in has ended. */
export interface Settlement {
  /** Tokens of prompt and answer. Undefined where nobody can say: the estimate of the admission stands. */
  readonly usedTokens: number | undefined;
  /** What the provider has surely not used; `all`: it has seen nothing of the call, not even the request. */
  readonly refund: 'none' | 'tokens' | 'all';
}

/** A call that the limits have let in. */
export interface Admission {
  /** Once, at the end of the call; further calls do nothing. */
  settle(settlement: Settlement, now: number): void;
}

/** Of a call that no limit is about. */
export const UNLIMITED: Admission = Object.freeze({ settle: () => undefined });

/** What a call holds of its model's pool and of its provider's, where they have one. */
export class LimitedAdmission implements Admission {
  readonly #account: Account;
  readonly #ofModel: Hold | undefined;
  readonly #ofAccount: Hold | undefined;
  #isSettled = false;

  constructor(account: Account, ofModel: Hold | undefined, ofAccount: Hold | undefined) {
    this.#account = account;
    this.#ofModel = ofModel;
    this.#ofAccount = ofAccount;
  }

  settle(settlement: Settlement, now: number): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#ofModel?.settle(settlement, now);
    this.#ofAccount?.settle(settlement, now);
    this.#account.letIn(now);
  }
}
