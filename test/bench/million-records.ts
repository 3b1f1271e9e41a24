/*
 * How long a start takes with a million records, after the process before it was killed in the middle of its work:
 * `node --import tsx test/bench/million-records.ts`
 */

import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { createId } from '../../src/lib/ids.ts';
import { INSERT_SQL, rowOf } from '../../src/storage/monitor-rows.ts';
import { SqliteMonitorStore } from '../../src/storage/sqlite-monitor-store.ts';
import { type RouterProcess, startProcess } from '../faults/internal/built-router.ts';
import { startLoad } from '../faults/internal/load.ts';
import { ECHO_TOML } from '../faults/internal/records.ts';
import { sampleRecord } from '../unit/monitor/sample-record.ts';

const RECORDS = 1_000_000;
const RUNS = 5;

function fill(file: string): void {
  const store = new SqliteMonitorStore({ file, wallTime: Date.now, onNotice: console.log });
  store.open();
  store.close();
  const database = new Sqlite(file);
  const insert = database.prepare(INSERT_SQL);
  const now = Date.now();
  database.transaction(() => {
    for (let index = 0; index < RECORDS; index += 1) {
      const startedAt = now - RECORDS + index;
      insert.run(...rowOf(sampleRecord({ id: createId(startedAt), startedAt, requestId: String(index) })), now);
    }
  })();
  database.close();
}

async function timed<Result>(work: () => Promise<Result>): Promise<[ms: number, result: Result]> {
  const startedAt = performance.now();
  const result = await work();
  return [performance.now() - startedAt, result];
}

async function kill({ child, ended }: RouterProcess): Promise<void> {
  child.kill('SIGKILL');
  await ended;
}

async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'llm-router-million-'));
  const dataDir = join(directory, 'data');
  const file = join(dataDir, 'monitor.db');
  fill(file);
  console.log(`${RECORDS} records, ${Math.round(statSync(file).size / 1024 ** 2)} MiB`);
  for (let run = 0; run < RUNS; run += 1) {
    const [startMs, router] = await timed(() => startProcess({ toml: ECHO_TOML, dataDir }));
    const [readMs] = await timed(() => fetch(`${router.url}/monitor/invocations`).then((answer) => answer.json()));
    const load = startLoad(router.url);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await kill(router);
    await load.stop();
    console.log(
      `listening after ${Math.round(startMs)} ms, the first page of records after ${Math.round(readMs)} ms more`,
    );
  }
  rmSync(directory, { recursive: true });
}

await main();
