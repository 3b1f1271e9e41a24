import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { type Counts, compatibilityDoc } from './compatibility-doc.ts';

/** Numbers of tests and the day of the run. */
const FROM_A_RUN = /\d+\/\d+|–|\d{4}-\d\d-\d\d/g;

const withoutRun = (text: string): string => text.replace(FROM_A_RUN, '#');

test('docs/compatibility.md has the clients, providers, differences and scenarios of the suite', () => {
  const written = readFileSync(resolve(import.meta.dirname, '../../docs/compatibility.md'), 'utf8');
  const counts: Counts = new Map();
  expect(withoutRun(written)).toBe(withoutRun(compatibilityDoc({ counts, date: '2000-01-01' })));
});

test('docs/compatibility.md tells of a run in which every test passed', () => {
  const written = readFileSync(resolve(import.meta.dirname, '../../docs/compatibility.md'), 'utf8');
  const counts = [...written.matchAll(/ (\d+)\/(\d+) /g)];
  expect(counts.length).toBeGreaterThan(50);
  expect(counts.filter(([, passed, total]) => passed !== total)).toEqual([]);
});
