import { type Place, placeOf } from './place.ts';
import type { ProblemList } from './problem-list.ts';
import { isRawTable, type RawTable, read, readKey, warnUnknownKey } from './read-shape.ts';
import { list, table } from './shape.ts';
import { API_KEY, type ApiKeyTable } from './tables/api-key.ts';
import { MODEL, type ModelTable } from './tables/model.ts';
import { PROVIDER, type ProviderTable } from './tables/provider.ts';
import { ROOT, type RootTable } from './tables/root.ts';
import { ROUTE, type RouteTable } from './tables/routing.ts';

/** One table of a list, and where it stands. */
export interface Entry<Table> {
  readonly table: Table;
  readonly place: Place;
}

/** router.toml with every value checked by itself, but not yet against the others. */
export interface Sections {
  readonly providers: readonly Entry<ProviderTable>[];
  /** The names of all `[[providers]]`, also of those that could not be read. */
  readonly providerNames: ReadonlySet<string>;
  readonly models: readonly Entry<ModelTable>[];
  readonly routes: readonly Entry<RouteTable>[];
  readonly apiKeys: readonly Entry<ApiKeyTable>[];
  readonly server: NonNullable<RootTable['server']>;
  readonly timeouts: NonNullable<RootTable['timeouts']>;
  readonly retry: NonNullable<RootTable['retry']>;
  readonly circuitBreaker: RootTable['circuit_breaker'];
  readonly unsupported: RootTable['unsupported'];
  readonly monitoring: RootTable['monitoring'];
  readonly routing: NonNullable<RootTable['routing']>;
}

const MAX_MODELS = 20_000;

const ENTRY_LISTS: ReadonlySet<string> = new Set(['providers', 'models', 'routes', 'api_keys']);

function readEntries<Table>(
  readTable: (value: unknown, place: Place) => Table | undefined,
  value: unknown,
  place: Place,
  problems: ProblemList,
): Entry<Table>[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    read(list(table({})), value, place, problems);
    return [];
  }
  const entries: Entry<Table>[] = [];
  for (let index = 0; index < value.length; index += 1) {
    const at = placeOf(place, index);
    const entry = readTable(value[index], at);
    if (entry !== undefined) entries.push({ table: entry, place: at });
  }
  return entries;
}

/** Tables that are no described ones but hold a list `models`: their name is decoration. */
function decorativeTables(raw: RawTable): [name: string, table: RawTable][] {
  return Object.entries(raw).filter((entry): entry is [string, RawTable] => {
    const [name, value] = entry;
    return !Object.hasOwn(ROOT.keys, name) && isRawTable(value) && Array.isArray(value['models']);
  });
}

function readModels(raw: RawTable, problems: ProblemList): Entry<ModelTable>[] {
  const places: [place: Place, value: unknown][] = [[placeOf(undefined, 'models'), raw['models']]];
  for (const [name, decorative] of decorativeTables(raw)) {
    const place = placeOf(undefined, name);
    places.push([placeOf(place, 'models'), decorative['models']]);
    for (const key of Object.keys(decorative)) {
      if (key === 'models') continue;
      warnUnknownKey(key, decorative[key], {}, { place: placeOf(place, key), problems });
    }
  }
  let count = 0;
  for (const [, value] of places) count += Array.isArray(value) ? value.length : 0;
  if (count > MAX_MODELS) {
    const message = `${count} models are more than the ${MAX_MODELS} that may be listed`;
    problems.add('error', placeOf(undefined, 'models'), message);
    return [];
  }
  const readModel = (value: unknown, at: Place) => read(MODEL, value, at, problems);
  return places.flatMap(([place, value]) => readEntries(readModel, value, place, problems));
}

function readSingleTables(raw: RawTable, problems: ProblemList): RootTable {
  const decorative = new Set(decorativeTables(raw).map(([name]) => name));
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(raw)) {
    if (ENTRY_LISTS.has(key) || decorative.has(key)) continue;
    const place = placeOf(undefined, key);
    const definition = Object.hasOwn(ROOT.keys, key) ? ROOT.keys[key as keyof typeof ROOT.keys] : undefined;
    if (definition === undefined) warnUnknownKey(key, raw[key], ROOT.keys, { place, problems });
    else result[key] = readKey(definition, raw[key], { place, problems });
  }
  return result as RootTable;
}

function declaredNames(providers: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  for (const item of Array.isArray(providers) ? providers : []) {
    const name: unknown = isRawTable(item) ? item['name'] : undefined;
    if (typeof name === 'string') names.add(name);
  }
  return names;
}

/** Checks every value by itself: unknown keys, types, ranges, required keys. */
export function readSections(raw: RawTable, problems: ProblemList): Sections {
  const root = readSingleTables(raw, problems);
  const entriesOf = <Table>(key: string, readTable: (value: unknown, at: Place) => Table | undefined) =>
    readEntries(readTable, raw[key], placeOf(undefined, key), problems);
  return {
    providers: entriesOf('providers', (value, at) => read(PROVIDER, value, at, problems)),
    providerNames: declaredNames(raw['providers']),
    models: readModels(raw, problems),
    routes: entriesOf('routes', (value, at) => read(ROUTE, value, at, problems)),
    apiKeys: entriesOf('api_keys', (value, at) => read(API_KEY, value, at, problems)),
    server: root.server ?? {},
    timeouts: root.timeouts ?? {},
    retry: root.retry ?? {},
    circuitBreaker: root.circuit_breaker,
    unsupported: root.unsupported,
    monitoring: root.monitoring,
    routing: root.routing ?? {},
  };
}
