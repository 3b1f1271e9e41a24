import { readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { ModelKey } from '../../../src/config/snapshot.ts';
import { SqliteCatalog } from '../../../src/storage/sqlite-catalog.ts';
import { DatabaseOpenError } from '../../../src/storage/sqlite-open.ts';
import { sampleSnapshot } from './sample-snapshot.ts';
import { temporaryDirectory } from './temporary-directory.ts';

function openCatalog(
  file: string,
  onNotice: (message: string) => void = (message) => expect(message).toBeUndefined(),
): SqliteCatalog {
  const catalog = new SqliteCatalog({ file, onNotice });
  onTestFinished(() => catalog.close());
  return catalog;
}

const OPENAI = { openai: { type: 'openai', models: ['mini', 'large'] } };
const BOTH = { ...OPENAI, 'glm (cn)': { type: 'glm', models: ['mini'] } };

test('gives every provider and model its own id', () => {
  const catalog = openCatalog(join(temporaryDirectory(), 'router.db'));
  catalog.register(sampleSnapshot(BOTH));
  const providerIds = ['openai', 'glm (cn)'].map((name) => catalog.providerId(name));
  const modelIds = (['openai/mini', 'openai/large', 'glm (cn)/mini'] as const).map((key) => catalog.modelId(key));
  expect(new Set(providerIds).size).toBe(2);
  expect(new Set(modelIds).size).toBe(3);
  expect([...providerIds, ...modelIds].every((id) => Number.isSafeInteger(id))).toBe(true);
  expect(catalog.providerId('nobody')).toBeUndefined();
  expect(catalog.modelId('openai/nothing')).toBeUndefined();
});

test('ids stay with their names through reloads, removals, returns and restarts', () => {
  const name = fc.constantFrom('a', 'b', 'c');
  const content = fc.dictionary(
    name,
    fc.record({ type: fc.constantFrom('openai', 'vllm'), models: fc.uniqueArray(name) }),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(content, fc.boolean()), { minLength: 1, maxLength: 6 }), (reloads) => {
      const file = join(temporaryDirectory(), 'router.db');
      const providerIds = new Map<string, number>();
      const modelIds = new Map<ModelKey, number>();
      let catalog = openCatalog(file);
      for (const [providers, restarts] of reloads) {
        if (restarts) catalog = openCatalog(file);
        const snapshot = sampleSnapshot(providers);
        catalog.register(snapshot);
        for (const provider of snapshot.providers.keys()) remember(providerIds, provider, catalog.providerId(provider));
        for (const key of snapshot.models.keys()) remember(modelIds, key, catalog.modelId(key));
      }
      for (const [provider, id] of providerIds) expect(catalog.providerId(provider)).toBe(id);
      for (const [key, id] of modelIds) expect(catalog.modelId(key)).toBe(id);
      expect(new Set(providerIds.values()).size).toBe(providerIds.size);
      expect(new Set(modelIds.values()).size).toBe(modelIds.size);
    }),
    { numRuns: 25 },
  );
});

function remember<Key>(ids: Map<Key, number>, key: Key, id: number | undefined): void {
  expect(id).toBe(ids.get(key) ?? id);
  if (id === undefined) throw new Error(`${String(key)} has no id`);
  ids.set(key, id);
}

test('says when a name was first seen, and of which type it was last', () => {
  const file = join(temporaryDirectory(), 'router.db');
  const catalog = openCatalog(file);
  catalog.register(sampleSnapshot({ local: { type: 'ollama', models: [] } }, 1000));
  catalog.register(sampleSnapshot({ local: { type: 'vllm', models: ['x'] } }, 2000));
  const database = new Sqlite(file, { readonly: true });
  expect(database.prepare('SELECT name, type, first_seen_at FROM providers').all()).toEqual([
    { name: 'local', type: 'vllm', first_seen_at: 1000 },
  ]);
  expect(database.prepare('SELECT name, first_seen_at FROM models').all()).toEqual([
    { name: 'x', first_seen_at: 2000 },
  ]);
  database.close();
});

test('two processes agree on the ids', () => {
  const file = join(temporaryDirectory(), 'router.db');
  const one = openCatalog(file);
  const two = openCatalog(file);
  one.register(sampleSnapshot(OPENAI));
  two.register(sampleSnapshot(BOTH));
  one.register(sampleSnapshot(BOTH));
  for (const key of sampleSnapshot(BOTH).models.keys()) expect(one.modelId(key)).toBe(two.modelId(key));
});

/** Another process that holds the lock; the function it returns lets it go. */
function lock(file: string): () => void {
  const other = new Sqlite(file);
  onTestFinished(() => void other.close());
  other.exec('BEGIN EXCLUSIVE');
  return () => void other.close();
}

