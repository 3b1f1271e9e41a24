import { statSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import type { RetentionPolicy } from '../../../src/monitor/retention.ts';
import { rowOf } from '../../../src/storage/monitor-rows.ts';
import { SqliteMonitorStore } from '../../../src/storage/sqlite-monitor-store.ts';
import { NOON, sampleRecord } from '../monitor/sample-record.ts';
import { startMonitor } from './monitor-harness.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const HOUR_MS = 3_600_000;
const FOREVER = Number.POSITIVE_INFINITY;

interface Filled {
  readonly store: SqliteMonitorStore;
  readonly file: string;
}

/** A record for each of the last `hours` hours before noon, the newest first. */
function fill(hours: number, query = '{}'): Filled {
  const file = join(temporaryDirectory(), 'monitor.db');
  const store = new SqliteMonitorStore({ file, wallTime: () => NOON, onNotice: (message) => expect(message).toBe('') });
  onTestFinished(() => store.close());
  const records = Array.from({ length: hours }, (_, age) =>
    sampleRecord({ startedAt: NOON - age * HOUR_MS, requestId: `${age}`, query }),
  );
  store.write(records.map(rowOf));
  return { store, file };
}

/** Ages in hours of what is there. */
function ages(file: string): number[] {
  const database = new Sqlite(file, { readonly: true });
  const rows = database.prepare<[], string>('SELECT request_id FROM monitor_invocations').pluck().all();
  database.close();
  return rows.map(Number).sort((left, right) => left - right);
}

/** The number of rows after each step. */
function pruneAll({ store, file }: Filled, policy: RetentionPolicy): number[] {
  const counts: number[] = [];
  do counts.push(ages(file).length);
  while (store.prune(policy, NOON));
  return counts;
}

test('what is too old goes, in small steps, and nothing else', () => {
  const filled = fill(3500);
  const counts = pruneAll(filled, { maxAgeMs: 100 * HOUR_MS, maxBytes: 0 });
  expect(ages(filled.file)).toEqual(Array.from({ length: 101 }, (_, age) => age));
  expect(counts.slice(0, 4)).toEqual([3500, 2500, 1500, 500]);
  expect(filled.store.prune({ maxAgeMs: 100 * HOUR_MS, maxBytes: 0 }, NOON)).toBe(false);
});

test('what is too much goes by age of writing, and the file gives its room back', () => {
  const filled = fill(6000, JSON.stringify({ tags: ['x'.repeat(900)] }));
  filled.store.close();
  const before = statSync(filled.file).size;
  const maxBytes = Math.round(before / 3);
  pruneAll(filled, { maxAgeMs: FOREVER, maxBytes });
  filled.store.close();
  const left = ages(filled.file);
  expect(left.length).toBeGreaterThan(500);
  expect(left.length).toBeLessThan(2500);
  expect(statSync(filled.file).size).toBeLessThan(before * 0.5);
});

test('without bounds nothing goes', () => {
  const filled = fill(50);
  expect(pruneAll(filled, { maxAgeMs: FOREVER, maxBytes: 0 })).toEqual([50]);
});

test('a bound that changes while the router runs counts at once', async () => {
  const { monitor, offer, list } = await startMonitor();
  offer({ startedAt: Date.now() - 2 * HOUR_MS }, { startedAt: Date.now() });
  expect((await list()).total).toBe(2);
  monitor.setRetention({ maxAgeMs: HOUR_MS, maxBytes: 0 });
  await expect.poll(async () => (await list()).total, { timeout: 10_000 }).toBe(1);
});
