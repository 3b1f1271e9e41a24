import { type ModelEntry, modelKey, type RouterSnapshot } from '../../../src/config/snapshot.ts';
import { BEARER, type ProviderInstance } from '../../../src/providers/spec.ts';

const TIMEOUTS = { firstTokenMs: 1000, idleMs: 1000, totalMs: 1000 };
const RETRY = { maxAttempts: 1, baseDelayMs: 1, maxDelayMs: 1, retryAfterCapMs: 1, maxTargets: 1 };

function sampleProvider(name: string, type: string): ProviderInstance {
  return {
    name,
    spec: {
      type,
      title: type,
      baseUrl: undefined,
      versionPath: '/v1',
      apiKeyEnv: [],
      isKeyOptional: true,
      auth: BEARER,
      chat: {},
      streamUsage: 'always',
    },
    isActive: true,
    unavailable: undefined,
    baseUrl: 'http://127.0.0.1:1',
    endpoint: undefined,
    apiKeys: [],
    auth: BEARER,
    headers: {},
    proxyUrl: undefined,
    edits: {},
    streamUsage: 'always',
    anyModel: false,
    connectMs: 1000,
    settings: {},
    fingerprint: name,
  };
}

function sampleModel(provider: ProviderInstance, name: string): ModelEntry {
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
    abilities: new Map(),
    price: undefined,
    timeouts: TIMEOUTS,
    retry: RETRY,
    downloadUri: undefined,
    localPath: undefined,
  };
}

export interface SampleProviders {
  readonly [provider: string]: { readonly type: string; readonly models: readonly string[] };
}

/** A snapshot with these providers and models and nothing else of interest. */
export function sampleSnapshot(content: SampleProviders, loadedAt = 1): RouterSnapshot {
  const providers = Object.entries(content).map(([name, { type }]) => sampleProvider(name, type));
  const models = providers.flatMap((provider) =>
    (content[provider.name]?.models ?? []).map((name) => sampleModel(provider, name)),
  );
  return {
    version: 1,
    digest: '',
    loadedAt,
    file: undefined,
    server: {
      host: '127.0.0.1',
      port: 0,
      dataDir: '',
      allowLocalWithoutAuth: true,
      allowUnauthenticated: false,
      allowedHosts: [],
      maxBodyBytes: 1,
      drainSeconds: 1,
    },
    providers: new Map(providers.map((provider) => [provider.name, provider])),
    models: new Map(models.map((model) => [model.key, model])),
    ranked: models,
    modelsByName: new Map(),
    modelsByRemoteIdentifier: new Map(),
    routes: new Map(),
    routing: {
      strategy: 'priority',
      fallback: true,
      defaultTags: [],
      pairs: [],
      defaultPair: undefined,
      defaultStrongModel: undefined,
      defaultWeakModel: undefined,
      analyzerModel: undefined,
      analyzerTimeoutMs: 1,
      autoFallbackMode: 'weak',
    },
    apiKeys: [],
    timeouts: TIMEOUTS,
    retry: RETRY,
    problems: [],
  };
}
