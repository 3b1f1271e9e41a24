import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import type { ModelKey } from '../../../src/config/snapshot.ts';
import { SqliteCatalog } from '../../../src/storage/sqlite-catalog.ts';
import { DatabaseOpenError } from '../../../src/storage/sqlite-open.ts';
import { sampleSnapshot } from './sample-snapshot.ts';
import { temporaryDirectory } from './temporary-directory.ts';

function openCatalog(
  file: string,
  onError: (error: unknown) => void = (error) => expect(error).toBeUndefined(),
): SqliteCatalog {
  const catalog = new SqliteCatalog({ file, onError });
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

test('a database that fails later is reported, and what it knows is kept', () => {
  const file = join(temporaryDirectory(), 'router.db');
  const errors: unknown[] = [];
  const catalog = openCatalog(file, (error) => errors.push(error));
  catalog.register(sampleSnapshot(OPENAI));
  const known = catalog.modelId('openai/mini');
  const other = new Sqlite(file);
  other.exec('BEGIN EXCLUSIVE');
  catalog.register(sampleSnapshot(BOTH));
  expect(errors).toHaveLength(1);
  expect(catalog.modelId('openai/mini')).toBe(known);
  expect(catalog.providerId('glm (cn)')).toBeUndefined();
  expect(catalog.modelId('glm (cn)/mini')).toBeUndefined();
  other.exec('ROLLBACK');
  other.close();
  catalog.register(sampleSnapshot(BOTH));
  expect(errors).toHaveLength(1);
  expect(catalog.modelId('glm (cn)/mini')).toBeTypeOf('number');
});

test('a reload with nothing new does not touch the file', () => {
  const file = join(temporaryDirectory(), 'router.db');
  const errors: unknown[] = [];
  const catalog = openCatalog(file, (error) => errors.push(error));
  catalog.register(sampleSnapshot(BOTH));
  const other = new Sqlite(file);
  other.exec('BEGIN EXCLUSIVE');
  catalog.register(sampleSnapshot(OPENAI));
  catalog.register(sampleSnapshot(BOTH));
  other.close();
  expect(errors).toEqual([]);
});

test('a broken database is refused by name', () => {
  const file = join(temporaryDirectory(), 'router.db');
  const before = new SqliteCatalog({ file, onError: () => {} });
  before.register(
    sampleSnapshot({ many: { type: 'openai', models: Array.from({ length: 500 }, (_, n) => `model-${n}`) } }),
  );
  before.close();
  const bytes = readFileSync(file);
  for (let page = 4096; page < bytes.length; page += 4096) bytes.fill(0xff, page, page + 64);
  writeFileSync(file, bytes);
  expect(() => new SqliteCatalog({ file, onError: () => {} })).toThrow(DatabaseOpenError);
  expect(() => new SqliteCatalog({ file, onError: () => {} })).toThrow(file);
});
