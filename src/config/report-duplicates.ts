import { formatPlace, type Place, placeOf } from './place.ts';
import type { ProblemList } from './problem-list.ts';
import type { Entry } from './read-sections.ts';

/** Reports every entry whose name an earlier one has; `keyOf` gives what must be unique and how to call it. */
export function reportDuplicates<Table>(
  entries: readonly Entry<Table>[],
  keyOf: (table: Table) => string,
  problems: ProblemList,
): void {
  const first = new Map<string, Place>();
  for (const { table, place } of entries) {
    const key = keyOf(table);
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, place);
    else problems.add('error', placeOf(place, 'name'), `"${key}" is there twice: first as ${formatPlace(earlier)}`);
  }
}
