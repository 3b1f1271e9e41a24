import type { RouteQuery } from './decision.ts';

/** The words in which callers ask and answers repeat. */
const MEMBERS = {
  requested: 'model',
  name: 'name',
  tags: 'tags',
  anyTags: 'any_tags',
  notTags: 'not_tags',
  prefer: 'prefer',
  providers: 'providers',
  excludeProviders: 'exclude_providers',
  providerTypes: 'provider_types',
  excludeProviderTypes: 'exclude_provider_types',
} as const satisfies Partial<Record<keyof RouteQuery, string>>;

const ENTRIES = Object.entries(MEMBERS) as readonly (readonly [keyof typeof MEMBERS, string])[];

/** The query as JSON, without what was not asked. `any_tags` is a list of groups. */
export function describeQuery(query: RouteQuery): Readonly<Record<string, unknown>> {
  const described: Record<string, unknown> = {};
  for (const [member, name] of ENTRIES) {
    const value = query[member];
    // An empty list asks for nothing, except where it is what two filters have in common.
    const isAsked = value !== undefined && (value.length > 0 || member === 'providers' || member === 'providerTypes');
    if (isAsked) described[name] = value;
  }
  if (query.includeInactive) described['include_inactive'] = true;
  return described;
}
