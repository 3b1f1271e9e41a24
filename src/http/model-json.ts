import type { Catalog } from '../config/catalog.ts';
import type { ModelEntry, RateLimitConfig } from '../config/snapshot.ts';
import type { RateLimits } from '../providers/rate-limits.ts';
import type { ProviderInstance } from '../providers/spec.ts';

/** `ProviderRead` of the original, without its secrets: what is known of a key is only that it is there. */
export function describeProvider(provider: ProviderInstance, catalog: Catalog): Record<string, unknown> {
  return {
    id: catalog.providerId(provider.name) ?? null,
    name: provider.name,
    type: provider.spec.type,
    is_active: provider.isActive,
    base_url: provider.baseUrl === '' ? null : provider.baseUrl,
    has_api_key: provider.apiKeys.length > 0,
    key_count: provider.apiKeys.length,
    available: provider.unavailable === undefined,
    unavailable_reason: provider.unavailable ?? null,
    any_model: provider.anyModel,
    rate_limit: provider.rateLimit === undefined ? null : describeLimits(provider.rateLimit),
  };
}

/** `ModelRead` of the original and what it lacked: the remote name, whether the model is active, limits and prices. */
export function describeModel(model: ModelEntry, catalog: Catalog): Record<string, unknown> {
  return {
    id: catalog.modelId(model.key) ?? null,
    name: model.name,
    display_name: model.displayName,
    description: model.description ?? null,
    provider_id: catalog.providerId(model.provider.name) ?? null,
    provider_name: model.provider.name,
    provider_type: model.provider.spec.type,
    tags: [...model.tags],
    default_params: model.defaultParams,
    config: model.config,
    rate_limit: model.rateLimit === undefined ? null : describeRateLimit(model.rateLimit),
    local_path: model.localPath ?? null,
    download_uri: model.downloadUri ?? null,
    remote_identifier: model.remoteIdentifier ?? null,
    is_active: model.isActive && model.provider.isActive,
    available: model.provider.unavailable === undefined,
    priority: model.priority,
    ...describeAbilities(model),
  };
}

/** An entry of OpenAI's model list, with what a client has to know to choose beside it. */
export function describeOpenAiModel(model: ModelEntry): Record<string, unknown> {
  return {
    id: model.key,
    object: 'model',
    created: 0,
    owned_by: model.provider.name,
    name: model.name,
    display_name: model.displayName,
    provider: model.provider.name,
    tags: [...model.tags],
    ...describeAbilities(model),
  };
}

function describeAbilities(model: ModelEntry): Record<string, unknown> {
  const { price } = model;
  return {
    context_window: model.contextWindow ?? null,
    max_output_tokens: model.maxOutputTokens ?? null,
    capabilities: Object.fromEntries(model.abilities),
    pricing:
      price === undefined
        ? null
        : {
            input: price.inputUsdPerMillion,
            output: price.outputUsdPerMillion,
            cache_read: price.cacheReadUsdPerMillion,
            cache_write: price.cacheWriteUsdPerMillion,
          },
  };
}

function describeRateLimit(limit: RateLimitConfig): Record<string, unknown> {
  return {
    ...describeLimits(limit),
    notes: limit.notes ?? null,
    config: limit.config,
  };
}

function describeLimits(limits: RateLimits): Record<string, unknown> {
  return {
    max_requests: limits.maxRequests ?? null,
    per_seconds: limits.perSeconds,
    burst_size: limits.burstSize ?? null,
    max_tokens: limits.maxTokens ?? null,
    max_concurrency: limits.maxConcurrency ?? null,
    max_wait_ms: limits.maxWaitMs,
  };
}
