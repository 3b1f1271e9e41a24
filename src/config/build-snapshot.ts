import type { ProviderInstance } from '../providers/spec.ts';
import { buildApiKeys } from './build-api-keys.ts';
import { buildModel } from './build-model.ts';
import { buildMonitoring } from './build-monitoring.ts';
import { buildProvider } from './build-provider.ts';
import { buildRoutes, buildRouting } from './build-routing.ts';
import { buildServer, type ConfigOverrides, readDefaultTimeout } from './build-server.ts';
import { answerTimeouts, type BreakerTable, resolveBreaker, resolveRetry, resolveTimeouts } from './call-limits.ts';
import type { CheckedConfig } from './check.ts';
import type { Environment } from './environment.ts';
import { reportInactiveVariables } from './inactive-variables.ts';
import type { ProblemList } from './problem-list.ts';
import { compareRanked, type ModelEntry, type ModelKey, type RouterSnapshot } from './snapshot.ts';
import type { RootTable } from './tables/root.ts';

/** Where a snapshot comes from. */
export interface SnapshotOrigin {
  readonly version: number;
  readonly digest: string;
  /** Wall time in milliseconds. */
  readonly loadedAt: number;
  readonly file: string | undefined;
}

export interface SnapshotOptions {
  readonly env: Environment;
  readonly overrides: ConfigOverrides;
  readonly problems: ProblemList;
}

/** Everything but the problems, whose places are not known yet. */
export type SnapshotParts = Omit<RouterSnapshot, 'problems' | keyof SnapshotOrigin>;

function buildModels(
  config: CheckedConfig,
  providers: ReadonlyMap<string, ProviderInstance>,
  fallbackTimeouts: RootTable['timeouts'],
): ReadonlyMap<ModelKey, ModelEntry> {
  const tables = new Map(config.providers.map(({ table }) => [table.name, table]));
  const { timeouts, retry, unsupported } = config;
  const breakers = breakerTables(config);
  const models = new Map<ModelKey, ModelEntry>();
  for (const { table } of config.models) {
    const provider = providers.get(table.provider);
    const providerTable = tables.get(table.provider);
    // Models without a provider have been left out by the check.
    if (provider === undefined || providerTable === undefined) continue;
    const around = { provider, providerTable, timeouts, retry, breakers, unsupported, fallbackTimeouts };
    const model = buildModel(table, around);
    models.set(model.key, model);
  }
  return models;
}

/** Those of the whole file, nearest first. */
function breakerTables({ circuitBreaker, routing }: CheckedConfig): readonly (BreakerTable | undefined)[] {
  return [circuitBreaker, routing.circuit_breaker];
}

function groupBy(
  models: readonly ModelEntry[],
  keyOf: (model: ModelEntry) => string | undefined,
): ReadonlyMap<string, readonly ModelEntry[]> {
  const groups = new Map<string, ModelEntry[]>();
  for (const model of models) {
    const key = keyOf(model);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [model]);
    else group.push(model);
  }
  return groups;
}

/** Checked config and environment to what requests read. What the environment lacks is reported, never thrown. */
export function buildSnapshot(config: CheckedConfig, options: SnapshotOptions): SnapshotParts {
  const { env, overrides, problems } = options;
  const around = { env, timeouts: config.timeouts, problems };
  const providers = new Map(config.providers.map((provider) => [provider.table.name, buildProvider(provider, around)]));
  const fallbackTimeouts = answerTimeouts(readDefaultTimeout(env, problems));
  const models = buildModels(config, providers, fallbackTimeouts);
  reportInactiveVariables(env, problems);
  const ranked = Object.freeze([...models.values()].sort(compareRanked));
  return {
    server: buildServer(config.server, env, overrides, problems),
    providers,
    models,
    ranked,
    modelsByName: groupBy(ranked, (model) => model.name),
    modelsByRemoteIdentifier: groupBy(ranked, (model) => model.remoteIdentifier),
    routes: buildRoutes(config.routes),
    routing: buildRouting(config.routing),
    apiKeys: buildApiKeys(config.apiKeys, env, problems),
    monitoring: buildMonitoring(config.monitoring),
    timeouts: resolveTimeouts([config.timeouts, fallbackTimeouts]),
    retry: resolveRetry([config.retry]),
    breaker: resolveBreaker(breakerTables(config)),
  };
}
