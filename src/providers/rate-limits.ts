/** What a model, or a provider over all its models, lets through. Undefined: as much as comes. */
export interface RateLimits {
  /** Requests in `perSeconds`. */
  readonly maxRequests: number | undefined;
  /** Tokens of prompts and answers in `perSeconds`. */
  readonly maxTokens: number | undefined;
  /** Calls under way at once. */
  readonly maxConcurrency: number | undefined;
  readonly perSeconds: number;
  /** Requests that a full bucket holds. */
  readonly burstSize: number | undefined;
  /** Where no other candidate can serve now: how long a request may wait for a place. */
  readonly maxWaitMs: number;
}
