import type { ProviderSpec } from '../providers/spec.ts';
import { checkModelLimit, checkProviderLimit } from './check-rate-limit.ts';
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
    checkProviderLimit(table, place, problems);
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
  checkModelLimit(table, place, problems);
  const window = table.config?.context_window;
  if (window !== undefined && parseTokens(window) === undefined) {
    const at = placeOf(placeOf(place, 'config'), 'context_window');
    problems.add('warning', at, 'expected a number of tokens such as 128000, "128k" or "1M": it is not used');
  }
}

function checkScript({ table, place }: Entry<ModelTable>, spec: ProviderSpec, problems: ProblemList): void {
  const problem = spec.scriptProblem?.(table.config ?? {});
  if (problem !== undefined) problems.add('error', placeOf(placeOf(place, 'config'), 'script'), problem);
}

/** Checks each model and leaves out those without a provider. */
function checkModels(
  sections: Sections,
  providers: readonly CheckedProvider[],
  problems: ProblemList,
): Entry<ModelTable>[] {
  reportDuplicates(sections.models, (table) => modelKey(table.provider, table.name), problems);
  const specs = new Map(providers.map(({ table, spec }) => [table.name, spec]));
  return sections.models.filter((entry) => {
    checkModel(entry, problems);
    const { provider, name } = entry.table;
    const spec = specs.get(provider);
    if (spec !== undefined) {
      checkScript(entry, spec, problems);
      return true;
    }
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
