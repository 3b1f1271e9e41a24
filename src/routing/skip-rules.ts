import type { ModelEntry } from '../config/snapshot.ts';
import type { ModelPermission, RouteQuery, SkipRule } from './decision.ts';
import { quoted, quotedList } from './name-text.ts';

/** What the rules that need no knowledge of the request's content look at. */
export interface RuleScope {
  readonly query: RouteQuery;
  /** The named models; undefined where every model asked about is one of them or none was named. */
  readonly named: ReadonlySet<ModelEntry> | undefined;
  readonly permits: ModelPermission;
}

/** The rules that `firstRule` asks; those that come after them compare models with each other or with the time. */
export type QueryRule = Exclude<SkipRule, 'cannot-serve' | 'stand-in' | 'unhealthy' | 'rate-limited'>;

/** The first rule that keeps `model` out, in the order of `SKIP_RULES`; undefined when none does. */
export function firstRule(model: ModelEntry, { query, named, permits }: RuleScope): QueryRule | undefined {
  if (!query.includeInactive && !isActive(model)) return 'inactive';
  if (model.provider.unavailable !== undefined) return 'unavailable';
  if (isOther(model, query, named)) return 'other-model';
  if (missingTag(model, query) !== undefined) return 'missing-tag';
  if (unmetGroup(model, query) !== undefined) return 'no-any-tag';
  if (forbiddenTag(model, query) !== undefined) return 'forbidden-tag';
  if (!passesProviderFilters(model, query)) return 'provider-filter';
  if (permits !== undefined && !permits(model)) return 'key-forbids';
  return undefined;
}

/** Why `rule` keeps `model` out, as a predicate: `has no tag …`. */
export const RULE_DETAILS: Readonly<Record<QueryRule, (model: ModelEntry, query: RouteQuery) => string>> = {
  inactive: (model) => (model.isActive ? 'belongs to a provider that is switched off' : 'is switched off'),
  unavailable: (model) => model.provider.unavailable ?? '',
  'other-model': () => 'is not the model that was named',
  'missing-tag': (model, query) => `has no tag ${quoted(missingTag(model, query) ?? '')}`,
  'no-any-tag': (model, query) => `has none of the tags ${quotedList(unmetGroup(model, query) ?? [], 'and')}`,
  'forbidden-tag': (model, query) => `has the tag ${quoted(forbiddenTag(model, query) ?? '')}`,
  'provider-filter': ({ provider }) =>
    `belongs to the provider ${quoted(provider.name)} of type ${quoted(provider.spec.type)}`,
  'key-forbids': () => 'may not be used with this API key',
};

export function isActive(model: ModelEntry): boolean {
  return model.isActive && model.provider.isActive;
}

function isOther(model: ModelEntry, query: RouteQuery, named: RuleScope['named']): boolean {
  if (query.name !== undefined && query.name !== model.name) return true;
  return named !== undefined && !named.has(model);
}

// Plain loops, because these are asked of hundreds of models for every request.

function missingTag({ tags }: ModelEntry, query: RouteQuery): string | undefined {
  for (const tag of query.tags) if (!tags.has(tag)) return tag;
  return undefined;
}

function unmetGroup(model: ModelEntry, query: RouteQuery): readonly string[] | undefined {
  for (const group of query.anyTags) if (!hasOneOf(model, group)) return group;
  return undefined;
}

export function hasOneOf({ tags }: ModelEntry, wanted: readonly string[]): boolean {
  for (const tag of wanted) if (tags.has(tag)) return true;
  return false;
}

function forbiddenTag({ tags }: ModelEntry, query: RouteQuery): string | undefined {
  for (const tag of query.notTags) if (tags.has(tag)) return tag;
  return undefined;
}

export function passesProviderFilters({ provider }: ModelEntry, query: RouteQuery): boolean {
  const { providers, providerTypes, excludeProviders, excludeProviderTypes } = query;
  if (providers !== undefined && !providers.includes(provider.name)) return false;
  if (providerTypes !== undefined && !providerTypes.includes(provider.spec.type)) return false;
  return !isAmong(provider.name, excludeProviders) && !isAmong(provider.spec.type, excludeProviderTypes);
}

function isAmong(name: string, list: readonly string[]): boolean {
  return list.length > 0 && list.includes(name);
}
