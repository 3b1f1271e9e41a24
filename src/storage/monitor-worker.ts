/*
 * Entry of the thread that owns the monitor database: one call after the other, so that writing, reading, checkpoints
 * and waiting for the disk all happen away from the thread that serves requests.
 */

import { parentPort, workerData } from 'node:worker_threads';
import type { MonitorCalls, MonitorMethod, MonitorReply, MonitorRequest } from '../monitor/monitor-messages.ts';
import { SqliteMonitorStore } from './sqlite-monitor-store.ts';

/** What the thread is started with. */
export interface MonitorWorkerData {
  readonly file: string;
}

function reply(message: MonitorReply): void {
  parentPort?.postMessage(message);
}

function answer(store: SqliteMonitorStore, request: MonitorRequest): MonitorCalls[MonitorMethod]['result'] {
  switch (request.method) {
    case 'open':
      store.open();
      return undefined;
    case 'write':
      store.write(request.argument);
      return undefined;
    case 'list':
      return store.list(request.argument);
    case 'get':
      return store.get(request.argument);
    case 'close':
      store.close();
      return undefined;
    default:
      return request satisfies never;
  }
}

function serve(store: SqliteMonitorStore, request: MonitorRequest): void {
  const { id } = request;
  try {
    reply({ kind: 'result', id, result: answer(store, request) });
  } catch (thrown) {
    reply({ kind: 'failure', id, message: thrown instanceof Error ? thrown.message : String(thrown) });
  }
}

const store = new SqliteMonitorStore({
  file: (workerData as MonitorWorkerData).file,
  wallTime: () => Date.now(),
  onNotice: (message) => reply({ kind: 'notice', message }),
});

parentPort?.on('message', (request: MonitorRequest) => serve(store, request));
