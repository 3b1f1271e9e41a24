import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DatabaseOpenError, isCorruption, openSqlite, openSqliteReader } from '../../../src/storage/sqlite-open.ts';
import { temporaryDirectory } from './temporary-directory.ts';

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

function failureOf(action: () => unknown): unknown {
  try {
    action();
  } catch (thrown) {
    return thrown;
  }
  throw new Error('nothing was thrown');
}

test('creates what is missing, for its owner only', () => {
  const root = temporaryDirectory();
  const file = join(root, 'data', 'deep', 'router.db');
  const database = openSqlite({ file, schema: 'main', synchronous: 'FULL' });
  database.exec("INSERT INTO providers (name, type, first_seen_at) VALUES ('a', 'openai', 1)");
  expect([join(root, 'data'), join(root, 'data', 'deep')].map(modeOf)).toEqual(['700', '700']);
  const files = readdirSync(join(root, 'data', 'deep')).sort();
  expect(files).toEqual(['router.db', 'router.db-shm', 'router.db-wal']);
  expect(files.map((name) => modeOf(join(root, 'data', 'deep', name)))).toEqual(['600', '600', '600']);
  database.close();
});

test('closes a file that others could read, and leaves a directory that was there', () => {
  const root = temporaryDirectory();
  const file = join(root, 'shared', 'monitor.db');
  mkdirSync(join(root, 'shared'));
  chmodSync(join(root, 'shared'), 0o755);
  writeFileSync(file, '', { mode: 0o644 });
  openSqlite({ file, schema: 'monitor', synchronous: 'NORMAL' }).close();
  expect(modeOf(file)).toBe('600');
  expect(modeOf(join(root, 'shared'))).toBe('755');
});

test.each([
  ['main', 'FULL', 2],
  ['monitor', 'NORMAL', 1],
] as const)('%s: journal, %s sync, lock wait and foreign keys', (schema, synchronous, level) => {
  const database = openSqlite({ file: join(temporaryDirectory(), 'x.db'), schema, synchronous });
  const pragmas = ['journal_mode', 'synchronous', 'busy_timeout', 'foreign_keys'];
  expect(pragmas.map((name) => database.pragma(name, { simple: true }))).toEqual(['wal', level, 2000, 1]);
  database.close();
});

test('tables are made once and survive', () => {
  const file = join(temporaryDirectory(), 'router.db');
  const first = openSqlite({ file, schema: 'main', synchronous: 'FULL' });
  first.exec("INSERT INTO providers (name, type, first_seen_at) VALUES ('a', 'openai', 1)");
  first.close();
  const second = openSqlite({ file, schema: 'main', synchronous: 'FULL' });
  expect(second.prepare('SELECT name FROM providers').pluck().all()).toEqual(['a']);
  second.close();
});

test('the monitor file has two indexes beside the one that keeps records single', () => {
  const database = openSqlite({ file: join(temporaryDirectory(), 'm.db'), schema: 'monitor', synchronous: 'NORMAL' });
  const indexes = database
    .prepare("SELECT name FROM pragma_index_list('monitor_invocations') ORDER BY name")
    .pluck()
    .all();
  expect(indexes).toEqual([
    'monitor_invocations_model_started_at',
    'monitor_invocations_started_at',
    'monitor_invocations_uid_unique',
  ]);
  database.close();
});

test('a reader cannot write', () => {
  const file = join(temporaryDirectory(), 'router.db');
  const writer = openSqlite({ file, schema: 'main', synchronous: 'FULL' });
  const reader = openSqliteReader(file);
  expect(() => reader.exec('DELETE FROM providers')).toThrow(/readonly/);
  reader.close();
  writer.close();
});

test.runIf(existsSync('/proc/locks'))('a second connection does not cost the first one its locks', () => {
  const file = join(temporaryDirectory(), 'router.db');
  const locks = (): number =>
    readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .filter((line) => line.includes(` ${process.pid} `) && line.includes(`:${statSync(file).ino} `)).length;
  const first = openSqlite({ file, schema: 'main', synchronous: 'FULL' });
  expect(locks()).toBe(1);
  openSqlite({ file, schema: 'main', synchronous: 'NORMAL' }).close();
  expect(locks()).toBe(1);
  first.close();
});

test('what cannot be opened is named', () => {
  const root = temporaryDirectory();
  writeFileSync(join(root, 'plain'), 'not a directory');
  for (const file of [root, join(root, 'plain', 'router.db')]) {
    const failure = failureOf(() => openSqlite({ file, schema: 'main', synchronous: 'FULL' }));
    expect(failure).toBeInstanceOf(DatabaseOpenError);
    expect(failure).toMatchObject({ file });
    expect((failure as Error).message).toContain(file);
    expect(isCorruption(failure)).toBe(false);
  }
});

test('a file that is no database is told apart from one that cannot be reached', () => {
  const file = join(temporaryDirectory(), 'router.db');
  writeFileSync(file, 'this is not a database, but it is long enough to be taken for one'.repeat(100));
  const failure = failureOf(() => openSqlite({ file, schema: 'main', synchronous: 'FULL' }));
  expect(failure).toBeInstanceOf(DatabaseOpenError);
  expect(isCorruption(failure)).toBe(true);
});
