import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Sqlite from 'better-sqlite3';
import { describe, expect, onTestFinished, test } from 'vitest';
import { buildOnce } from '../support/build-once.ts';
import { tempDir } from '../support/temp-dir.ts';

const NODE_ARGS = [buildOnce()];

const GOOD = `
[[providers]]
name = "mock"
type = "mock"

[[models]]
name = "echo"
provider = "mock"
tags = ["chat", "fast"]

[[models]]
name = "other"
provider = "mock"
tags = ["chat"]
`;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function run(args: readonly string[], cwd = tempDir(), env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((done) => {
    const options = { cwd, env: { PATH: process.env['PATH'], ...env } };
    execFile(process.execPath, [...NODE_ARGS, ...args], options, (error, stdout, stderr) => {
      done({ code: Number(error?.code ?? 0), stdout, stderr });
    });
  });
}

function fileWith(text: string): string {
  const file = join(tempDir(), 'router.toml');
  writeFileSync(file, text);
  return file;
}

describe('check', () => {
  test('a good file: 0, and what it holds', async () => {
    const { code, stdout } = await run(['check', fileWith(GOOD)]);
    expect(code).toBe(0);
    expect(stdout).toContain('1 providers, 2 models');
  });

  test('a bad file: 1, and every problem with its place', async () => {
    const file = fileWith(`${GOOD}\n[server]\nprot = 80\nport = "x"\n[[models]]\nname = 7\nprovider = "mok"\n`);
    const { code, stdout } = await run(['check', file]);
    expect(code).toBe(1);
    expect(stdout).toContain(`${file}:17:1: warning: server.prot: unknown key`);
    expect(stdout).toContain(`${file}:18:1: error: server.port`);
    expect(stdout).toContain(`${file}:20:1: error: models[2].name`);
  });

  test('no file: 64', async () => {
    expect((await run(['check', 'nothing.toml'])).code).toBe(64);
  });
});

describe('explain', () => {
  test('the order, and the rule that excludes each of the others', async () => {
    const { code, stdout } = await run(['explain', '--config', fileWith(GOOD), '--tags', 'chat,fast']);
    expect(code).toBe(0);
    expect(stdout).toContain('1. mock/echo');
    expect(stdout).toContain('mock/other: missing-tag');
  });

  test('a request from a file, as JSON', async () => {
    const request = fileWith(JSON.stringify({ query: { tags: ['chat'] }, request: { prompt: 'Hi' } }));
    const { code, stdout } = await run(['explain', '--config', fileWith(GOOD), '--file', request, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).candidates.map((entry: { model: string }) => entry.model)).toEqual([
      'mock/other',
      'mock/echo',
    ]);
  });

  test('nothing matches: 1', async () => {
    expect((await run(['explain', '--config', fileWith(GOOD), '--tags', 'quantum'])).code).toBe(1);
  });
});

/** Holds the only lock of a database file until the test is over. */
function lock(file: string): void {
  const database = new Sqlite(file);
  onTestFinished(() => void database.close());
  database.exec('BEGIN EXCLUSIVE');
}

describe('drill', () => {
  const files: Readonly<Record<string, (file: string) => void>> = {
    broken: (file) => writeFileSync(file, 'no database at all'.repeat(100)),
    foreign: (file) => void new Sqlite(file).exec('CREATE TABLE notes (text TEXT)').close(),
    locked: lock,
  };

  test.each(Object.entries(files))('records that are %s: 74, and one line that names the file', async (_, prepare) => {
    const dataDir = tempDir();
    const file = join(dataDir, 'monitor.db');
    prepare(file);
    const { code, stderr } = await run(['drill', '--config', fileWith(GOOD), '--data-dir', dataDir]);
    expect(code).toBe(74);
    expect(stderr).toMatch(/^[^\n]+ cannot be read: [^\n]+\n$/);
    expect(stderr).toContain(file);
  });
});

describe('doctor', () => {
  test('where there is no file, what is wrong is not blamed on one', async () => {
    const { code, stderr } = await run(['doctor'], tempDir(), { LLM_ROUTER_PORT: 'x' });
    expect(code).toBe(78);
    expect(stderr).toContain('embedded defaults: error: LLM_ROUTER_PORT');
  });
});

