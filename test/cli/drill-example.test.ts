import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { loadRouterToml } from '../../src/config/load-router-toml.ts';
import { findProviderSpec, providerTypes } from '../../src/providers/registry.ts';
import { startRouter } from '../support/start-router.ts';

const FOLDER = resolve(import.meta.dirname, '../../examples/drills');
const FILE = readFileSync(`${FOLDER}/router.toml`, 'utf8');

test('examples/drills shows what becomes of calls whose providers fail', async () => {
  const router = await startRouter(FILE);
  onTestFinished(() => router.stop());
  const env = { ...process.env, ROUTER_URL: router.url };
  const { stdout } = await promisify(execFile)('bash', [`${FOLDER}/run.sh`], { env });
  const parts = stdout.split('--- ').slice(1);
  const facts = parts.map((part) => [
    part.split('\n')[0],
    Number(/HTTP\/1\.1 (\d+)/.exec(part)?.[1]),
    /x-router-model: (\S+)/.exec(part)?.[1],
  ]);
  expect(facts).toEqual([
    ['tag:work', 200, 'mock/limited'],
    ['tag:work', 200, 'mock/steady'],
    ['mock/recovering', 200, 'mock/steady'],
    ['mock/fault-reset-midstream-after-3', 200, 'mock/fault-reset-midstream-after-3'],
    ['mock/fault-status-429-after-60', 429, 'mock/fault-status-429-after-60'],
  ]);
  expect(parts[3]).toContain('"code":"upstream.truncated"');
  expect(parts[4]).toContain('retry-after: 60');
});

test('a wrong script is a problem of the file, with its place', () => {
  const catalog = { findSpec: findProviderSpec, providerTypes: providerTypes() };
  const wrong = FILE.replace('"fault-reset", "mock-fast"]', '"fault-rezet"]');
  const options = { ...catalog, file: 'router.toml', env: {}, version: 1, now: 0 };
  const result = loadRouterToml(Buffer.from(wrong), options);
  const line = FILE.split('\n').findIndex((text) => text.startsWith('config = { script')) + 1;
  expect(result).toMatchObject({
    ok: false,
    problems: [
      {
        level: 'error',
        path: 'models[3].config.script',
        message: 'expected names of scripts of the mock, found "fault-rezet": did you mean "fault-reset"?',
        line,
      },
    ],
  });
  expect(loadRouterToml(Buffer.from(FILE), options)).toMatchObject({ ok: true, snapshot: { problems: [] } });
});
