import type { Ability, RequestNeeds } from '../canonical/needs.ts';
import type { ModelEntry, ModelKey } from '../config/snapshot.ts';
import type { Rest } from './target-health.ts';

/** What a caller asks for, after model names, routes, headers and body fields have been resolved. */
export interface RouteQuery {
  /** The model as the caller wrote it; undefined where none was named. */
  readonly requested: string | undefined;
  /** Only these models, because the caller named one; undefined means any. May hold models that the file does not list. */
  readonly named: readonly ModelEntry[] | undefined;
  /** All of. */
  readonly tags: readonly string[];
  /** At least one of each group. */
  readonly anyTags: readonly (readonly string[])[];
  /** None of. */
  readonly notTags: readonly string[];
  /** Soft: models with more of these come first. */
  readonly prefer: readonly string[];
  /** By provider name; undefined means any. */
  readonly providers: readonly string[] | undefined;
  readonly excludeProviders: readonly string[];
  /** By provider type; undefined means any. */
  readonly providerTypes: readonly string[] | undefined;
  readonly excludeProviderTypes: readonly string[];
  /** The model's own name, as the original's `query.name`. */
  readonly name: string | undefined;
  readonly includeInactive: boolean;
}

/** In the order in which the rules are asked; the first that applies is the one reported. */
export const SKIP_RULES = [
  'inactive',
  'unavailable',
  'other-model',
  'missing-tag',
  'no-any-tag',
  'forbidden-tag',
  'provider-filter',
  'key-forbids',
  'cannot-serve',
  'stand-in',
  'unhealthy',
  'rate-limited',
] as const;

export type SkipRule = (typeof SKIP_RULES)[number];

export interface Exclusion {
  readonly model: ModelEntry;
  readonly rule: SkipRule;
  readonly detail: string;
  /** When it may be asked again, in milliseconds from now; only for `unhealthy` and `rate-limited`. */
  readonly retryAfterMs?: number;
}

export interface LimitedModel {
  readonly model: ModelEntry;
  readonly retryAfterMs: number;
}

/** A model that rests after failures. */
export interface RestingModel extends LimitedModel {
  /** As a predicate: `failed 5 times in a row`. */
  readonly detail: string;
}

/** Which models may serve, best first. */
export interface RoutingDecision {
  readonly candidates: readonly ModelEntry[];
  /** Would be candidates, but limits stand in the way, their own or their provider's; best first. */
  readonly limited: readonly LimitedModel[];
  /** Would be candidates, but rest; best first. */
  readonly resting: readonly RestingModel[];
}

/** What the engine may ask of the world; it changes nothing. */
export interface RoutingState {
  /** Undefined: the model may be asked. */
  restOf(model: ModelEntry, now: number): Rest | undefined;
  /** Milliseconds until the limits of `model` let a request with such needs in, 0 when they do now. */
  msUntilAdmitted(model: ModelEntry, needs: RequestNeeds, now: number): number;
}

/** Permission of the caller; undefined means that everything is allowed. */
export type ModelPermission = ((model: ModelEntry) => boolean) | undefined;

export interface SelectionContext {
  readonly needs: RequestNeeds;
  readonly permits: ModelPermission;
  readonly state: RoutingState;
  /** Monotonic milliseconds. */
  readonly now: number;
  /** What of the request a model would not get that matters; undefined where nothing is lost, or nobody can say. */
  readonly lossOf?: (model: ModelEntry) => MeaningfulLoss | undefined;
}

export interface MeaningfulLoss {
  /** As a predicate: `would lose tool_choice`. */
  readonly detail: string;
  /** The model may serve all the same where no other one can do better. */
  readonly isTolerated: boolean;
}

/** JSON of `POST /route/explain` and of every dry run. */
export interface Explanation {
  readonly snapshot: number;
  readonly query: Readonly<Record<string, unknown>>;
  readonly needs: readonly (Ability | string)[];
  readonly candidates: readonly {
    readonly model: ModelKey;
    readonly provider_type: string;
    readonly priority: number;
    readonly order: { readonly prefer: number; readonly strategy: string };
  }[];
  readonly excluded: readonly {
    readonly model: ModelKey;
    readonly rule: SkipRule;
    readonly detail: string;
    readonly retry_after_ms?: number;
  }[];
}
