// Figures of docs/reliability.md about clients: node --import tsx test/faults/clients/measure.ts [leaving|readers|heads]
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildProcesses, nextMatch, pidOf } from '../../bench/child-processes.ts';
import { memoryOf } from '../../bench/process-tree.ts';
import { buildOnce } from '../../support/build-once.ts';
import { FakeProvider } from '../../support/fake-provider.ts';
import { chatBody, RawClient, requestBytes } from './raw-client.ts';
import { respond, streamRequest, wholeRequest } from './stage.ts';

interface Scene {
  readonly url: string;
  readonly provider: FakeProvider;
  /** Memory of the router. */
  residentMiB(): number;
}

const percentile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

function summary(values: readonly number[]): string {
  const sorted = [...values].sort((left, right) => left - right);
  const [p50, p99, max] = [percentile(sorted, 0.5), percentile(sorted, 0.99), sorted.at(-1) ?? Number.NaN];
  return `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, most ${max.toFixed(1)} ms (${sorted.length})`;
}

const LEAVERS = 400;

/** Time from a client's leaving to the end of the provider's connection. */
async function leaving({ url, provider }: Scene): Promise<void> {
  const times: number[] = [];
  for (let index = 0; index < LEAVERS; index += 1) {
    const isStream = index % 2 === 0;
    const before = provider.requests.length;
    const client = await RawClient.connect(url);
    client.send(isStream ? streamRequest('first-word', `l-${index}`) : wholeRequest('silence', `l-${index}`));
    if (isStream) await client.until((received) => received.includes('First'));
    while (provider.requests.length === before) await new Promise((resolve) => setImmediate(resolve));
    const closed = provider.nextClose();
    const leftAt = performance.now();
    if (index % 4 < 2) client.leave();
    else client.reset();
    await closed;
    times.push(performance.now() - leftAt);
  }
  console.log(`client leaves, provider let go: ${summary(times)}`);
}

const READERS = 500;
const READ_MS = 15_000;

/** Memory that readers cost who never read, while the provider gives as much as is taken. */
async function readers({ url, residentMiB }: Scene): Promise<void> {
  await Promise.all(Array.from({ length: READERS }, (_, index) => talk(url, `warm-${index}`)));
  const before = residentMiB();
  const blocked: RawClient[] = [];
  for (let index = 0; index < READERS; index += 1) {
    const client = await RawClient.connect(url);
    client.socket.pause();
    client.send(streamRequest('flood', `r-${index}`));
    blocked.push(client);
  }
  await new Promise((resolve) => setTimeout(resolve, READ_MS));
  const grownKib = (residentMiB() - before) * 1024;
  console.log(`${READERS} blocked readers: ${(grownKib / READERS).toFixed(0)} KiB of the router's memory each`);
  for (const client of blocked) client.reset();
}

const HALF_REQUESTS = 5000;

/** Calls of one proper client beside thousands that never finish their request, and how long these last. */
async function heads({ url }: Scene): Promise<void> {
  console.log(`calls without them: ${summary(await timeCalls(url, 1000))}`);
  const request = requestBytes({ body: chatBody('Hello') });
  const startedAt = performance.now();
  const lasted: number[] = [];
  const over: Promise<void>[] = [];
  for (let index = 0; index < HALF_REQUESTS; index += 1) {
    const client = await RawClient.connect(url);
    const openedAt = performance.now();
    client.send(index % 2 === 0 ? request.slice(0, 50) : request.slice(0, -10));
    over.push(client.closed.then(() => void lasted.push(performance.now() - openedAt)));
  }
  console.log(`opened within ${(performance.now() - startedAt).toFixed(0)} ms`);
  console.log(`calls beside ${HALF_REQUESTS} half requests: ${summary(await timeCalls(url, 1000))}`);
  await Promise.all(over);
  console.log(`half requests were dropped after: ${summary(lasted)}`);
}

async function timeCalls(url: string, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const startedAt = performance.now();
    await talk(url, `c-${index}`);
    times.push(performance.now() - startedAt);
  }
  return times;
}

async function talk(url: string, requestId: string): Promise<void> {
  const client = await RawClient.connect(url);
  client.send(wholeRequest('Hello', requestId));
  const { status } = await client.answer();
  if (status !== 200) throw new Error(`status ${status}`);
  client.leave();
}

const SCENES = { leaving, readers, heads } as const;

const children = new ChildProcesses();
children.guard();
const folder = mkdtempSync(join(tmpdir(), 'llm-router-clients-'));
const provider = await FakeProvider.start();
provider.respond = respond;
const toml = `
[[providers]]
name = "fake"
type = "openai"
base_url = "${provider.url}"
api_key = "k"

[[models]]
name = "writer"
provider = "fake"
`;
const file = join(folder, 'router.toml');
writeFileSync(file, toml);
const args = [buildOnce(), 'serve', '--config', file, '--data-dir', join(folder, 'data'), '--port', '0'];
const router = children.spawn(process.execPath, args, { cwd: folder, env: { PATH: process.env['PATH'] } });
const [, url = ''] = await nextMatch(router, /listening on (http:\/\/[\d.:]+)/, 30_000);
const residentMiB = (): number => memoryOf(pidOf(router)).residentMiB;
const chosen = process.argv.slice(2);
for (const [name, scene] of Object.entries(SCENES)) {
  if (chosen.length === 0 || chosen.includes(name)) await scene({ url, provider, residentMiB });
}
await children.stop(router);
await provider.stop();
rmSync(folder, { recursive: true, force: true });
