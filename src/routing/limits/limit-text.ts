import type { ModelEntry } from '../../config/snapshot.ts';
import type { RateLimits } from '../../providers/rate-limits.ts';

/** The limits that a model is under, for people: `60 per 60 s, 8 at once; provider: 100 per 60 s`. */
export function limitText({ rateLimit, provider }: ModelEntry): string {
  const own = rateLimit === undefined ? [] : [textOf(rateLimit)];
  const shared = provider.rateLimit === undefined ? [] : [`provider: ${textOf(provider.rateLimit)}`];
  return [...own, ...shared].join('; ');
}

function textOf({ maxRequests, maxTokens, maxConcurrency, perSeconds }: RateLimits): string {
  return [
    maxRequests === undefined ? [] : [`${maxRequests} per ${perSeconds} s`],
    maxTokens === undefined ? [] : [`${maxTokens} tokens per ${perSeconds} s`],
    maxConcurrency === undefined ? [] : [`${maxConcurrency} at once`],
  ]
    .flat()
    .join(', ');
}
