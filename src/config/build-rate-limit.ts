import type { RateLimits } from '../providers/rate-limits.ts';
import type { RateLimitConfig } from './snapshot.ts';
import type { ModelTable } from './tables/model.ts';
import type { ProviderTable } from './tables/provider.ts';

const DEFAULT_MAX_WAIT_MS = 2000;
const DEFAULT_PER_SECONDS = 60;

/** `[models.rate_limit]`; how long a request may wait can also be said by the provider's table. */
export function resolveModelLimits(table: ModelTable, provider: ProviderTable): RateLimitConfig | undefined {
  const limit = table.rate_limit;
  if (limit === undefined) return undefined;
  const { notes, config = {}, max_wait_ms: maxWaitMs = provider.rate_limit?.max_wait_ms } = limit;
  return Object.freeze({ ...resolveLimits(limit, maxWaitMs), notes, config });
}

/** `[providers.rate_limit]`; undefined where it limits nothing. */
export function resolveProviderLimits({ rate_limit: limit }: ProviderTable): RateLimits | undefined {
  if (limit === undefined) return undefined;
  const limits = resolveLimits(limit, limit.max_wait_ms);
  const { maxRequests, maxTokens, maxConcurrency } = limits;
  return (maxRequests ?? maxTokens ?? maxConcurrency) === undefined ? undefined : Object.freeze(limits);
}

function resolveLimits(limit: NonNullable<ProviderTable['rate_limit']>, maxWaitMs = DEFAULT_MAX_WAIT_MS): RateLimits {
  return {
    maxRequests: limit.max_requests,
    maxTokens: limit.max_tokens,
    maxConcurrency: limit.max_concurrency,
    perSeconds: limit.per_seconds ?? DEFAULT_PER_SECONDS,
    burstSize: limit.burst_size ?? limit.max_requests,
    maxWaitMs,
  };
}