test.each([[['frobnicate']], [['--frobnicate']], [['serve', 'more']], [['--port', 'x']]])(
  '%j is used wrongly: 64',
  async (args) => {
    const { code, stderr } = await run(args);
    expect(code).toBe(64);
    expect(stderr).toContain('llm-router [serve]');
  },
);

test('help and version', async () => {
  expect((await run(['--help'])).stdout).toContain('explain');
  expect((await run(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

interface Serving {
  readonly child: ChildProcess;
  readonly url: string;
  readonly ended: Promise<number | null>;
}

/** Starts the service and waits until it says where it listens. */
async function serve(args: readonly string[], cwd: string): Promise<Serving> {
  const child = spawn(process.execPath, [...NODE_ARGS, 'serve', '--port', '0', ...args], {
    cwd,
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /listening on (http:\/\/[^"]+)/.exec(line)?.[1];
    if (url !== undefined) return { child, url, ended };
  }
  throw new Error('it ended before it listened');
}

const STREAM = { tags: ['chat'], prompt: 'Hi', stream: true };

describe('serve', () => {
  test('without any file it runs on embedded defaults, and takes the file when it comes', async () => {
    const cwd = tempDir();
    const { child, url, ended } = await serve([], cwd);
    const ask = async (): Promise<string> => {
      const response = await fetch(`${url}/route/invoke`, {
        method: 'POST',
        body: JSON.stringify({ tags: ['chat'], prompt: 'Hi' }),
      });
      return ((await response.json()) as { model: string }).model;
    };
    expect(await ask()).toBe('echo');
    writeFileSync(join(cwd, 'router.toml'), GOOD.replaceAll('"echo"', '"arrived"'));
    await expect.poll(ask, { timeout: 5000 }).toBe('other');
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  test('SIGTERM lets a stream end, writes its record and exits 0', async () => {
    const cwd = tempDir();
    writeFileSync(
      join(cwd, 'router.toml'),
      GOOD.replaceAll('name = "echo"', 'name = "echo"\nremote_identifier = "mock-slow"\nconfig = { priority = 1 }'),
    );
    const { child, url, ended } = await serve([], cwd);
    const response = await fetch(`${url}/route/invoke`, { method: 'POST', body: JSON.stringify(STREAM) });
    child.kill('SIGTERM');
    const text = await response.text();
    expect(text.trimEnd().endsWith('{"text":null,"finish_reason":null,"is_final":true}')).toBe(true);
    expect(await ended).toBe(0);
    const again = await serve([], cwd);
    const records = (await (await fetch(`${again.url}/monitor/invocations`)).json()) as { items: { status: string }[] };
    expect(records.items.map((record) => record.status)).toEqual(['success']);
    again.child.kill('SIGTERM');
    expect(await again.ended).toBe(0);
  });

  test('a configuration that cannot be served: 78, with every problem', async () => {
    const broken = await run(['serve', '--config', fileWith('[server]\nport = "x"\nhost = 7\n')]);
    expect(broken.code).toBe(78);
    expect(broken.stderr).toContain(':2:1: error: server.port');
    expect(broken.stderr).toContain(':3:1: error: server.host');
    expect((await run(['serve', '--config', 'nothing.toml'])).code).toBe(78);
    expect((await run(['serve', '--host', '0.0.0.0', '--config', fileWith(GOOD)])).stderr).toContain('no API key');
  });

  test('a port that somebody else has, who may be about to end: 75', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void other.close());
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await run(['serve', '--port', String(port), '--config', fileWith(GOOD)]);
    expect(stderr).toContain('cannot listen');
    expect(code).toBe(75);
  });

  test('a main database that somebody else holds: 75, naming the file', async () => {
    const cwd = tempDir();
    lock(join(cwd, 'router.db'));
    const { code, stderr } = await run(['serve', '--port', '0', '--data-dir', cwd, '--config', fileWith(GOOD)]);
    expect(stderr).toContain('router.db');
    expect(code).toBe(75);
  });

  test('a main database that is none: 78, naming the file', async () => {
    const cwd = tempDir();
    writeFileSync(
      join(cwd, 'router.db'),
      'this is no database, and it is long enough to be looked at as one'.repeat(20),
    );
    const { code, stderr } = await run(['serve', '--port', '0', '--data-dir', cwd, '--config', fileWith(GOOD)]);
    expect(code).toBe(78);
    expect(stderr).toContain('router.db');
  });
});
