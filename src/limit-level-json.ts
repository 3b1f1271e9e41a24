import type { BucketLevel } from './routing/limits/limit-pool.ts';
import type { LimitLevel } from './routing/model-limits.ts';

/** How much of a limit is left, as `GET /health/detail` tells it. `model` is null for all models of the provider together. */
export function limitLevelJson({ provider, model, waiting, requests, tokens, calls }: LimitLevel): unknown {
  return {
    provider,
    model: model ?? null,
    waiting,
    requests: bucketJson(requests),
    tokens: bucketJson(tokens),
    calls: calls === undefined ? null : { under_way: calls.underWay, max: calls.max },
  };
}

function bucketJson(bucket: BucketLevel | undefined): unknown {
  if (bucket === undefined) return null;
  const { left, burstSize, refillSize, perSeconds } = bucket;
  return { left, burst_size: burstSize, max: refillSize, per_seconds: perSeconds };
}
