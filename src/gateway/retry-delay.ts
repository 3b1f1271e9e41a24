import type { RetryPolicy } from '../config/snapshot.ts';
import type { RouterError } from '../errors/router-error.ts';

/**
 * How long to wait before the next try of the same model, in milliseconds: full jitter under a ceiling that doubles
 * with each try, never earlier than the provider asks for. Undefined where it asks for more than `retryAfterCapMs`.
 * `tries`: how often the model has been asked; `random`: uniform in [0, 1).
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function retryDelayMs(
  policy: RetryPolicy,
  error: RouterError,
  tries: number,
  random: () => number,
): number | undefined {
  const askedMs = error.retryAfterMs ?? 0;
  if (askedMs > policy.retryAfterCapMs) return undefined;
  const ceilingMs = Math.min(policy.maxDelayMs, policy.baseDelayMs * 2 ** (tries - 1));
  return askedMs + random() * ceilingMs;
}
