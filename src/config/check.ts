import type { ProviderSpec } from '../providers/spec.ts';
import { checkReferences } from './check-references.ts';
import { parseTokens } from './formats.ts';
import { placeOf } from './place.ts';
import type { ProblemList } from './problem-list.ts';
import { type Entry, readSections, type Sections } from './read-sections.ts';
import type { RawTable } from './read-shape.ts';
import { reportDuplicates } from './report-duplicates.ts';
import { modelKey } from './snapshot.ts';
import type { ModelTable } from './tables/model.ts';
import type { ProviderTable } from './tables/provider.ts';

/** The provider types of this build. */
export interface ProviderCatalog {
  readonly findSpec: (type: string) => ProviderSpec | undefined;
  /** Every accepted name of a type, for suggestions. */
  readonly providerTypes: readonly string[];
}

export interface CheckedProvider extends Entry<ProviderTable> {
  readonly spec: ProviderSpec;
}

/** router.toml with every value checked, also against the others; entries that cannot be used are left out. */
export interface CheckedConfig extends Sections {
  readonly providers: readonly CheckedProvider[];
}

function countByProvider(models: readonly Entry<ModelTable>[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { table } of models) counts.set(table.provider, (counts.get(table.provider) ?? 0) + 1);
  return counts;
}

function checkProviders(sections: Sections, catalog: ProviderCatalog, problems: ProblemList): CheckedProvider[] {
  reportDuplicates(sections.providers, (table) => table.name, problems);
  const counts = countByProvider(sections.models);
  const usable: CheckedProvider[] = [];
  for (const { table, place } of sections.providers) {
    const spec = catalog.findSpec(table.type);
    if (spec !== undefined) {
      usable.push({ table, place, spec });
      continue;
    }
    const hint = problems.didYouMean(table.type, catalog.providerTypes);
    const count = counts.get(table.name) ?? 0;
    const lost = `"${table.name}" and its ${count} ${count === 1 ? 'model' : 'models'} are left out`;
    const message = `unknown provider type "${table.type}"${hint === '' ? ':' : hint} ${lost}`;
    problems.add('entry-error', placeOf(place, 'type'), message);
  }
  return usable;
}

function checkModel({ table, place }: Entry<ModelTable>, problems: ProblemList): void {
  const limit = table.rate_limit;
  if (limit?.burst_size !== undefined && limit.burst_size < limit.max_requests) {
    const at = placeOf(placeOf(place, 'rate_limit'), 'burst_size');
    problems.add('error', at, `expected at least max_requests (${limit.max_requests}), found ${limit.burst_size}`);
  }
  const window = table.config?.context_window;
  if (window !== undefined && parseTokens(window) === undefined) {
    const at = placeOf(placeOf(place, 'config'), 'context_window');
    problems.add('warning', at, 'expected a number of tokens such as 128000, "128k" or "1M": it is not used');
  }
}

/** Checks each model and leaves out those without a provider. */
function checkModels(
  sections: Sections,
  providers: readonly CheckedProvider[],
  problems: ProblemList,
): Entry<ModelTable>[] {
  reportDuplicates(sections.models, (table) => modelKey(table.provider, table.name), problems);
  const usable = new Set(providers.map(({ table }) => table.name));
  return sections.models.filter((entry) => {
    checkModel(entry, problems);
    const { provider, name } = entry.table;
    if (usable.has(provider)) return true;
    // A provider that is there but left out has been reported together with its models.
    if (sections.providerNames.has(provider)) return false;
    const hint = problems.didYouMean(provider, sections.providerNames);
    const message = `there is no provider "${provider}"${hint === '' ? ':' : hint} "${name}" is left out`;
    problems.add('entry-error', placeOf(entry.place, 'provider'), message);
    return false;
  });
}

/**
 * Raw tables to checked config. Collects every problem and never throws; when `problems` has errors afterwards, the
 * result must not be used.
 */
export function checkConfig(raw: RawTable, catalog: ProviderCatalog, problems: ProblemList): CheckedConfig {
  const sections = readSections(raw, problems);
  const providers = checkProviders(sections, catalog, problems);
  const models = checkModels(sections, providers, problems);
  reportDuplicates(sections.routes, (table) => table.name, problems);
  // Names of entries that are left out still count as known: their absence has been reported once already.
  checkReferences(sections, problems);
  return { ...sections, providers, models };
}
