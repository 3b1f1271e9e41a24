import type { Reloader } from './config/reloader.ts';
import { describeConfig } from './config/status.ts';
import { systemClock } from './lib/clock.ts';
import { limitLevelJson } from './limit-level-json.ts';
import type { MonitorState, StoreState } from './monitor/monitor-state.ts';
import type { TargetState } from './routing/target-health.ts';
import type { Services } from './services.ts';

/** What `GET /health/detail` tells. Shows no secret: keys appear by a piece of their hash. */
export function healthDetail(services: Services, reloader: Reloader): Readonly<Record<string, unknown>> {
  const { store, limits, health, gateway, waitingLine, monitor, catalog, metrics } = services;
  const now = systemClock.now();
  return {
    status: overallStatus(services),
    config: describeConfig(store.current, reloader.last),
    providers: [...store.current.providers.values()].map((provider) => ({
      name: provider.name,
      type: provider.spec.type,
      is_active: provider.isActive,
      unavailable_reason: provider.unavailable ?? null,
      keys: services.connections.keysOf(provider).states(now),
    })),
    targets: health.states(now).map(targetJson),
    limits: limits.levels(now).map(limitLevelJson),
    calls: { in_flight: gateway.inFlight, waiting: waitingLine.length },
    records: recordsJson(monitor.state()),
    storage: storageJson(catalog.state()),
    counters: metrics.snapshot(),
  };
}

/** `degraded`: calls are served, but something that should be kept is not. */
function overallStatus({ monitor, catalog }: Services): 'ok' | 'degraded' {
  return monitor.state().isFailing || catalog.state().isFailing ? 'degraded' : 'ok';
}

function targetJson({ model, breaker, failuresInRow, calls, failures, rest, lastError }: TargetState): object {
  return {
    model,
    breaker: breaker ?? 'off',
    failures_in_row: failuresInRow,
    calls,
    failures,
    reason: rest?.detail ?? null,
    retry_after_ms: rest?.retryAfterMs ?? null,
    last_error: lastError === undefined ? null : lastErrorJson(lastError),
  };
}

function lastErrorJson({ code, upstreamStatus, agoMs }: NonNullable<TargetState['lastError']>): object {
  return { code, upstream_status: upstreamStatus ?? null, ago_ms: Math.round(agoMs) };
}

function recordsJson(state: MonitorState): object {
  return {
    backlog: state.backlog,
    backlog_bytes: state.backlogBytes,
    is_failing: state.isFailing,
    last_error: state.lastError ?? null,
    journal_rows: state.journalRows,
    journal_bytes: state.journalBytes,
    dropped: state.dropped,
  };
}

function storageJson({ isFailing, lastError }: Pick<StoreState, 'isFailing' | 'lastError'>): object {
  return { is_failing: isFailing, last_error: lastError ?? null };
}
