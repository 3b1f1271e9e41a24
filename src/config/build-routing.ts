import type { Entry } from './read-sections.ts';
import type { HealthCheckConfig, NamedRoute, RoutingConfig } from './snapshot.ts';
import type { RouteTable, RoutingTable } from './tables/routing.ts';
import { cleanTags } from './tags.ts';

const DEFAULT_ANALYZER_TIMEOUT_MS = 1500;
const DEFAULT_PROBE_INTERVAL_SECONDS = 30;
const DEFAULT_PROBE_TIMEOUT_SECONDS = 3;

export function buildRouting(table: RoutingTable): RoutingConfig {
  const pairs = (table.pairs ?? []).map((pair) =>
    Object.freeze({ name: pair.name, strongModel: pair.strong_model, weakModel: pair.weak_model }),
  );
  return Object.freeze({
    strategy: 'priority',
    fallback: table.fallback ?? true,
    defaultTags: cleanTags(table.default_tags),
    pairs: Object.freeze(pairs),
    defaultPair: table.default_pair,
    defaultStrongModel: table.default_strong_model,
    defaultWeakModel: table.default_weak_model,
    analyzerModel: table.analyzer_model,
    analyzerTimeoutMs: table.analyzer_timeout_ms ?? DEFAULT_ANALYZER_TIMEOUT_MS,
    autoFallbackMode: table.auto_fallback_mode ?? 'weak',
    healthCheck: buildHealthCheck(table.health_check),
  });
}

function buildHealthCheck(table: RoutingTable['health_check']): HealthCheckConfig | undefined {
  if (table?.enabled !== true) return undefined;
  return Object.freeze({
    intervalSeconds: table.interval_seconds ?? DEFAULT_PROBE_INTERVAL_SECONDS,
    timeoutSeconds: table.timeout_seconds ?? DEFAULT_PROBE_TIMEOUT_SECONDS,
    path: table.path?.trim(),
  });
}

export function buildRoutes(entries: readonly Entry<RouteTable>[]): ReadonlyMap<string, NamedRoute> {
  return new Map(
    entries.map(({ table }) => [
      table.name,
      Object.freeze({
        name: table.name,
        tags: cleanTags(table.tags),
        anyTags: cleanTags(table.any_tags),
        notTags: cleanTags(table.not_tags),
        prefer: cleanTags(table.prefer),
      }),
    ]),
  );
}
