/**
 * Tokens of one call in disjoint buckets, so that each can have its own price: what was sent fresh, what came out of
 * the provider's prompt cache, what was written into it, and what was generated.
 */
export interface Usage {
  readonly inputTokens: number;
  readonly cacheReadTokens: number;
  readonly cacheWriteTokens: number;
  readonly outputTokens: number;
  /** Part of `outputTokens`. */
  readonly reasoningTokens: number;
  /** What the provider itself says the call cost, in US dollars. */
  readonly costUsd?: number;
}

export function promptTokens(usage: Usage): number {
  return usage.inputTokens + usage.cacheReadTokens + usage.cacheWriteTokens;
}

export function totalTokens(usage: Usage): number {
  return promptTokens(usage) + usage.outputTokens;
}

/** For a provider that does not say what it used. */
export function estimatedUsage(inputTokens: number, outputTokens: number): Usage {
  return { inputTokens, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens, reasoningTokens: 0 };
}
