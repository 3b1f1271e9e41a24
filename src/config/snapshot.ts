import type { Ability } from '../canonical/needs.ts';
import type { JsonObject } from '../lib/json.ts';
import type { RateLimits } from '../providers/rate-limits.ts';
import type { ProviderInstance } from '../providers/spec.ts';

/** `<provider>/<model>` as written in router.toml. */
export type ModelKey = `${string}/${string}`;

export function modelKey(provider: string, name: string): ModelKey {
  return `${provider}/${name}`;
}

/** The four clocks, in milliseconds (`connect_ms` belongs to the provider's connections). */
export interface Timeouts {
  /** To the response headers (no stream) or the first content (stream). */
  readonly firstTokenMs: number;
  /** Between bytes (no stream) or content events (stream). */
  readonly idleMs: number;
  /** Whole request, all attempts. */
  readonly totalMs: number;
}

export interface RetryPolicy {
  /** Per target, the first included. */
  readonly maxAttempts: number;
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
  /** A longer Retry-After means: do not wait for this target. */
  readonly retryAfterCapMs: number;
  /** How many models one request may try. */
  readonly maxTargets: number;
  /** Share of the requests of ten seconds that may be tried again at the same model. */
  readonly budgetPercent: number;
}

/** `[circuit_breaker]`: when a failing model is left alone, and for how long. */
export interface BreakerPolicy {
  /** Failures in a row that open the breaker. */
  readonly failureThreshold: number;
  /** Share of failures (0 to 1) among at least `minRequests` in `windowSeconds` that opens it too. */
  readonly errorRate: number;
  readonly minRequests: number;
  readonly windowSeconds: number;
  readonly cooldownSeconds: number;
  /** Requests let in at once after the cool-down, until one of them succeeds. */
  readonly halfOpenMaxRequests: number;
}

/** `[models.rate_limit]` */
export interface RateLimitConfig extends RateLimits {
  readonly notes: string | undefined;
  readonly config: JsonObject;
}

/** US dollars per million tokens. */
export interface Price {
  readonly inputUsdPerMillion: number;
  readonly outputUsdPerMillion: number;
  readonly cacheReadUsdPerMillion: number;
  readonly cacheWriteUsdPerMillion: number;
}

/** `warn`: left out and said in a header. `drop`: left out. `reject`: the model cannot serve the request. */
export type UnsupportedPolicy = 'warn' | 'drop' | 'reject';

export interface ModelEntry {
  readonly key: ModelKey;
  readonly name: string;
  readonly provider: ProviderInstance;
  readonly displayName: string;
  readonly description: string | undefined;
  /** The name the provider knows the model by. */
  readonly upstreamName: string;
  /** As written in `remote_identifier`. */
  readonly remoteIdentifier: string | undefined;
  readonly isActive: boolean;
  readonly tags: ReadonlySet<string>;
  readonly priority: number;
  readonly weight: number;
  /** Merged under the parameters of the request. */
  readonly defaultParams: JsonObject;
  /** `[models.config]` as written. */
  readonly config: JsonObject;
  readonly rateLimit: RateLimitConfig | undefined;
  readonly contextWindow: number | undefined;
  readonly maxOutputTokens: number | undefined;
  /** What the file says the model can or cannot do; an ability that is not mentioned is unknown. */
  readonly abilities: ReadonlyMap<Ability, boolean>;
  /** The file says (by capability or tag) that the model thinks before it answers. */
  readonly isReasoningModel: boolean;
  /**
   * What happens to fields of a request that the provider's format cannot carry. Undefined: as with `warn`, but whatever
   * changes the meaning of the request is refused.
   */
  readonly unsupported: UnsupportedPolicy | undefined;
  readonly price: Price | undefined;
  readonly timeouts: Timeouts;
  readonly retry: RetryPolicy;
  /** Undefined: switched off. */
  readonly breaker: BreakerPolicy | undefined;
  /** Tried next when this one fails, in this order. */
  readonly fallbacks: readonly ModelKey[];
  readonly downloadUri: string | undefined;
  readonly localPath: string | undefined;
}

/** One key of `[[api_keys]]` or `LLM_ROUTER_API_KEYS`. Only its hash is kept. */
export interface ApiKeyConfig {
  readonly name: string;
  /** SHA-256 of the key, hexadecimal. */
  readonly keyHash: string;
  readonly isActive: boolean;
  /** `provider/model` or bare model names; undefined allows all, an empty list none. */
  readonly allowedModels: readonly string[] | undefined;
  readonly allowedProviders: readonly string[] | undefined;
  readonly role: 'call' | 'monitor' | 'admin';
}

