import type { ErrorCode } from './codes.ts';

/** What a failed attempt means for what comes next. */
export interface FailureRule {
  /**
   * The same model again: at once, before any other (`first`); only where no other model is left (`last`), because
   * waiting is what it takes, or because trying has taken long already; or `never`, because it cannot get better.
   */
  readonly again: 'first' | 'last' | 'never';
  /** Counts against the model's health. */
  readonly isStrike: boolean;
  /** What of the limits' units the provider has surely not used: nothing is sure, the tokens, or the whole request. */
  readonly refund: 'none' | 'tokens' | 'all';
}

const TRANSIENT: FailureRule = { again: 'first', isStrike: true, refund: 'tokens' };
const UNREACHED: FailureRule = { again: 'first', isStrike: true, refund: 'all' };
const SLOW: FailureRule = { again: 'last', isStrike: true, refund: 'tokens' };
const HOPELESS: FailureRule = { again: 'never', isStrike: true, refund: 'tokens' };
const BUSY: FailureRule = { again: 'last', isStrike: false, refund: 'tokens' };
const NOT_ITS_FAULT: FailureRule = { again: 'never', isStrike: false, refund: 'tokens' };

/** Codes that are not listed say nothing about the model: the request itself, its caller or the router is the matter. */
const RULES: Readonly<Partial<Record<ErrorCode, FailureRule>>> = {
  'upstream.unreachable': UNREACHED,
  'upstream.failed': TRANSIENT,
  'upstream.overloaded': TRANSIENT,
  'upstream.truncated': TRANSIENT,
  'upstream.bad_response': TRANSIENT,
  'upstream.conflict': { ...TRANSIENT, isStrike: false },
  'upstream.timeout': SLOW,
  'upstream.redirected': HOPELESS,
  'upstream.oversized': HOPELESS,
  'upstream.rate_limited': BUSY,
  // Otherwise who asks, leaves before the first word and asks again would pass any limit of tokens.
  'client.closed': { ...NOT_ITS_FAULT, refund: 'none' },
};

export function failureRule(code: ErrorCode): FailureRule {
  return RULES[code] ?? NOT_ITS_FAULT;
}
