import { expect, test } from 'vitest';
import { ALL_CLIENTS } from './clients/all.ts';
import { DIFFERENCES } from './difference-table.ts';
import { differencesAt } from './differences.ts';
import { MODES, scenariosOf } from './scenario.ts';
import { SCENARIOS } from './scenarios/all.ts';
import { VENDOR_IDS } from './stage.ts';

test('every difference is met by a test', () => {
  const met = ALL_CLIENTS.flatMap((client) =>
    VENDOR_IDS.flatMap((vendor) =>
      scenariosOf(client, SCENARIOS).flatMap((scenario) =>
        (scenario.modes ?? MODES).flatMap((mode) => differencesAt({ client, vendor, scenario, mode })),
      ),
    ),
  );
  expect(DIFFERENCES.filter((difference) => !met.includes(difference))).toEqual([]);
});

test('names are unique', () => {
  const names = (list: readonly { readonly name: string }[]): string[] => list.map(({ name }) => name);
  expect(names(SCENARIOS)).toEqual([...new Set(names(SCENARIOS))]);
  expect(names(ALL_CLIENTS)).toEqual([...new Set(names(ALL_CLIENTS))]);
});
