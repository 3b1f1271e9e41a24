import { type ModelEntry, modelKey, type RouterSnapshot } from '../config/snapshot.ts';
import type { ProviderInstance } from '../providers/spec.ts';

/**
 * A model that the file does not list, of a provider with `any_model`: named as the provider knows it, without tags,
 * price or limit of its own. It serves those who name it and nobody else.
 */
export function anyModel(snapshot: RouterSnapshot, provider: ProviderInstance, name: string): ModelEntry {
  return {
    key: modelKey(provider.name, name),
    name,
    provider,
    displayName: name,
    description: undefined,
    upstreamName: name,
    remoteIdentifier: undefined,
    isActive: true,
    tags: new Set(),
    priority: 0,
    weight: 1,
    defaultParams: {},
    config: {},
    rateLimit: undefined,
    contextWindow: undefined,
    maxOutputTokens: undefined,
    isReasoningModel: false,
    unsupported: undefined,
    abilities: new Map(),
    price: undefined,
    timeouts: snapshot.timeouts,
    retry: snapshot.retry,
    breaker: snapshot.breaker,
    fallbacks: [],
    downloadUri: undefined,
    localPath: undefined,
  };
}
