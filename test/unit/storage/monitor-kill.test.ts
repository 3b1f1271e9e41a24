import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { temporaryDirectory } from './temporary-directory.ts';

const ROOT = join(import.meta.dirname, '../../..');
const WRITER = fileURLToPath(new URL('./write-until-killed.ts', import.meta.url));

/** Runs a writer until it has reported `reports` times, kills it, and returns the last number it reported. */
function writeAndKill(file: string, from: number, reports: number): Promise<number> {
  const writer = spawn(process.execPath, ['--import', 'tsx', WRITER, file, String(from)], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return readReports(writer, reports);
}

async function readReports(writer: ChildProcess, reports: number): Promise<number> {
  const ended = once(writer, 'exit');
  let last = -1;
  let seen = 0;
  if (writer.stdout === null) throw new Error('the writer has no output');
  for await (const line of createInterface({ input: writer.stdout })) {
    last = Number(line);
    seen += 1;
    if (seen === reports) writer.kill('SIGKILL');
  }
  expect(await ended).toEqual([null, 'SIGKILL']);
  return last;
}

test('a killed process leaves a sound file with everything that it had written', async () => {
  const file = join(temporaryDirectory(), 'monitor.db');
  let expected = 0;
  for (const reports of [1, 40, 150]) {
    const reported = await writeAndKill(file, expected, reports);
    const database = new Sqlite(file);
    const rows = database.prepare<[], number>(
      'SELECT CAST(request_id AS INTEGER) FROM monitor_invocations ORDER BY id',
    );
    const numbers = rows.pluck().all();
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    database.close();
    expect(numbers.length).toBeGreaterThan(reported);
    expect(numbers).toEqual(numbers.map((_, index) => index));
    expected = numbers.length;
  }
});
