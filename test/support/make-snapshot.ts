import type { Ability } from '../../src/canonical/needs.ts';
import {
  type ApiKeyConfig,
  compareRanked,
  type ModelEntry,
  modelKey,
  type NamedRoute,
  type RateLimitConfig,
  type RouterSnapshot,
  type RoutingConfig,
  type ServerConfig,
} from '../../src/config/snapshot.ts';
import { BEARER, type ProviderInstance } from '../../src/providers/spec.ts';

/** What a test says of a model; `provider` is a name and made with defaults where the test does not make it. */
export type ModelDraft = { readonly name: string; readonly provider?: string } & Partial<
  Omit<ModelEntry, 'key' | 'name' | 'provider' | 'tags' | 'abilities' | 'rateLimit'> & {
    readonly tags: readonly string[];
    readonly abilities: Readonly<Partial<Record<Ability, boolean>>>;
    readonly rateLimit: Partial<RateLimitConfig>;
  }
>;

/** `type` is that of its spec and equals the name by default. */
export type ProviderDraft = { readonly name: string; readonly type?: string } & Partial<
  Omit<ProviderInstance, 'name' | 'spec'>
>;

export interface SnapshotDraft {
  readonly models?: readonly ModelDraft[];
  readonly providers?: readonly ProviderDraft[];
  readonly routes?: readonly (Pick<NamedRoute, 'name'> & Partial<NamedRoute>)[];
  readonly routing?: Partial<RoutingConfig>;
  readonly server?: Partial<ServerConfig>;
  readonly apiKeys?: readonly ApiKeyConfig[];
  readonly version?: number;
}

const DEFAULT_PROVIDER = 'openai';

const TIMEOUTS = { firstTokenMs: 60_000, idleMs: 60_000, totalMs: 600_000 };

const RETRY = {
  maxAttempts: 2,
  baseDelayMs: 50,
  maxDelayMs: 2000,
  retryAfterCapMs: 30_000,
  maxTargets: 4,
  budgetPercent: 100,
};

const SERVER: ServerConfig = {
  host: '127.0.0.1',
  port: 0,
  dataDir: 'data',
  allowLocalWithoutAuth: true,
  allowUnauthenticated: false,
  allowedHosts: [],
  maxBodyBytes: 20_971_520,
  drainSeconds: 30,
  streamHeartbeatMs: 15_000,
};

const ROUTING: RoutingConfig = {
  strategy: 'priority',
  fallback: true,
  defaultTags: [],
  pairs: [],
  defaultPair: undefined,
  defaultStrongModel: undefined,
  defaultWeakModel: undefined,
  analyzerModel: undefined,
  analyzerTimeoutMs: 1500,
  autoFallbackMode: 'weak',
  healthCheck: undefined,
};

/** A configuration in force, made without a file: what a test does not mention has a harmless value. */
export function makeSnapshot(draft: SnapshotDraft = {}): RouterSnapshot {
  const { models: modelDrafts = [], version = 1 } = draft;
  const providers = makeProviders(draft);
  const models = modelDrafts.map((model) => makeModel(model, providers));
  const ranked = [...models].sort(compareRanked);
  return {
    version,
    digest: `digest ${version}`,
    loadedAt: 1_700_000_000_000,
    file: undefined,
    server: { ...SERVER, ...draft.server },
    providers,
    models: new Map(models.map((model) => [model.key, model])),
    ranked,
    modelsByName: groupBy(ranked, (model) => model.name),
    modelsByRemoteIdentifier: groupBy(ranked, (model) => model.remoteIdentifier),
    routes: new Map((draft.routes ?? []).map((route) => [route.name, makeRoute(route)])),
    routing: { ...ROUTING, ...draft.routing },
    apiKeys: draft.apiKeys ?? [],
    monitoring: { retentionDays: 90, maxBytes: 0 },
    timeouts: TIMEOUTS,
    retry: RETRY,
    breaker: undefined,
    problems: [],
  };
}

export function makeProvider({ name, type = name, ...rest }: ProviderDraft): ProviderInstance {
  const baseUrl = 'http://127.0.0.1:9/v1';
  return {
    name,
    spec: {
      type,
      title: type,
      baseUrl,
      versionPath: '/v1',
      apiKeyEnv: [],
      isKeyOptional: true,
      auth: BEARER,
      chat: { 'openai-chat': '/chat/completions' },
      streamUsage: 'stream_options',
    },
    isActive: true,
    unavailable: undefined,
    baseUrl,
    endpoint: undefined,
    apiKeys: [],
    auth: BEARER,
    headers: {},
    proxyUrl: undefined,
    chat: { 'openai-chat': '/chat/completions' },
    edits: {},
    streamUsage: 'stream_options',
    anyModel: false,
    connectMs: 5000,
    rateLimit: undefined,
    settings: {},
    fingerprint: name,
    ...rest,
  };
}

function makeProviders({ providers = [], models = [] }: SnapshotDraft): ReadonlyMap<string, ProviderInstance> {
  const made = new Map(providers.map((draft) => [draft.name, makeProvider(draft)]));
  for (const { provider = DEFAULT_PROVIDER } of models) {
    if (!made.has(provider)) made.set(provider, makeProvider({ name: provider }));
  }
  return made;
}

function makeModel(draft: ModelDraft, providers: ReadonlyMap<string, ProviderInstance>): ModelEntry {
  const { name, provider: providerName = DEFAULT_PROVIDER, tags = [], abilities = {}, rateLimit, ...rest } = draft;
  const provider = providers.get(providerName) ?? makeProvider({ name: providerName });
  return {
    key: modelKey(providerName, name),
    name,
    provider,
    displayName: name,
    description: undefined,
    upstreamName: rest.remoteIdentifier ?? name,
    remoteIdentifier: undefined,
    isActive: true,
    tags: new Set(tags),
    priority: 0,
    weight: 1,
    defaultParams: {},
    config: {},
    rateLimit: rateLimit && makeRateLimit(rateLimit),
    contextWindow: undefined,
    maxOutputTokens: undefined,
    abilities: new Map(Object.entries(abilities) as [Ability, boolean][]),
    isReasoningModel: false,
    unsupported: undefined,
    price: undefined,
    timeouts: TIMEOUTS,
    retry: RETRY,
    breaker: undefined,
    fallbacks: [],
    downloadUri: undefined,
    localPath: undefined,
    ...rest,
  };
}

/** One request a second, where the test says nothing of requests. */
function makeRateLimit(draft: Partial<RateLimitConfig>): RateLimitConfig {
  const maxRequests = 'maxRequests' in draft ? draft.maxRequests : 1;
  const rest = { maxTokens: undefined, maxConcurrency: undefined, perSeconds: 1, maxWaitMs: 2000 };
  return { maxRequests, burstSize: maxRequests, ...rest, notes: undefined, config: {}, ...draft };
}

function makeRoute(draft: Pick<NamedRoute, 'name'> & Partial<NamedRoute>): NamedRoute {
  return { tags: [], anyTags: [], notTags: [], prefer: [], ...draft };
}

function groupBy(
  models: readonly ModelEntry[],
  keyOf: (model: ModelEntry) => string | undefined,
): ReadonlyMap<string, readonly ModelEntry[]> {
  const groups = new Map<string, ModelEntry[]>();
  for (const model of models) {
    const key = keyOf(model);
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), model]);
  }
  return groups;
}
