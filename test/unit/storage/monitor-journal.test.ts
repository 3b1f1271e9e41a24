import { readdirSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { sampleRecord } from '../monitor/sample-record.ts';
import { type MonitorHarness, startMonitor } from './monitor-harness.ts';

function numbered(from: number, to: number): { requestId: string }[] {
  return Array.from({ length: to - from }, (_, index) => ({ requestId: `r${from + index}` }));
}

function rowsIn(file: string): string[] {
  const database = new Sqlite(file, { readonly: true });
  const rows = database.prepare<[], string>('SELECT request_id FROM monitor_invocations ORDER BY id').pluck().all();
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  database.close();
  return rows;
}

/** Another process that holds the lock; the function it returns lets it go. */
function lock(file: string): () => void {
  const other = new Sqlite(file);
  onTestFinished(() => void other.close());
  other.exec('BEGIN EXCLUSIVE');
  return () => void other.close();
}

function journalFiles(file: string): string[] {
  return readdirSync(dirname(file)).filter((name) => name.startsWith('monitor.journal'));
}

const HEALED = { isFailing: false, lastError: undefined, journalRows: 0, journalBytes: 0, backlog: 0, dropped: 0 };

async function healed({ monitor }: MonitorHarness): Promise<void> {
  await expect.poll(() => monitor.state(), { timeout: 15_000, interval: 20 }).toMatchObject(HEALED);
}

test('while the database is locked, everything waits in the journal, and is in the database once when it is not', async () => {
  const harness = await startMonitor({ limits: { capacity: 600 } });
  const { monitor, offer, file, notices, errors, requestIds } = harness;
  offer({ requestId: 'before' });
  await monitor.recorder.flush();
  const release = lock(file);
  for (let from = 0; from < 3000; from += 500) {
    offer(...numbered(from, from + 500));
    await monitor.recorder.flush();
  }
  expect(monitor.state()).toMatchObject({
    isFailing: true,
    lastError: 'database is locked',
    journalRows: 3000,
    backlog: 0,
  });
  expect(monitor.state().journalBytes).toBeGreaterThan(3000 * 100);
  expect(await requestIds()).toEqual(['before']);
  await expect.poll(() => notices, { timeout: 15_000 }).toEqual([expect.stringContaining('database is locked')]);
  release();
  await healed(harness);
  expect(rowsIn(file)).toEqual(['before', ...numbered(0, 3000).map((record) => record.requestId)]);
  expect(notices).toEqual([expect.anything(), 'the monitor database can be written again']);
  expect(errors).toEqual([]);
  expect(journalFiles(file)).toEqual([]);
});

test('what is in the journal at the end is in the database after the next start', async () => {
  const first = await startMonitor();
  first.offer(...numbered(0, 10));
  await first.monitor.recorder.flush();
  const release = lock(first.file);
  const late = sampleRecord({ requestId: 'late' });
  first.offer(...numbered(10, 20), late);
  await first.monitor.close(10_000);
  expect(first.dropped()).toBe(0);
  expect(journalFiles(first.file)).toHaveLength(1);
  release();
  const second = await startMonitor({ file: first.file });
  second.offer({ requestId: 'new' }, late);
  await healed(second);
  await second.monitor.close(10_000);
  expect(rowsIn(first.file).sort()).toEqual(
    [...numbered(0, 20).map((record) => record.requestId), 'late', 'new'].sort(),
  );
  expect(second.notices).toEqual(['11 records of an earlier run wait in the journal']);
});

test('beyond the bounds of the journal and of memory, records are counted, and nothing else is lost', async () => {
  const harness = await startMonitor({ journalMaxBytes: 20_000, limits: { capacity: 50, batchSize: 10 } });
  const { monitor, offer, file, dropped, errors } = harness;
  const release = lock(file);
  let offered = 0;
  while (errors.length === 0 || monitor.state().backlog < 50 || dropped() === 0) {
    offer(...numbered(offered, offered + 10));
    offered += 10;
    await new Promise((resolve) => setImmediate(resolve));
  }
  const state = monitor.state();
  expect(state).toMatchObject({ isFailing: true, dropped: dropped() });
  expect(state.journalBytes).toBeLessThanOrEqual(20_000);
  expect(state.backlog).toBe(50);
  release();
  await expect.poll(() => monitor.state(), { timeout: 15_000 }).toMatchObject({ ...HEALED, dropped: dropped() });
  expect(errors.length).toBeGreaterThan(0);
  const rows = rowsIn(file);
  expect(new Set(rows).size).toBe(rows.length);
  expect(rows.length + dropped()).toBe(offered);
});

test('a database that is deleted while nothing is written is begun anew', async () => {
  const { offer, file, notices, requestIds } = await startMonitor();
  offer({ requestId: 'lost' });
  expect(await requestIds()).toEqual(['lost']);
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
  await expect.poll(() => notices, { timeout: 15_000 }).toEqual([expect.stringContaining('deleted or replaced')]);
  offer({ requestId: 'kept' });
  expect(await requestIds()).toEqual(['kept']);
  expect(rowsIn(file)).toEqual(['kept']);
});

test.each(['-wal', '-shm'])('a database whose companion %s is deleted loses nothing', async (suffix) => {
  const { monitor, offer, file, requestIds } = await startMonitor();
  offer(...numbered(0, 300));
  await monitor.recorder.flush();
  rmSync(file + suffix);
  offer(...numbered(300, 600));
  await monitor.recorder.flush();
  expect(new Set(await requestIds('limit=1000'))).toEqual(new Set(numbered(0, 600).map((record) => record.requestId)));
  await monitor.close(10_000);
  expect(rowsIn(file)).toHaveLength(600);
});

test('a record that no database takes is dropped alone', async () => {
  const { offer, monitor, requestIds, dropped, notices } = await startMonitor();
  const impossible = sampleRecord({ requestId: 'impossible', status: null as never });
  offer({ requestId: 'before' }, impossible, { requestId: 'after' });
  expect((await requestIds('order_by=id')).sort()).toEqual(['after', 'before']);
  expect(dropped()).toBe(1);
  expect(notices).toEqual([expect.stringContaining('1 records were refused')]);
  expect(monitor.state()).toMatchObject({ ...HEALED, dropped: 1 });
});
