import type { RouterSnapshot } from '../config/snapshot.ts';
import { RouterError } from '../errors/router-error.ts';
import { nearestNames } from '../lib/nearest.ts';
import type { RouteQuery } from './decision.ts';
import { distinctNames, quoted, suggestion } from './name-text.ts';
import { type ModelTarget, parseModelName } from './parse-model-name.ts';
import type { TagSelection } from './parse-tag-expression.ts';
import type { Selection, SelectionList } from './read-selection.ts';

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
  const listsOf = (member: SelectionList) => selections.flatMap((selection) => asGroup(selection[member]));
  const namesOf = (member: SelectionList) => listsOf(member).flat();
  const name = selections.find((selection) => selection.name !== undefined)?.name;
  const asksForTags = namesOf('tags').length > 0 || namesOf('anyTags').length > 0 || name !== undefined;
  const wanted = tagsOfTarget(target, asksForTags ? [] : snapshot.routing.defaultTags);
  checkProviders(snapshot, [...namesOf('providers'), ...namesOf('excludeProviders')]);
  checkProviderTypes(snapshot, [...namesOf('providerTypes'), ...namesOf('excludeProviderTypes')]);
  return {
    requested: modelName?.trim() || undefined,
    named: target.kind === 'models' ? target.models : undefined,
    tags: distinctNames([...wanted.tags, ...namesOf('tags')]),
    anyTags: distinctGroups([...wanted.anyTags, ...listsOf('anyTags')]),
    notTags: distinctNames([...wanted.notTags, ...namesOf('notTags')]),
    prefer: distinctNames([...wanted.prefer, ...namesOf('prefer')]),
    providers: inCommon(listsOf('providers')),
    excludeProviders: distinctNames(namesOf('excludeProviders')),
    providerTypes: inCommon(listsOf('providerTypes')),
    excludeProviderTypes: distinctNames(namesOf('excludeProviderTypes')),
    name,
    includeInactive: selections.some(({ includeInactive }) => includeInactive === true),
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

function checkProviderTypes(snapshot: RouterSnapshot, asked: readonly string[]): void {
  if (asked.length === 0) return;
  const known = new Set(Array.from(snapshot.providers.values(), ({ spec }) => spec.type));
  const unknown = asked.find((type) => !known.has(type));
  if (unknown !== undefined) throw unknownName('provider of type', 'provider_types', unknown, known);
}

function unknownName(what: string, param: string, unknown: string, known: Iterable<string>): RouterError {
  const nearest = nearestNames(unknown, known);
  return new RouterError('request.invalid', {
    param,
    publicMessage: `There is no ${what} ${quoted(unknown)}.${suggestion(nearest)}`,
    hints: { nearest },
  });
}
