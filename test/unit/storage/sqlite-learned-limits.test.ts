import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import type { LearnedLimit } from '../../../src/canonical/learned-limit.ts';
import { SqliteCatalog } from '../../../src/storage/sqlite-catalog.ts';
import { SqliteLearnedLimits } from '../../../src/storage/sqlite-learned-limits.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const WINDOW: LearnedLimit = {
  provider: 'groq',
  keyId: 'e7f15906',
  model: 'groq/llama',
  name: 'tokens',
  unit: 'tokens',
  limit: 6000,
  remaining: 12.5,
  isSteady: true,
  resetsAt: 1_795_000_000_000,
};
const REST: LearnedLimit = {
  ...WINDOW,
  model: '',
  name: 'quota',
  unit: 'rest',
  limit: undefined,
  remaining: 0,
  isSteady: false,
};

function open(file: string): SqliteLearnedLimits {
  const store = new SqliteLearnedLimits(file);
  onTestFinished(() => store.close());
  return store;
}

const byName = (limits: readonly LearnedLimit[]) => [...limits].sort((a, b) => (a.name < b.name ? -1 : 1));

test('what is saved is there in the next run, beside the catalogue', () => {
  const file = join(temporaryDirectory(), 'router.db');
  const catalog = new SqliteCatalog({ file, onNotice: (message) => expect(message).toBeUndefined() });
  onTestFinished(() => catalog.close());
  open(file).save([WINDOW, REST]);
  expect(byName(open(file).load())).toEqual([REST, WINDOW]);
});

test('each save replaces the one before, a closed store opens again', () => {
  const store = open(join(temporaryDirectory(), 'router.db'));
  expect(store.load()).toEqual([]);
  store.save([WINDOW, REST]);
  store.save([{ ...REST, resetsAt: 1_795_000_000_001.7 }]);
  store.close();
  expect(store.load()).toEqual([{ ...REST, resetsAt: 1_795_000_000_002 }]);
  store.save([]);
  expect(store.load()).toEqual([]);
});

test('as many as there are', () => {
  const store = open(join(temporaryDirectory(), 'router.db'));
  const limits = Array.from({ length: 4096 }, (_, index) => ({ ...WINDOW, model: `groq/${index}` }));
  store.save(limits);
  expect(store.load()).toHaveLength(4096);
});

test('a file that was deleted in use is made again', () => {
  const file = join(temporaryDirectory(), 'router.db');
  const store = open(file);
  store.save([REST]);
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix);
  store.save([WINDOW]);
  expect(open(file).load()).toEqual([WINDOW]);
});

test('a file that is locked or broken is an error, and the rows of before stay', () => {
  const file = join(temporaryDirectory(), 'router.db');
  const store = open(file);
  store.save([WINDOW]);
  const other = new Sqlite(file);
  onTestFinished(() => void other.close());
  other.exec('BEGIN EXCLUSIVE');
  expect(() => store.save([REST])).toThrow();
  other.exec('ROLLBACK');
  expect(store.load()).toEqual([WINDOW]);
  const broken = join(temporaryDirectory(), 'router.db');
  writeFileSync(broken, 'no database at all, but long enough to look like something'.repeat(100));
  expect(() => open(broken).load()).toThrow();
});
