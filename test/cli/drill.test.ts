import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCommandLine } from '../../src/cli/arguments.ts';
import { drill as runDrill } from '../../src/cli/drill.ts';
import { readTraffic } from '../../src/storage/read-traffic.ts';
import { buildOnce } from '../support/build-once.ts';
import { FakeProvider } from '../support/fake-provider.ts';
import { startRouter, type TestRouter } from '../support/start-router.ts';

const NODE_ARGS = [buildOnce()];

interface Ended {
  readonly code: number;
  readonly stdout: string;
}

let groq: FakeProvider;
let together: FakeProvider;
let router: TestRouter;

const argumentsOf = (args: readonly string[]): string[] => [
  'drill',
  '--config',
  router.file,
  '--data-dir',
  router.dataDir,
  ...args,
];

function drill(...args: string[]): Ended {
  const printed: string[] = [];
  const line = readCommandLine(argumentsOf(args));
  const code = runDrill(line, {}, { readTraffic, print: (text) => printed.push(text) });
  return { code, stdout: printed.join('\n') };
}

const ask = (model: string) =>
  router.post('/v1/chat/completions', { model, messages: [{ role: 'user', content: 'Hi' }] });

beforeAll(async () => {
  [groq, together] = await Promise.all([FakeProvider.start(), FakeProvider.start()]);
  router = await startRouter(`
[[providers]]
name = "groq"
type = "openai-compatible"
base_url = "${groq.url}"

[[providers]]
name = "together"
type = "openai-compatible"
base_url = "${together.url}"

[[models]]
name = "fast"
provider = "groq"
tags = ["chat"]
config = { priority = 2 }
price = { input = 100, output = 0 }

[[models]]
name = "steady"
provider = "together"
tags = ["chat"]
price = { input = 200, output = 0 }
`);
  const statuses: number[] = [];
  for (const model of ['tag:chat', 'tag:chat', 'groq/fast', 'together/steady', 'nonsense']) {
    statuses.push((await ask(model)).status);
  }
  expect(statuses).toEqual([200, 200, 200, 200, 404]);
  await router.lastRecord();
});

afterAll(async () => {
  await router.stop();
  await Promise.all([groq.stop(), together.stop()]);
});

describe('drill', () => {
  test('is a command', async () => {
    const args = [...NODE_ARGS, ...argumentsOf(['--kill', 'together'])];
    const { stdout } = await promisify(execFile)(process.execPath, args).catch((error) => error);
    expect(stdout).toContain('Taken out: together');
  });

  test('says where the traffic would go, and calls nobody', () => {
    const callsBefore = groq.requests.length + together.requests.length;
    const { code, stdout } = drill('--kill', 'groq');
    expect(stdout).toMatch(/2 +40\.0 % +\$0\.0020 +\$0\.0040 +groq\/fast +together\/steady/);
    expect(stdout).toMatch(/1 +20\.0 % +\$0\.0020 +\$0\.0020 +together\/steady +together\/steady/);
    expect(stdout).toContain('1  groq/fast  Every model that matches is taken out: groq/fast.');
    expect(stdout).toContain('1  (nobody)   There is no model `nonsense`.');
    expect(code).toBe(1);
    expect(groq.requests.length + together.requests.length).toBe(callsBefore);
  });

  test('replays against the file of today, as JSON', () => {
    const { code, stdout } = drill('--json', '--since', '2020-01-01');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ calls: 5, unserved_calls: 1, lost_calls: 0, killed: [] });
  });

  test('only of the time that is asked about', () => {
    expect(drill('--since', '2999-01-01').stdout).toMatch(/^0 calls since 2999-01-01/);
  });

  test.each([
    [['--kill', 'grok'], 'did you mean groq?'],
    [['--kill', 'groq/slow'], 'called groq/slow'],
    [['--since', 'yesterday'], '--since: expected a time'],
    [['--data-dir', join('nowhere', 'at', 'all')], 'there are no records'],
  ])('%j is used wrongly', (args, words) => {
    expect(() => drill(...args)).toThrow(words);
  });

  test('what the requests needed is read where the file has it', () => {
    const file = join(router.dataDir, 'monitor.db');
    const withNeeds = join(router.dataDir, 'copy.db');
    const source = new Sqlite(file, { readonly: true });
    source.exec(`VACUUM INTO '${withNeeds}'`);
    source.close();
    const copy = new Sqlite(withNeeds);
    const columns = copy.pragma('table_info(monitor_invocations)') as { name: string }[];
    if (!columns.some(({ name }) => name === 'needs'))
      copy.exec('ALTER TABLE monitor_invocations ADD COLUMN needs TEXT');
    copy.exec("UPDATE monitor_invocations SET needs = 'tools' WHERE requested_model = 'groq/fast'");
    copy.close();
    const groups = [...readTraffic(withNeeds, 0)];
    expect(groups.filter(({ needs }) => needs === 'tools')).toMatchObject([{ target: 'groq/fast', calls: 1 }]);
    expect(groups.reduce((sum, { calls }) => sum + calls, 0)).toBe(5);
  });
});
