import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import type { MonitorRow } from '../../../src/monitor/monitor-messages.ts';
import { JournaledStore } from '../../../src/storage/journaled-store.ts';
import { ROW_COLUMNS, rowOf } from '../../../src/storage/monitor-rows.ts';
import { RecordJournal } from '../../../src/storage/record-journal.ts';
import { SqliteMonitorStore } from '../../../src/storage/sqlite-monitor-store.ts';
import { NOON, sampleRecord } from '../monitor/sample-record.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const DAY_MS = 86_400_000;
const LOOK_MS = 60_000;

interface Started {
  readonly store: JournaledStore;
  readonly notices: string[];
  readonly clock: { now: number; wallTime: number };
  requestIds(): string[];
}

/** Keeps records for ten days, and begins with `left` in the journal. */
function start(left: readonly MonitorRow[] = []): Started {
  const directory = temporaryDirectory();
  const file = join(directory, 'monitor.db');
  const notices: string[] = [];
  const onNotice = (message: string): void => void notices.push(message);
  const clock = { now: 0, wallTime: NOON };
  const wallTime = (): number => clock.wallTime;
  const newJournal = (): RecordJournal =>
    new RecordJournal({ path: join(directory, 'journal'), columns: ROW_COLUMNS, maxBytes: 1024 ** 3, onNotice });
  const before = newJournal();
  if (left.length > 0) before.append(left);
  before.close();
  const store = new JournaledStore({
    store: new SqliteMonitorStore({ file, wallTime, onNotice }),
    journal: newJournal(),
    retention: { maxAgeMs: 10 * DAY_MS, maxBytes: 0 },
    now: () => clock.now,
    wallTime,
    onNotice,
    onDrop: (count) => expect(count).toBe(0),
  });
  onTestFinished(() => store.close());
  const requestIds = (): string[] => {
    const database = new Sqlite(file, { readonly: true });
    const ids = database.prepare<[], string>('SELECT request_id FROM monitor_invocations ORDER BY id').pluck().all();
    database.close();
    return ids;
  };
  return { store, notices, clock, requestIds };
}

function row(requestId: string, ageDays: number): MonitorRow {
  return rowOf(sampleRecord({ requestId, startedAt: NOON - ageDays * DAY_MS }));
}

test('a store that nobody has told to open reads back what was left', () => {
  const { store, notices, requestIds } = start([row('a', 0), row('b', 0)]);
  expect([store.work(), requestIds()]).toEqual([0, ['a', 'b']]);
  expect(store.state).toMatchObject({ isFailing: false });
  expect(notices).toEqual(['2 records of an earlier run wait in the journal']);
});

test('what is too old goes also while the journal is read back', () => {
  const many = Array.from({ length: 5000 }, (_, index) => row(`r${index}`, 0));
  const { store, clock, requestIds } = start(many);
  store.write([row('old', 11), row('young', 9)]);
  expect(requestIds()).toEqual(['old', 'young']);
  clock.now += LOOK_MS;
  store.work();
  expect(store.state.journalRows).toBeGreaterThan(0);
  expect(requestIds().slice(0, 2)).toEqual(['young', 'r0']);
});

test('a system time that jumps ahead makes nothing old, and is said once', () => {
  const { store, notices, clock, requestIds } = start();
  store.write([row('old', 11), row('nine days', 9), row('new', 0)]);
  clock.wallTime += 365 * DAY_MS;
  const look = (passedMs: number): string[] => {
    clock.now += passedMs;
    clock.wallTime += passedMs;
    store.work();
    return requestIds();
  };
  expect(look(LOOK_MS)).toEqual(['nine days', 'new']);
  expect(look(LOOK_MS)).toEqual(['nine days', 'new']);
  expect(look(2 * DAY_MS)).toEqual(['new']);
  expect(notices).toEqual([expect.stringContaining('8760.0 h ahead')]);
});

test('a system time that is set right by less than an hour counts at once', () => {
  const { store, notices, clock, requestIds } = start();
  store.write([row('almost', 10), row('new', 0)]);
  clock.wallTime += 3_500_000;
  clock.now += LOOK_MS;
  store.work();
  expect([requestIds(), notices]).toEqual([['new'], []]);
});
