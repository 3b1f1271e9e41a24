import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { expect, test } from 'vitest';
import { PROVIDER_SPECS } from '../src/providers/registry.ts';

const SRC = resolve(import.meta.dirname, '../src');
const VOCABULARY = ['lib', 'errors', 'canonical'];
const DECISIONS = ['access', 'routing', 'monitor'];

/** Layer -> layers it may import besides itself. Files directly in src/ and the command line may import all. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  lib: [],
  errors: ['lib'],
  canonical: ['lib'],
  protocols: VOCABULARY,
  providers: VOCABULARY,
  config: [...VOCABULARY, 'providers'],
  access: [...VOCABULARY, 'config'],
  routing: [...VOCABULARY, 'config', 'providers'],
  monitor: [...VOCABULARY, 'config'],
  gateway: [...VOCABULARY, 'protocols', 'providers', 'config', ...DECISIONS],
  storage: [...VOCABULARY, 'config', ...DECISIONS],
  http: [...VOCABULARY, 'protocols', 'providers', 'config', ...DECISIONS, 'gateway'],
};

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => join(SRC, file));

const partsOf = (file: string): string[] => relative(SRC, file).split(sep);
const layerOf = (file: string): string => partsOf(file)[0] ?? '';

function importsOf(file: string): string[] {
  const source = readFileSync(file, 'utf8');
  const specifiers = [...source.matchAll(/(?:from|import\(|import)\s*'(\.[^']+)'/g)];
  return specifiers.map((match) => resolve(dirname(file), match[1] ?? ''));
}

function brokenImports(isAllowed: (file: string, target: string) => boolean): string[] {
  return files.flatMap((file) =>
    importsOf(file)
      .filter((target) => !isAllowed(file, target))
      .map((target) => `${relative(SRC, file)} -> ${relative(SRC, target)}`),
  );
}

test('there is something to look at', () => {
  expect(files.length).toBeGreaterThan(80);
});

test('imports only point down the layer table', () => {
  const isRoot = (layer: string): boolean => layer.endsWith('.ts') || layer === 'cli';
  const isAllowed = (file: string, target: string): boolean => {
    const layer = layerOf(file);
    return isRoot(layer) || layer === layerOf(target) || (MAY_IMPORT[layer]?.includes(layerOf(target)) ?? false);
  };
  expect(brokenImports(isAllowed)).toEqual([]);
});

test('no protocol folder imports another one', () => {
  const folderOf = (file: string): string => partsOf(file).slice(1, -1).join('/');
  const isAllowed = (file: string, target: string): boolean => {
    if (layerOf(file) !== 'protocols' || layerOf(target) !== 'protocols' || folderOf(file) === '') return true;
    return folderOf(target) === '' || folderOf(target) === folderOf(file);
  };
  expect(brokenImports(isAllowed)).toEqual([]);
});

test('no provider imports a wire format', () => {
  const isAllowed = (file: string, target: string): boolean =>
    layerOf(file) !== 'providers' || layerOf(target) !== 'protocols';
  expect(brokenImports(isAllowed)).toEqual([]);
});

test('only the composition root knows the storage', () => {
  const isAllowed = (file: string, target: string): boolean =>
    layerOf(target) !== 'storage' || layerOf(file) === 'storage' || partsOf(file).length === 1;
  expect(brokenImports(isAllowed)).toEqual([]);
});

test('no source file is longer than 400 lines', () => {
  const long = files.filter((file) => readFileSync(file, 'utf8').split('\n').length > 400);
  expect(long.map((file) => relative(SRC, file))).toEqual([]);
});

test('every file that defines a provider is in the registry', () => {
  const defining = readdirSync(join(SRC, 'providers')).filter((file) =>
    readFileSync(join(SRC, 'providers', file), 'utf8').includes('= defineProvider('),
  );
  expect(defining.length).toBeGreaterThan(20);
  expect(PROVIDER_SPECS.length).toBeGreaterThanOrEqual(defining.length);
});
