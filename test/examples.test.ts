import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRouter, type TestRouter } from './support/start-router.ts';

const ROOT = resolve(import.meta.dirname, '..');
const run = promisify(execFile);

let router: TestRouter;

beforeAll(async () => {
  router = await startRouter(readFileSync(join(ROOT, 'router.toml'), 'utf8'));
});

afterAll(() => router.stop());

async function outputOf(command: string, args: readonly string[]): Promise<string> {
  const env = { ...process.env, ROUTER_URL: router.url };
  const { stdout } = await run(command, args, { cwd: ROOT, env });
  return stdout;
}

const scripts = readdirSync(join(ROOT, 'examples/curl'));

test.each(scripts)('examples/curl/%s answers', async (script) => {
  expect(await outputOf('bash', [`examples/curl/${script}`])).toMatch(/"output_text"|"is_final"|"candidates"/);
});

const programs = readdirSync(join(ROOT, 'examples/typescript'));

test.each(programs)('examples/typescript/%s answers', async (program) => {
  // The words of the built-in provider, whose models name themselves.
  const output = await outputOf(process.execPath, ['--import', 'tsx', `examples/typescript/${program}`]);
  expect(output).toContain('mock-');
});

/** The commands of the README that call the server, as one would copy them. */
function curlCommands(): string[] {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? '');
  return blocks.filter((block) => block.startsWith('curl'));
}

test('the README has commands to copy', () => {
  expect(curlCommands().length).toBeGreaterThanOrEqual(4);
});

test.each(curlCommands())('README: %s', async (command) => {
  const output = await outputOf('bash', [
    '-c',
    command.replaceAll('http://127.0.0.1:8000', router.url).replace('curl', 'curl -fsS'),
  ]);
  expect(output).toMatch(/"output_text"|\[DONE\]|"candidates"|"items"|"end_turn"/);
});
