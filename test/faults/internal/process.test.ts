import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join, resolve } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { chunkOf, DONE, FakeProvider, startStream } from '../../support/fake-provider.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { type RouterProcess, setLimit, startProcess } from './built-router.ts';
import { startLoad } from './load.ts';
import { ECHO_TOML, readRecords } from './records.ts';

const CRASH = ['--import', resolve(import.meta.dirname, 'crash-on-signal.js')];

function newDataDir(): string {
  return join(tempDir(), 'data');
}

function messages(router: RouterProcess): string[] {
  return router.log.map(({ msg }) => String(msg));
}

/** A provider whose streams end when the test says so. */
async function startHolding(): Promise<{ toml: string; end(): void; holds(count: number): Promise<void> }> {
  const provider = await FakeProvider.start();
  onTestFinished(() => provider.stop());
  const ends: (() => void)[] = [];
  provider.respond = (_request, response) => {
    startStream(response);
    response.write(chunkOf({ role: 'assistant', content: 'first' }));
    ends.push(() => void response.end(chunkOf({}, 'stop') + DONE));
  };
  const toml = `
[server]
drain_seconds = 60

[[providers]]
name = "fake"
type = "openai-compatible"
base_url = "${provider.url}"

[[models]]
name = "writer"
provider = "fake"
`;
  return {
    toml,
    end: () => {
      for (const end of ends.splice(0)) end();
    },
    holds: (count) => expect.poll(() => ends.length, { timeout: 15_000 }).toBe(count),
  };
}

function stream(url: string): Promise<Response> {
  const body = { model: 'writer', stream: true, messages: [{ role: 'user', content: 'Hi' }] };
  return fetch(`${url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(body) });
}

test('SIGTERM under load: whole answers, a record for each of them, nothing left beside the databases, exit 0', async () => {
  const dataDir = newDataDir();
  const router = await startProcess({ toml: ECHO_TOML, dataDir });
  const load = startLoad(router.url);
  await expect.poll(() => load.finished.length, { timeout: 15_000 }).toBeGreaterThan(200);
  router.child.kill('SIGTERM');
  expect(await router.ended).toBe(0);
  await load.stop();
  expect(readdirSync(dataDir).sort()).toEqual(['monitor.db', 'router.db']);
  const { integrity, requestIds } = readRecords(join(dataDir, 'monitor.db'));
  expect(integrity).toBe('ok');
  expect(load.finished.every(({ status }) => status === 200)).toBe(true);
  expect([...requestIds].sort()).toEqual(load.finished.map(({ requestId }) => requestId).sort());
});

test('SIGTERM waits for streams, and takes no new connection meanwhile', async () => {
  const { toml, end, holds } = await startHolding();
  const dataDir = newDataDir();
  const router = await startProcess({ toml, dataDir });
  const answers = await Promise.all([stream(router.url), stream(router.url)]);
  await holds(2);
  router.child.kill('SIGTERM');
  await expect
    .poll(() =>
      fetch(`${router.url}/health`).then(
        () => 'accepted',
        () => 'refused',
      ),
    )
    .toBe('refused');
  end();
  for (const answer of answers) expect((await answer.text()).endsWith(DONE)).toBe(true);
  expect(await router.ended).toBe(0);
  expect(readRecords(join(dataDir, 'monitor.db')).requestIds).toHaveLength(2);
});

test.each(['SIGTERM', 'SIGINT'] as const)('a second %s after a while ends at once', async (signal) => {
  const { toml, holds } = await startHolding();
  const router = await startProcess({ toml, dataDir: newDataDir() });
  const answer = await stream(router.url);
  await holds(1);
  const repeat = setInterval(() => router.child.kill(signal), 100);
  onTestFinished(() => clearInterval(repeat));
  expect(await router.ended).toBe(1);
  expect(messages(router).filter((message) => message.startsWith(signal))).toHaveLength(1);
  await expect(answer.text()).rejects.toThrow();
});

test('one Ctrl-C that comes twice, from the terminal and from npm, is one wish', async () => {
  const { toml, end, holds } = await startHolding();
  const router = await startProcess({ toml, dataDir: newDataDir() });
  const answer = await stream(router.url);
  await holds(1);
  // Two kinds, because the system makes one of two equal signals that wait.
  router.child.kill('SIGINT');
  router.child.kill('SIGTERM');
  await expect.poll(() => messages(router).some((message) => /^SIG\w+: waiting for 1 calls/.test(message))).toBe(true);
  end();
  expect((await answer.text()).endsWith(DONE)).toBe(true);
  expect(await router.ended).toBe(0);
});

test.each([
  ['SIGUSR2', 'uncaughtException'],
  ['SIGPIPE', 'unhandledRejection'],
] as const)(
  'a fault outside of all requests (%s): written down without secrets, records kept, exit 1',
  async (signal, origin) => {
    const dataDir = newDataDir();
    const router = await startProcess({ toml: ECHO_TOML, dataDir, nodeArgs: CRASH });
    const load = startLoad(router.url, { clients: 1 });
    await expect.poll(() => load.finished.length, { timeout: 15_000 }).toBeGreaterThan(20);
    const before = load.finished.length;
    router.child.kill(signal);
    expect(await router.ended).toBe(1);
    await load.stop();
    const fatal = router.log.find(({ level }) => level === 60);
    expect(fatal).toMatchObject({ origin });
    expect(JSON.stringify(fatal?.['frames'])).toContain('crash-on-signal.js');
    expect(JSON.stringify(router.log)).not.toMatch(/canary|secret prompt/);
    const { integrity, requestIds } = readRecords(join(dataDir, 'monitor.db'));
    expect(integrity).toBe('ok');
    const stored = new Set(requestIds);
    expect(load.finished.slice(0, before).filter(({ requestId }) => !stored.has(requestId))).toEqual([]);
  },
);

function openSocket(url: string): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

test('out of file descriptors: streams live, nothing crashes, and calls are served again afterwards', async () => {
  const { toml, end, holds } = await startHolding();
  const dataDir = newDataDir();
  const router = await startProcess({ toml, dataDir });
  const answer = await stream(router.url);
  await holds(1);
  const inUse = readdirSync(`/proc/${router.pid}/fd`).length;
  await setLimit(router, 'nofile', inUse + 20);
  const sockets = Array.from({ length: 200 }, () => openSocket(router.url));
  await Promise.all(sockets.map((socket) => Promise.race([once(socket, 'connect'), once(socket, 'close')])));
  await expect
    .poll(() => sockets.filter(({ destroyed }) => destroyed).length, { timeout: 15_000 })
    .toBeGreaterThan(100);
  end();
  expect((await answer.text()).endsWith(DONE)).toBe(true);
  for (const socket of sockets) socket.destroy();
  const ask = async (): Promise<string> => {
    const next = stream(router.url).then((response) => response.text());
    await Promise.race([next, holds(1)]);
    end();
    return next;
  };
  await expect.poll(() => ask().catch(String), { timeout: 15_000 }).toMatch(/\[DONE\]\n\n$/);
  router.child.kill('SIGTERM');
  expect(await router.ended).toBe(0);
  expect(readRecords(join(dataDir, 'monitor.db')).requestIds.length).toBeGreaterThanOrEqual(2);
});
