import { Worker } from 'node:worker_threads';
import { afterEach, expect, onTestFinished, test, vi } from 'vitest';
import type { InvocationRecord } from '../../../src/monitor/invocation-record.ts';
import { MonitorClient } from '../../../src/monitor/monitor-client.ts';
import { sampleRecord } from './sample-record.ts';

/** Answers `open` and `write`, dies of `get`, says nothing about `list`. */
const THREAD = `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', ({ id, method, argument }) => {
  if (method === 'get') throw new Error('out of memory');
  if (method === 'open') parentPort.postMessage({ kind: 'failure', id, message: 'no such directory' });
  if (method === 'write') {
    parentPort.postMessage({ kind: 'state', state: { isFailing: true, lastError: 'full', journalRows: 3, journalBytes: 9 } });
    parentPort.postMessage({ kind: 'dropped', count: 2 });
    parentPort.postMessage({ kind: 'result', id });
  }
  if (method === 'close') {
    parentPort.postMessage({ kind: 'notice', message: 'closing' });
    parentPort.postMessage({ kind: 'result', id });
  }
});
`;

interface Started {
  readonly client: MonitorClient;
  readonly notices: string[];
  threads(): number;
  dropped(): number;
}

function startClient(): Started {
  const notices: string[] = [];
  let threads = 0;
  let dropped = 0;
  const client = new MonitorClient({
    rowOf: ({ id, query }) => [id, query],
    start: () => {
      threads += 1;
      return new Worker(THREAD, { eval: true, execArgv: [] });
    },
    onNotice: (message) => notices.push(message),
    onDrop: (count) => {
      dropped += count;
    },
  });
  onTestFinished(() => client.close());
  return { client, notices, threads: () => threads, dropped: () => dropped };
}

const QUERY = { filter: {}, orderBy: 'id', descending: true, limit: 1, offset: 0 } as const;
const UNAVAILABLE = { code: 'monitor.unavailable' };

afterEach(() => {
  vi.useRealTimers();
});

test('an answer finds its question, and one thread serves all', async () => {
  const { client, threads } = startClient();
  const answers = await Promise.allSettled([client.write([sampleRecord()]), client.open(), client.write([])]);
  expect(answers.map((answer) => answer.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(answers[1]).toMatchObject({ reason: { ...UNAVAILABLE, message: 'no such directory' } });
  expect(threads()).toBe(1);
});

test('when the thread dies, who waits is told and the next call starts another', async () => {
  const { client, notices, threads } = startClient();
  const waiting = [client.list(QUERY), client.get({ key: 1 })];
  for (const answer of waiting) await expect(answer).rejects.toMatchObject(UNAVAILABLE);
  expect(notices).toEqual(['the monitor thread died: out of memory']);
  await client.write([sampleRecord()]);
  expect(threads()).toBe(2);
});

test('a thread that does not answer in time is not waited for', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { client } = startClient();
  const answer = expect(client.list(QUERY)).rejects.toMatchObject({ ...UNAVAILABLE, message: 'list took too long' });
  await vi.advanceTimersByTimeAsync(10_000);
  await answer;
  expect(vi.getTimerCount()).toBe(0);
});

test('questions do not pile up without bound', async () => {
  const { client } = startClient();
  const waiting = Array.from({ length: 1000 }, () => client.list(QUERY).catch(() => 'failed'));
  await expect(client.list(QUERY)).rejects.toMatchObject(UNAVAILABLE);
  await client.close();
  expect(new Set(await Promise.all(waiting))).toEqual(new Set(['failed']));
});

test('what cannot be sent is refused, and the thread goes on', async () => {
  const { client } = startClient();
  const broken = { ...sampleRecord(), query: () => 'a function' } as unknown as InvocationRecord;
  await expect(client.write([broken])).rejects.toMatchObject({ code: 'internal.unexpected' });
  await client.write([sampleRecord()]);
});

test('what the thread says of itself is known when a call has been answered', async () => {
  const { client, dropped } = startClient();
  expect(client.state).toEqual({ isFailing: false, lastError: undefined, journalRows: 0, journalBytes: 0 });
  await client.write([]);
  expect(client.state).toEqual({ isFailing: true, lastError: 'full', journalRows: 3, journalBytes: 9 });
  expect(dropped()).toBe(2);
});

test('what a thread said of itself goes with it', async () => {
  const { client } = startClient();
  await client.write([]);
  expect(client.state.isFailing).toBe(true);
  await expect(client.get({ key: 1 })).rejects.toMatchObject(UNAVAILABLE);
  expect(client.state).toEqual({ isFailing: false, lastError: undefined, journalRows: 0, journalBytes: 0 });
});

test('closing ends the thread, and nothing can be asked afterwards', async () => {
  const { client, notices, threads } = startClient();
  await client.write([]);
  await client.close();
  expect(notices).toEqual(['closing']);
  await expect(client.write([])).rejects.toMatchObject(UNAVAILABLE);
  expect(threads()).toBe(1);
});

test('a client that was never used closes without a thread', async () => {
  const { client, threads } = startClient();
  await client.close();
  expect(threads()).toBe(0);
});
