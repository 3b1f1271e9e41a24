import type { Catalog } from '../../config/catalog.ts';
import { type ModelEntry, modelKey } from '../../config/snapshot.ts';
import { invalidField, RouterError } from '../../errors/router-error.ts';
import { nearestNames } from '../../lib/nearest.ts';
import { routerNativeDialect } from '../../protocols/router-native/router-native.ts';
import type { Exchange } from '../exchange.ts';
import { describeModel, describeProvider } from '../model-json.ts';
import { parseModelPath } from '../model-path.ts';
import type { Route } from '../route.ts';

export interface ListDependencies {
  readonly catalog: Catalog;
  /** Every type that `type = "…"` may name. */
  readonly providerTypes: readonly string[];
}

/** Lists of what `router.toml` holds, as far as the caller may use it. */
export function listRoutes(dependencies: ListDependencies): readonly Route[] {
  const base = { method: 'GET', scope: 'list', dialect: routerNativeDialect } as const;
  return [
    { ...base, path: '/providers', handle: (exchange) => listProviders(exchange, dependencies) },
    { ...base, path: '/models', handle: (exchange) => listModels(exchange, dependencies, undefined) },
    { ...base, path: '/models/:path{.+}', handle: (exchange) => findOrList(exchange, dependencies) },
  ];
}

function listProviders(exchange: Exchange, { catalog }: ListDependencies): void {
  const described = [...exchange.snapshot.providers.values()].map((provider) => describeProvider(provider, catalog));
  exchange.json(200, described.sort(byId));
}

/** `/models/{provider}` is a list, `/models/{provider}/{model…}` one model, inactive ones included. */
function findOrList(exchange: Exchange, dependencies: ListDependencies): void {
  const { provider, model } = parseModelPath(exchange.target.path);
  if (model === '') {
    listModels(exchange, dependencies, provider);
    return;
  }
  const entry = exchange.snapshot.models.get(modelKey(provider, model));
  if (entry === undefined || !isVisible(exchange, entry)) {
    throw new RouterError('record.unknown', { publicMessage: `There is no model ${provider}/${model}.` });
  }
  exchange.json(200, describeModel(entry, dependencies.catalog));
}

function listModels(exchange: Exchange, dependencies: ListDependencies, provider: string | undefined): void {
  const { search } = exchange;
  const tags = [...readList(search, 'tag'), ...readList(search, 'tags')];
  const types = [...readList(search, 'provider_type'), ...readList(search, 'provider_types')];
  for (const type of types) checkProviderType(type, dependencies.providerTypes);
  const withInactive = ['1', 'true', 'yes'].includes(search.get('include_inactive')?.toLowerCase() ?? '');
  const wanted = [...exchange.snapshot.models.values()].filter(
    (model) =>
      (provider === undefined || model.provider.name === provider) &&
      (withInactive || (model.isActive && model.provider.isActive)) &&
      tags.every((tag) => model.tags.has(tag)) &&
      (types.length === 0 || isOfType(model, types)) &&
      isVisible(exchange, model),
  );
  exchange.json(200, wanted.map((model) => describeModel(model, dependencies.catalog)).sort(byId));
}

function isVisible(exchange: Exchange, model: ModelEntry): boolean {
  return exchange.caller.permits?.(model) ?? true;
}

function isOfType({ provider: { spec } }: ModelEntry, types: readonly string[]): boolean {
  return types.includes(spec.type) || (spec.aliases?.some((alias) => types.includes(alias)) ?? false);
}

/** Both `?tag=a&tag=b` and `?tags=a,b`. */
function readList(search: URLSearchParams, name: string): string[] {
  const parts = search.getAll(name).flatMap((value) => value.split(','));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

function checkProviderType(type: string, known: readonly string[]): void {
  if (known.includes(type)) return;
  const [nearest] = nearestNames(type, known, 1);
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  throw invalidField('provider_types', `unknown provider type ${JSON.stringify(type)}${hint}`);
}

function byId(left: Record<string, unknown>, right: Record<string, unknown>): number {
  return Number(left['id']) - Number(right['id']);
}