test('while the database is locked, known ids stay, and new ones come by themselves when it is not', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const file = join(temporaryDirectory(), 'router.db');
  const notices: string[] = [];
  const catalog = openCatalog(file, (message) => notices.push(message));
  catalog.register(sampleSnapshot(OPENAI));
  const known = catalog.modelId('openai/mini');
  const release = lock(file);
  catalog.register(sampleSnapshot(BOTH));
  expect(catalog.state()).toEqual({ isFailing: true, lastError: 'database is locked' });
  vi.advanceTimersByTime(20_000);
  expect(notices).toEqual([expect.stringContaining('database is locked')]);
  expect(catalog.modelId('openai/mini')).toBe(known);
  expect(catalog.providerId('glm (cn)')).toBeUndefined();
  expect(catalog.modelId('glm (cn)/mini')).toBeUndefined();
  release();
  vi.advanceTimersByTime(5000);
  expect(notices).toEqual([expect.anything(), 'the main database can be written again']);
  expect(catalog.state()).toEqual({ isFailing: false, lastError: undefined });
  expect(catalog.modelId('glm (cn)/mini')).toBeTypeOf('number');
  expect(catalog.modelId('openai/mini')).toBe(known);
});

test('a file that is deleted in use is made again with every id, also without a reload', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const directory = join(temporaryDirectory(), 'data');
  const file = join(directory, 'router.db');
  const notices: string[] = [];
  const catalog = openCatalog(file, (message) => notices.push(message));
  catalog.register(sampleSnapshot({ 'glm (cn)': BOTH['glm (cn)'] }, 1000));
  catalog.register(sampleSnapshot(BOTH, 2000));
  const keys = [...sampleSnapshot(BOTH).models.keys()];
  const ids = keys.map((key) => catalog.modelId(key));
  for (const lose of [() => vi.advanceTimersByTime(5000), () => catalog.register(sampleSnapshot({ a: NEW }))]) {
    rmSync(directory, { recursive: true });
    lose();
    expect(notices.splice(0)).toEqual([expect.stringContaining('deleted or replaced')]);
    const again = openCatalog(file);
    expect(keys.map((key) => again.modelId(key))).toEqual(ids);
    expect(again.providerId('a')).toBe(catalog.providerId('a'));
  }
  expect(catalog.modelId('a/x')).toBeTypeOf('number');
});

test('a file that cannot even be looked for is a failure that heals', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const directory = join(temporaryDirectory(), 'data');
  const notices: string[] = [];
  const catalog = openCatalog(join(directory, 'router.db'), (message) => notices.push(message));
  catalog.register(sampleSnapshot(OPENAI));
  renameSync(directory, `${directory}-away`);
  symlinkSync(directory, directory);
  vi.advanceTimersByTime(10_000);
  expect(catalog.state()).toMatchObject({ isFailing: true, lastError: expect.stringContaining('ELOOP') });
  rmSync(directory);
  renameSync(`${directory}-away`, directory);
  vi.advanceTimersByTime(5000);
  expect(catalog.state().isFailing).toBe(false);
  expect(notices).toEqual([expect.stringContaining('ELOOP'), 'the main database can be written again']);
});

const NEW = { type: 'openai', models: ['x'] };

test('a reload with nothing new does not touch the file', () => {
  const file = join(temporaryDirectory(), 'router.db');
  const notices: string[] = [];
  const catalog = openCatalog(file, (message) => notices.push(message));
  catalog.register(sampleSnapshot(BOTH));
  const other = new Sqlite(file);
  other.exec('BEGIN EXCLUSIVE');
  catalog.register(sampleSnapshot(OPENAI));
  catalog.register(sampleSnapshot(BOTH));
  other.close();
  expect([notices, catalog.state().isFailing]).toEqual([[], false]);
});

test('a broken database is refused by name', () => {
  const file = join(temporaryDirectory(), 'router.db');
  const before = new SqliteCatalog({ file, onNotice: () => {} });
  before.register(
    sampleSnapshot({ many: { type: 'openai', models: Array.from({ length: 500 }, (_, n) => `model-${n}`) } }),
  );
  before.close();
  const bytes = readFileSync(file);
  for (let page = 4096; page < bytes.length; page += 4096) bytes.fill(0xff, page, page + 64);
  writeFileSync(file, bytes);
  expect(() => new SqliteCatalog({ file, onNotice: () => {} })).toThrow(DatabaseOpenError);
  expect(() => new SqliteCatalog({ file, onNotice: () => {} })).toThrow(file);
});
