import type { Reloader } from './config/reloader.ts';
import { describeConfig } from './config/status.ts';
import { systemClock } from './lib/clock.ts';
import type { Services } from './services.ts';

/** What `GET /health/detail` tells beside the overall status. Shows no secret: keys appear by a piece of their hash. */
export function healthDetail(services: Services, reloader: Reloader): Readonly<Record<string, unknown>> {
  const { store, limits, gateway, waitingLine, monitor, metrics } = services;
  const now = systemClock.now();
  return {
    config: describeConfig(store.current, reloader.last),
    providers: [...store.current.providers.values()].map((provider) => ({
      name: provider.name,
      type: provider.spec.type,
      is_active: provider.isActive,
      unavailable_reason: provider.unavailable ?? null,
      keys: services.connections.keysOf(provider).states(now),
    })),
    limits: limits.levels(now).map(({ model, tokens, burstSize, maxRequests, perSeconds, retryAfterMs }) => ({
      model,
      tokens,
      burst_size: burstSize,
      max_requests: maxRequests,
      per_seconds: perSeconds,
      retry_after_ms: retryAfterMs,
    })),
    calls: { in_flight: gateway.inFlight, waiting: waitingLine.length },
    records: { backlog: monitor.recorder.backlog, is_failing: monitor.recorder.isFailing },
    counters: metrics.snapshot(),
  };
}
