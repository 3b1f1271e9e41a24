import { type ModelEntry, modelKey, type NamedRoute, type RouterSnapshot } from '../config/snapshot.ts';
import { RouterError } from '../errors/router-error.ts';
import { nearestNames } from '../lib/nearest.ts';
import { anyModel } from './any-model.ts';
import { checkNameText, quoted, suggestion } from './name-text.ts';
import { parseTagExpression, type TagSelection } from './parse-tag-expression.ts';
import { isActive } from './skip-rules.ts';
import { isProfile, modelOfProfile } from './strong-weak.ts';

/** What a caller means by the `model` of a request. */
export type ModelTarget =
  /** No model in particular: whatever the tags of the request or of the configuration say. */
  | { readonly kind: 'any' }
  | { readonly kind: 'tags'; readonly selection: TagSelection }
  /** One model, or all of the same name, best first. */
  | { readonly kind: 'models'; readonly models: readonly [ModelEntry, ...ModelEntry[]] };

const MAX_NAME_LENGTH = 512;
const AUTO = 'auto';
const TAG_PREFIX = /^tags?:/;
const ROUTE_PREFIX = 'route:';

/**
 * Finds out what `written` names: nothing in particular (absent, empty, `auto`), a tag expression, a route, a model.
 * Throws `request.invalid` for what cannot be a name and `model.unknown`, with the nearest names, for a wrong one.
 */
export function parseModelName(snapshot: RouterSnapshot, written: string | undefined): ModelTarget {
  const name = written?.trim() ?? '';
  if (name === '' || name === AUTO) return { kind: 'any' };
  checkNameText(name, 'model', MAX_NAME_LENGTH);
  const tagPrefix = TAG_PREFIX.exec(name)?.[0];
  if (tagPrefix !== undefined) return { kind: 'tags', selection: parseTagExpression(name.slice(tagPrefix.length)) };
  const route = findRoute(snapshot, name);
  if (route !== undefined) return { kind: 'tags', selection: selectionOf(route) };
  const [first, ...others] = findModels(snapshot, name) ?? findOfProfile(snapshot, name) ?? [];
  if (first !== undefined) return { kind: 'models', models: [first, ...others] };
  throw unknownModel(snapshot, name);
}

/**
 * The models that `name` stands for, best first: `provider/name`, a model of an `any_model` provider, a bare name, a
 * remote identifier; undefined when there is none. Where some of them are switched on, those that are not are left out.
 */
export function findModels(snapshot: RouterSnapshot, name: string): readonly ModelEntry[] | undefined {
  const { provider, rest } = splitProvider(name);
  const exact = snapshot.models.get(modelKey(provider, rest));
  if (exact !== undefined) return [exact];
  const found =
    findOfProvider(snapshot, provider, rest) ??
    snapshot.modelsByName.get(name) ??
    snapshot.modelsByRemoteIdentifier.get(name);
  return found && activeIfAny(found);
}

/** The error for a name that stands for no model, with the nearest of all names that could have been meant. */
export function unknownModel(snapshot: RouterSnapshot, name: string): RouterError {
  const { models, modelsByName, routes } = snapshot;
  return unknownName('model', name, new Set([...models.keys(), ...modelsByName.keys(), ...routes.keys()]));
}

function unknownName(what: string, name: string, known: Iterable<string>): RouterError {
  const nearest = nearestNames(name, known);
  return new RouterError('model.unknown', {
    param: 'model',
    publicMessage: `There is no ${what} ${quoted(name)}.${suggestion(nearest)}`,
    hints: { nearest },
  });
}

/** At the first slash: the names of models may hold more of them. */
function splitProvider(name: string): { readonly provider: string; readonly rest: string } {
  const at = name.indexOf('/');
  return at === -1 ? { provider: '', rest: name } : { provider: name.slice(0, at), rest: name.slice(at + 1) };
}

function findRoute(snapshot: RouterSnapshot, name: string): NamedRoute | undefined {
  if (!name.startsWith(ROUTE_PREFIX)) return snapshot.routes.get(name);
  const routeName = name.slice(ROUTE_PREFIX.length).trim();
  const route = snapshot.routes.get(routeName);
  if (route !== undefined) return route;
  throw unknownName('route', routeName, snapshot.routes.keys());
}

function selectionOf({ tags, anyTags, notTags, prefer }: NamedRoute): TagSelection {
  return { tags, anyTags: anyTags.length === 0 ? [] : [anyTags], notTags, prefer };
}

/**
 * `provider/<remote name>`: the listed models of that remote name, so that nobody slips past the limits and prices of
 * the list, and else whatever a provider with `any_model` may know.
 */
function findOfProvider(
  snapshot: RouterSnapshot,
  providerName: string,
  remoteName: string,
): readonly ModelEntry[] | undefined {
  const provider = snapshot.providers.get(providerName);
  if (provider === undefined || remoteName === '') return undefined;
  const isListed = (model: ModelEntry) => model.provider.name === providerName && model.upstreamName === remoteName;
  const listed = snapshot.ranked.filter(isListed);
  if (listed.length > 0) return listed;
  return provider.anyModel ? [anyModel(snapshot, provider, remoteName)] : undefined;
}

function findOfProfile(snapshot: RouterSnapshot, name: string): readonly ModelEntry[] | undefined {
  const configured = isProfile(name) ? modelOfProfile(snapshot.routing, name) : undefined;
  if (configured === undefined) return undefined;
  const found = findModels(snapshot, configured);
  if (found === undefined) throw unknownModel(snapshot, configured);
  return found;
}

function activeIfAny(models: readonly ModelEntry[]): readonly ModelEntry[] {
  const active = models.filter(isActive);
  return active.length === 0 ? models : active;
}