export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  readonly allowLocalWithoutAuth: boolean;
  /** Serve on a public address without any key. */
  readonly allowUnauthenticated: boolean;
  /** Host names beside the loopback ones, lower case, without port. */
  readonly allowedHosts: readonly string[];
  readonly maxBodyBytes: number;
  readonly drainSeconds: number;
  /** Silence after which a streaming client gets a heartbeat; 0: none. */
  readonly streamHeartbeatMs: number;
}

/** `[monitoring]` */
export interface MonitoringConfig {
  /** Age at which records go. */
  readonly retentionDays: number;
  /** Room that records may take, in bytes; 0 means no bound. */
  readonly maxBytes: number;
}

/** `[[routes]]`: a name that clients use as `model`. */
export interface NamedRoute {
  readonly name: string;
  readonly tags: readonly string[];
  readonly anyTags: readonly string[];
  readonly notTags: readonly string[];
  readonly prefer: readonly string[];
}

export interface RoutingPair {
  readonly name: string;
  readonly strongModel: string;
  readonly weakModel: string;
}

/** `[routing.health_check]`: how providers are probed while their models rest. */
export interface HealthCheckConfig {
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  /** From the root of the provider's server; undefined: its list of models. */
  readonly path: string | undefined;
}

export interface RoutingConfig {
  readonly strategy: 'priority';
  /** Next candidate on failure. */
  readonly fallback: boolean;
  readonly defaultTags: readonly string[];
  readonly pairs: readonly RoutingPair[];
  readonly defaultPair: string | undefined;
  readonly defaultStrongModel: string | undefined;
  readonly defaultWeakModel: string | undefined;
  readonly analyzerModel: string | undefined;
  readonly analyzerTimeoutMs: number;
  readonly autoFallbackMode: 'strong' | 'weak';
  /** Undefined: switched off. */
  readonly healthCheck: HealthCheckConfig | undefined;
}

/**
 * `error`: the file is rejected. `entry-error`: that entry is left out, the rest loads. `warning`: loads, but probably
 * not as meant. `notice`: known, but not active in this version.
 */
export type ProblemLevel = 'error' | 'entry-error' | 'warning' | 'notice';

export interface ConfigProblem {
  readonly level: ProblemLevel;
  /** `models[3].rate_limit.max_requests` */
  readonly path: string;
  readonly message: string;
  /** 1-based; undefined where the problem has no place in the file. */
  readonly line: number | undefined;
  readonly column: number | undefined;
}

/** Everything a request may read about configuration. Built whole, never edited. */
export interface RouterSnapshot {
  /** Counts from 1 since the process began. */
  readonly version: number;
  /** SHA-256 of the file's bytes. */
  readonly digest: string;
  /** Wall time in milliseconds. */
  readonly loadedAt: number;
  /** Absolute path of the file; undefined for the embedded defaults. */
  readonly file: string | undefined;
  readonly server: ServerConfig;
  readonly providers: ReadonlyMap<string, ProviderInstance>;
  /** In the order of the file. */
  readonly models: ReadonlyMap<ModelKey, ModelEntry>;
  /** All models by priority, then by name descending, then in the order of the file. */
  readonly ranked: readonly ModelEntry[];
  /** Each list in ranked order. */
  readonly modelsByName: ReadonlyMap<string, readonly ModelEntry[]>;
  readonly modelsByRemoteIdentifier: ReadonlyMap<string, readonly ModelEntry[]>;
  readonly routes: ReadonlyMap<string, NamedRoute>;
  readonly routing: RoutingConfig;
  readonly apiKeys: readonly ApiKeyConfig[];
  readonly monitoring: MonitoringConfig;
  readonly timeouts: Timeouts;
  readonly retry: RetryPolicy;
  /** Of models that the file does not list. Undefined: switched off. */
  readonly breaker: BreakerPolicy | undefined;
  /** Warnings, notices and left-out entries of this file. */
  readonly problems: readonly ConfigProblem[];
}

export function compareRanked(left: ModelEntry, right: ModelEntry): number {
  if (left.priority !== right.priority) return right.priority - left.priority;
  if (left.name === right.name) return 0;
  return left.name < right.name ? 1 : -1;
}
