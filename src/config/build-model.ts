import type { ProviderInstance } from '../providers/spec.ts';
import { resolveModelLimits } from './build-rate-limit.ts';
import { answerTimeouts, type BreakerTable, resolveBreaker, resolveRetry, resolveTimeouts } from './call-limits.ts';
import { parseTokens } from './formats.ts';
import { resolveAbilities } from './model-abilities.ts';
import { type ModelEntry, type ModelKey, modelKey, type Price } from './snapshot.ts';
import type { ModelConfigTable, ModelTable } from './tables/model.ts';
import type { ProviderTable } from './tables/provider.ts';
import type { RootTable } from './tables/root.ts';
import { cleanTags } from './tags.ts';

/** What a model takes from around it. */
export interface ModelSurroundings {
  readonly provider: ProviderInstance;
  readonly providerTable: ProviderTable;
  readonly timeouts: RootTable['timeouts'];
  readonly retry: RootTable['retry'];
  /** Nearest first. */
  readonly breakers: readonly (BreakerTable | undefined)[];
  readonly unsupported: RootTable['unsupported'];
  /** Timeouts of the environment, which stand behind those of the file. */
  readonly fallbackTimeouts: RootTable['timeouts'];
}

/** Rounded so that a price per 1,000 does not end in binary noise. */
function perMillion(usdPer1k: number): number {
  return Number((usdPer1k * 1000).toPrecision(12));
}

function createPrice(input: number, output: number, cacheRead = input, cacheWrite = input): Price {
  return Object.freeze({
    inputUsdPerMillion: input,
    outputUsdPerMillion: output,
    cacheReadUsdPerMillion: cacheRead,
    cacheWriteUsdPerMillion: cacheWrite,
  });
}

/** `[models.price]`, else the costs per 1,000: that of prompts alone prices answers too, that of answers alone only them. */
function resolvePrice(table: ModelTable): Price | undefined {
  const { price } = table;
  if (price !== undefined) return createPrice(price.input, price.output, price.cache_read, price.cache_write);
  const { cost_per_1k_tokens: prompt, cost_per_1k_completion_tokens: completion } = table.config ?? {};
  if (prompt === undefined && completion === undefined) return undefined;
  return createPrice(perMillion(prompt ?? 0), perMillion(completion ?? prompt ?? 0));
}

function resolveContextWindow(table: ModelTable): number | undefined {
  const written = table.context_window ?? table.config?.context_window;
  return written === undefined ? undefined : parseTokens(written);
}

function resolveCallLimits(
  table: ModelTable,
  around: ModelSurroundings,
): Pick<ModelEntry, 'timeouts' | 'retry' | 'breaker'> {
  const { providerTable, timeouts, retry, breakers, fallbackTimeouts } = around;
  const ofSettings = answerTimeouts(providerTable.settings?.timeout);
  return {
    timeouts: resolveTimeouts([table.timeouts, providerTable.timeouts, ofSettings, timeouts, fallbackTimeouts]),
    retry: resolveRetry([table.retry, providerTable.retry, retry]),
    breaker: resolveBreaker([table.circuit_breaker, providerTable.circuit_breaker, ...breakers]),
  };
}

export function buildModel(table: ModelTable, around: ModelSurroundings): ModelEntry {
  const { name } = table;
  const config: ModelConfigTable = table.config ?? {};
  const tags = cleanTags(table.tags);
  return Object.freeze({
    key: modelKey(around.provider.name, name),
    name,
    provider: around.provider,
    displayName: table.display_name ?? name,
    description: table.description,
    upstreamName: table.remote_identifier ?? config.model ?? name,
    remoteIdentifier: table.remote_identifier,
    isActive: table.is_active ?? true,
    tags: new Set(tags),
    priority: config.priority ?? 0,
    weight: table.weight ?? 1,
    defaultParams: table.default_params ?? {},
    config,
    rateLimit: resolveModelLimits(table, around.providerTable),
    contextWindow: resolveContextWindow(table),
    maxOutputTokens: table.max_output_tokens,
    abilities: resolveAbilities(table, tags),
    isReasoningModel: table.capabilities?.reasoning ?? tags.includes('reasoning'),
    unsupported: table.unsupported ?? around.providerTable.unsupported ?? around.unsupported,
    price: resolvePrice(table),
    ...resolveCallLimits(table, around),
    fallbacks: (table.fallbacks ?? []) as ModelKey[],
    downloadUri: table.download_uri,
    localPath: table.local_path,
  });
}
