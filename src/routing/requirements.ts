import type { ModelEntry } from '../config/snapshot.ts';
import type { RouteQuery, SelectionContext, SkipRule } from './decision.ts';
import { quoted, quotedList } from './name-text.ts';
import { inability } from './serve-needs.ts';
import { hasOneOf, isActive, passesProviderFilters, RULE_DETAILS } from './skip-rules.ts';

/** One thing that a request asks of a model. */
export interface Requirement {
  readonly rule: SkipRule;
  /** The tag that is asked for, where it is one. */
  readonly tag?: string;
  isMet(model: ModelEntry): boolean;
  /** What is wrong with a model that does not meet it, as a predicate: `has no tag …`. */
  miss(model: ModelEntry): string;
}

/** Everything a request asks, in the order of `SKIP_RULES`, every tag for itself. Named models are not among it. */
export function requirementsOf(
  query: RouteQuery,
  { permits, needs, lossOf }: SelectionContext,
): readonly Requirement[] {
  return [
    {
      rule: 'inactive',
      isMet: (model) => query.includeInactive || isActive(model),
      miss: (model) => RULE_DETAILS.inactive(model, query),
    },
    {
      rule: 'unavailable',
      isMet: (model) => model.provider.unavailable === undefined,
      miss: (model) => `is not available: ${RULE_DETAILS.unavailable(model, query)}`,
    },
    {
      rule: 'other-model',
      isMet: (model) => query.name === undefined || query.name === model.name,
      miss: () => `is not called ${quoted(query.name ?? '')}`,
    },
    ...tagRequirements(query),
    {
      rule: 'provider-filter',
      isMet: (model) => passesProviderFilters(model, query),
      miss: (model) => RULE_DETAILS['provider-filter'](model, query),
    },
    {
      rule: 'key-forbids',
      isMet: (model) => permits === undefined || permits(model),
      miss: (model) => RULE_DETAILS['key-forbids'](model, query),
    },
    {
      rule: 'cannot-serve',
      isMet: (model) => inability(model, needs) === undefined,
      miss: (model) => inability(model, needs) ?? '',
    },
    {
      rule: 'cannot-serve',
      isMet: (model) => lossOf?.(model) === undefined,
      miss: (model) => lossOf?.(model)?.detail ?? '',
    },
  ];
}

function tagRequirements({ tags, anyTags, notTags }: RouteQuery): Requirement[] {
  return [
    ...tags.map<Requirement>((tag) => ({
      rule: 'missing-tag',
      tag,
      isMet: (model) => model.tags.has(tag),
      miss: () => `has no tag ${quoted(tag)}`,
    })),
    ...anyTags.map<Requirement>((group) => ({
      rule: 'no-any-tag',
      isMet: (model) => hasOneOf(model, group),
      miss: () => `has none of the tags ${quotedList(group, 'and')}`,
    })),
    ...notTags.map<Requirement>((tag) => ({
      rule: 'forbidden-tag',
      isMet: (model) => !model.tags.has(tag),
      miss: () => `has the tag ${quoted(tag)}`,
    })),
  ];
}
