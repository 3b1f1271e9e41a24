/*
 * Entry of the thread that owns the monitor database: one call after the other, so that writing, reading, checkpoints
 * and waiting for the disk all happen away from the thread that serves requests.
 */

import { isDeepStrictEqual } from 'node:util';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../lib/clock.ts';
import type { MonitorCalls, MonitorMethod, MonitorReply, MonitorRequest } from '../monitor/monitor-messages.ts';
import { SOUND_STORE, type StoreState } from '../monitor/monitor-state.ts';
import type { RetentionPolicy } from '../monitor/retention.ts';
import { JournaledStore } from './journaled-store.ts';
import { ROW_COLUMNS } from './monitor-rows.ts';
import { RecordJournal } from './record-journal.ts';
import { SqliteMonitorStore } from './sqlite-monitor-store.ts';

/** What the thread is started with. */
export interface MonitorWorkerData {
  readonly file: string;
  readonly journalPath: string;
  readonly journalMaxBytes: number;
  readonly retention: RetentionPolicy;
}

interface Stores {
  readonly records: SqliteMonitorStore;
  readonly journaled: JournaledStore;
}

function reply(message: MonitorReply): void {
  parentPort?.postMessage(message);
}

const onNotice = (message: string): void => reply({ kind: 'notice', message });

function openStores({ file, journalPath, journalMaxBytes, retention }: MonitorWorkerData): Stores {
  const records = new SqliteMonitorStore({ file, wallTime: systemClock.wallTime, onNotice });
  const journaled = new JournaledStore({
    store: records,
    journal: new RecordJournal({ path: journalPath, columns: ROW_COLUMNS, maxBytes: journalMaxBytes, onNotice }),
    retention,
    ...systemClock,
    onNotice,
    onDrop: (count) => reply({ kind: 'dropped', count }),
  });
  return { records, journaled };
}

function answer({ records, journaled }: Stores, request: MonitorRequest): MonitorCalls[MonitorMethod]['result'] {
  switch (request.method) {
    case 'open':
      journaled.open();
      return undefined;
    case 'write':
      journaled.write(request.argument);
      return undefined;
    case 'list':
      return records.list(request.argument);
    case 'get':
      return records.get(request.argument);
    case 'retain':
      journaled.retain(request.argument);
      return undefined;
    case 'close':
      clearTimeout(workTimer);
      journaled.close();
      return undefined;
    default:
      return request satisfies never;
  }
}

function serve(stores: Stores, request: MonitorRequest): void {
  const { id } = request;
  let answered: MonitorReply;
  try {
    answered = { kind: 'result', id, result: answer(stores, request) };
  } catch (thrown) {
    answered = { kind: 'failure', id, message: thrown instanceof Error ? thrown.message : String(thrown) };
  }
  tellState(stores);
  reply(answered);
}

let toldState: StoreState = SOUND_STORE;

function tellState({ journaled }: Stores): void {
  const { state } = journaled;
  if (isDeepStrictEqual(state, toldState)) return;
  toldState = state;
  reply({ kind: 'state', state });
}

let workTimer: NodeJS.Timeout | undefined;

/** Between two calls, again and again: calls that have come meanwhile are answered first. */
function work(stores: Stores): void {
  const pauseMs = stores.journaled.work();
  tellState(stores);
  workTimer = setTimeout(() => work(stores), pauseMs);
}

const FIRST_WORK_MS = 100;

const stores = openStores(workerData as MonitorWorkerData);
workTimer = setTimeout(() => work(stores), FIRST_WORK_MS);
parentPort?.on('message', (request: MonitorRequest) => serve(stores, request));
