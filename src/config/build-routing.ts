import type { Entry } from './read-sections.ts';
import type { NamedRoute, RoutingConfig } from './snapshot.ts';
import type { RouteTable, RoutingTable } from './tables/routing.ts';
import { cleanTags } from './tags.ts';

const DEFAULT_ANALYZER_TIMEOUT_MS = 1500;

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
