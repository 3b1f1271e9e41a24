import type { RouterSnapshot } from '../config/snapshot.ts';
import { RouterError } from '../errors/router-error.ts';
import { nearestNames } from '../lib/nearest.ts';
import type { RouteQuery } from './decision.ts';
import { distinctNames, quoted, suggestion } from './name-text.ts';
import { type ModelTarget, parseModelName } from './parse-model-name.ts';
import type { TagSelection } from './parse-tag-expression.ts';
import { NO_SELECTION, type Selection, type SelectionList } from './read-selection.ts';

/** Which model, in the caller's own words. */
export interface Question {
  /** The `model` of the request; absent or empty where it names none. */
  readonly modelName: string | undefined;
  /** What headers, body and path say beside it. All of it counts; of several `name`s the first. */
  readonly selections: readonly Selection[];
}

/** Resolves a question against a configuration. Throws `request.invalid` and `model.unknown`. */
export function buildQuery(snapshot: RouterSnapshot, { modelName, selections }: Question): RouteQuery {
  const target = parseModelName(snapshot, modelName);
  const requested = modelName?.trim() || undefined;
  if (selections.every((selection) => selection === NO_SELECTION)) return targetQuery(snapshot, target, requested);
  const listsOf = (member: SelectionList) => selections.flatMap((selection) => asGroup(selection[member]));
  const namesOf = (member: SelectionList) => listsOf(member).flat();
  const name = selections.find((selection) => selection.name !== undefined)?.name;
  const asksForTags = namesOf('tags').length > 0 || namesOf('anyTags').length > 0 || name !== undefined;
  const wanted = tagsOfTarget(target, asksForTags ? [] : snapshot.routing.defaultTags);
  checkProviders(snapshot, [...namesOf('providers'), ...namesOf('excludeProviders')]);
  const typeOf = typeNames(snapshot);
  return {
    requested,
    named: target.kind === 'models' ? target.models : undefined,
    tags: distinctNames([...wanted.tags, ...namesOf('tags')]),
    anyTags: distinctGroups([...wanted.anyTags, ...listsOf('anyTags')]),
    notTags: distinctNames([...wanted.notTags, ...namesOf('notTags')]),
    prefer: distinctNames([...wanted.prefer, ...namesOf('prefer')]),
    providers: inCommon(listsOf('providers')),
    excludeProviders: distinctNames(namesOf('excludeProviders')),
    providerTypes: inCommon(listsOf('providerTypes').map((types) => types.map(typeOf))),
    excludeProviderTypes: distinctNames(namesOf('excludeProviderTypes').map(typeOf)),
    name,
    includeInactive: selections.some(({ includeInactive }) => includeInactive === true),
  };
}

/** The query of a request that says nothing beside the model: made without looking through empty lists. */
function targetQuery(snapshot: RouterSnapshot, target: ModelTarget, requested: string | undefined): RouteQuery {
  return {
    requested,
    named: target.kind === 'models' ? target.models : undefined,
    ...tagsOfTarget(target, snapshot.routing.defaultTags),
    providers: undefined,
    excludeProviders: [],
    providerTypes: undefined,
    excludeProviderTypes: [],
    name: undefined,
    includeInactive: false,
  };
}

function tagsOfTarget(target: ModelTarget, defaultTags: readonly string[]): TagSelection {
  if (target.kind === 'tags') return target.selection;
  return { tags: target.kind === 'any' ? defaultTags : [], anyTags: [], notTags: [], prefer: [] };
}

/** No list, or an empty one, asks for nothing. */
function asGroup(list: readonly string[] | undefined): readonly (readonly string[])[] {
  return list === undefined || list.length === 0 ? [] : [list];
}

function distinctGroups(groups: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return [...new Map(groups.map((group) => [JSON.stringify(group), group])).values()];
}

/** What all lists allow; undefined where there is no list. */
function inCommon(lists: readonly (readonly string[])[]): readonly string[] | undefined {
  const [first, ...others] = lists;
  return first && distinctNames(first).filter((name) => others.every((list) => list.includes(name)));
}

function checkProviders(snapshot: RouterSnapshot, asked: readonly string[]): void {
  const unknown = asked.find((name) => !snapshot.providers.has(name));
  if (unknown !== undefined) throw unknownName('provider', 'providers', unknown, snapshot.providers.keys());
}

/** Reads the name of a provider type, or one of its other spellings; only types of the configuration are known. */
function typeNames(snapshot: RouterSnapshot): (name: string) => string {
  const types = new Map<string, string>();
  for (const { spec } of snapshot.providers.values()) {
    for (const name of [spec.type, ...(spec.aliases ?? [])]) types.set(name, spec.type);
  }
  return (name) => {
    const type = types.get(name);
    if (type === undefined) throw unknownName('provider of type', 'provider_types', name, types.keys());
    return type;
  };
}

function unknownName(what: string, param: string, unknown: string, known: Iterable<string>): RouterError {
  const nearest = nearestNames(unknown, known);
  return new RouterError('request.invalid', {
    param,
    publicMessage: `There is no ${what} ${quoted(unknown)}.${suggestion(nearest)}`,
    hints: { nearest },
  });
}
