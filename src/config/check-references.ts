import { type Place, placeOf } from './place.ts';
import type { ProblemList } from './problem-list.ts';
import type { Entry, Sections } from './read-sections.ts';
import { reportDuplicates } from './report-duplicates.ts';
import { modelKey } from './snapshot.ts';
import type { ApiKeyTable } from './tables/api-key.ts';
import type { ModelTable } from './tables/model.ts';
import { cleanTags } from './tags.ts';

/** What the names of a file may refer to. */
interface Names {
  readonly tags: ReadonlySet<string>;
  readonly providers: ReadonlySet<string>;
  /** Providers that serve models the file does not list. */
  readonly openProviders: ReadonlySet<string>;
  readonly modelKeys: ReadonlySet<string>;
  readonly modelNames: ReadonlySet<string>;
}

function collectNames(sections: Sections): Names {
  const { providers, models } = sections;
  return {
    tags: new Set(models.flatMap(({ table }) => cleanTags(table.tags))),
    providers: sections.providerNames,
    openProviders: new Set(providers.filter(({ table }) => table.any_model === true).map(({ table }) => table.name)),
    modelKeys: new Set(models.map(({ table }) => modelKey(table.provider, table.name))),
    modelNames: new Set(models.map(({ table }) => table.name)),
  };
}

function checkTags(tags: readonly string[] | undefined, names: Names, place: Place, problems: ProblemList): void {
  for (const [index, written] of (tags ?? []).entries()) {
    const tag = written.trim();
    if (tag === '' || names.tags.has(tag)) continue;
    const message = `no model has the tag "${tag}"${problems.didYouMean(tag, names.tags)}`;
    problems.add('warning', placeOf(place, index), message);
  }
}

function isKnownModel(reference: string, names: Names): boolean {
  if (names.modelKeys.has(reference)) return true;
  const slash = reference.indexOf('/');
  return slash > 0 && names.openProviders.has(reference.slice(0, slash));
}

function checkModelKey(reference: string | undefined, names: Names, place: Place, problems: ProblemList): void {
  if (reference === undefined || isKnownModel(reference, names)) return;
  problems.add('warning', place, `there is no model "${reference}"${problems.didYouMean(reference, names.modelKeys)}`);
}

function checkRouting({ routing }: Sections, names: Names, problems: ProblemList): void {
  const place = placeOf(undefined, 'routing');
  checkTags(routing.default_tags, names, placeOf(place, 'default_tags'), problems);
  for (const key of ['default_strong_model', 'default_weak_model', 'analyzer_model'] as const) {
    checkModelKey(routing[key], names, placeOf(place, key), problems);
  }
  const pairs = (routing.pairs ?? []).map((table, index) => ({
    table,
    place: placeOf(placeOf(place, 'pairs'), index),
  }));
  reportDuplicates(pairs, (table) => table.name, problems);
  for (const pair of pairs) {
    checkModelKey(pair.table.strong_model, names, placeOf(pair.place, 'strong_model'), problems);
    checkModelKey(pair.table.weak_model, names, placeOf(pair.place, 'weak_model'), problems);
  }
  const wanted = routing.default_pair;
  if (wanted === undefined || pairs.some(({ table }) => table.name === wanted)) return;
  const hint = problems.didYouMean(wanted, new Set(pairs.map(({ table }) => table.name)));
  problems.add('error', placeOf(place, 'default_pair'), `there is no pair "${wanted}"${hint}`);
}

function checkRoutes({ routes }: Sections, names: Names, problems: ProblemList): void {
  for (const { table, place } of routes) {
    let count = 0;
    for (const key of ['tags', 'any_tags', 'not_tags', 'prefer'] as const) {
      checkTags(table[key], names, placeOf(place, key), problems);
      count += cleanTags(table[key]).length;
    }
    if (count === 0) problems.add('warning', place, `the route "${table.name}" has no tags: every model matches`);
  }
}

function checkAllowedModels({ table, place }: Entry<ApiKeyTable>, names: Names, problems: ProblemList): void {
  for (const [index, reference] of (table.allowed_models ?? []).entries()) {
    if (isKnownModel(reference, names) || names.modelNames.has(reference)) continue;
    const at = placeOf(placeOf(place, 'allowed_models'), index);
    const known = reference.includes('/') ? names.modelKeys : names.modelNames;
    problems.add('warning', at, `there is no model "${reference}"${problems.didYouMean(reference, known)}`);
  }
}

function checkAllowedProviders({ table, place }: Entry<ApiKeyTable>, names: Names, problems: ProblemList): void {
  for (const [index, name] of (table.allowed_providers ?? []).entries()) {
    if (names.providers.has(name)) continue;
    const at = placeOf(placeOf(place, 'allowed_providers'), index);
    problems.add('warning', at, `there is no provider "${name}"${problems.didYouMean(name, names.providers)}`);
  }
}

function checkApiKey(entry: Entry<ApiKeyTable>, names: Names, problems: ProblemList): void {
  const { key, key_env: keyEnv } = entry.table;
  if (key === undefined && keyEnv === undefined) problems.add('error', entry.place, '`key` or `key_env` is missing');
  if (key?.includes('${')) {
    problems.add(
      'error',
      placeOf(entry.place, 'key'),
      'variables are not replaced here: name the variable with `key_env`',
    );
  }
  checkAllowedModels(entry, names, problems);
  checkAllowedProviders(entry, names, problems);
}

function checkFallbacks({ table, place }: Entry<ModelTable>, names: Names, problems: ProblemList): void {
  const own = modelKey(table.provider, table.name);
  for (const [index, reference] of (table.fallbacks ?? []).entries()) {
    const at = placeOf(placeOf(place, 'fallbacks'), index);
    if (reference === own) problems.add('warning', at, 'a model cannot stand in for itself');
    else if (table.fallbacks?.indexOf(reference) !== index)
      problems.add('warning', at, 'the same model is there twice');
    else checkModelKey(reference, names, at, problems);
  }
}

/** Checks what one part of the file says about another. `sections` also holds the entries that are left out. */
export function checkReferences(sections: Sections, problems: ProblemList): void {
  const names = collectNames(sections);
  checkRouting(sections, names, problems);
  checkRoutes(sections, names, problems);
  for (const entry of sections.models) checkFallbacks(entry, names, problems);
  for (const entry of sections.apiKeys) checkApiKey(entry, names, problems);
}
