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
export type QueryRule = Exclude<SkipRule, 'cannot-serve' | 'stand-in' | 'rate-limited'>;

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

function missingTag(model: ModelEntry, query: RouteQuery): string | undefined {
  return query.tags.find((tag) => !model.tags.has(tag));
}

function unmetGroup(model: ModelEntry, query: RouteQuery): readonly string[] | undefined {
  return query.anyTags.find((group) => !hasOneOf(model, group));
}

export function hasOneOf(model: ModelEntry, tags: readonly string[]): boolean {
  return tags.some((tag) => model.tags.has(tag));
}

function forbiddenTag(model: ModelEntry, query: RouteQuery): string | undefined {
  return query.notTags.find((tag) => model.tags.has(tag));
}

export function passesProviderFilters({ provider }: ModelEntry, query: RouteQuery): boolean {
  if (query.providers !== undefined && !query.providers.includes(provider.name)) return false;
  if (query.providerTypes !== undefined && !query.providerTypes.includes(provider.spec.type)) return false;
  return !query.excludeProviders.includes(provider.name) && !query.excludeProviderTypes.includes(provider.spec.type);
}
