import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { sampleRecord } from '../monitor/sample-record.ts';
import { startMonitor } from './monitor-harness.ts';
import { temporaryDirectory } from './temporary-directory.ts';

function numbered(count: number): { requestId: string }[] {
  return Array.from({ length: count }, (_, index) => ({ requestId: `r${index}` }));
}

function rowsIn(file: string): string[] {
  const database = new Sqlite(file, { readonly: true });
  const rows = database.prepare<[], string>('SELECT request_id FROM monitor_invocations ORDER BY id').pluck().all();
  expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
  database.close();
  return rows;
}

function asideFiles(file: string): string[] {
  return readdirSync(dirname(file)).filter((name) => name.startsWith(`${basename(file)}.corrupt-`));
}

describe('in normal running', () => {
  test('every offered record becomes one row, in order', async () => {
    const { monitor, offer, file, dropped, errors } = await startMonitor();
    const records = numbered(5000);
    offer(...records);
    await monitor.recorder.flush();
    expect(rowsIn(file)).toEqual(records.map((record) => record.requestId));
    expect([dropped(), errors.length]).toEqual([0, 0]);
  });

  test('a read sees everything that was offered before it', async () => {
    const { offer, list, get } = await startMonitor();
    for (let count = 1; count <= 50; count += 1) {
      const { id } = sampleRecord();
      offer({ id });
      expect(await get(id)).toMatchObject({ uid: id });
      expect((await list('limit=1')).total).toBe(count);
    }
  });

  test('the same record twice is one row', async () => {
    const { offer, list } = await startMonitor();
    const record = sampleRecord();
    offer(record, record);
    await list();
    offer(record);
    expect((await list()).total).toBe(1);
  });

  test('closing writes what waits and leaves one whole file for its owner only', async () => {
    const { monitor, offer, file, dropped } = await startMonitor();
    offer(...numbered(2000));
    await monitor.close(10_000);
    expect(readdirSync(dirname(file))).toEqual(['monitor.db']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file)).mode & 0o777).toBe(0o700);
    expect(rowsIn(file)).toHaveLength(2000);
    offer({});
    expect(dropped()).toBe(1);
  });

  test('records outlive a restart, and numbers go on', async () => {
    const first = await startMonitor();
    first.offer({}, {});
    await first.monitor.close(10_000);
    const second = await startMonitor({ file: first.file });
    second.offer({});
    expect((await second.list('order_by=id')).items.map((item) => item.id)).toEqual([3, 2, 1]);
  });
});

describe('a broken database', () => {
  test('is set aside whole, and a new one is begun', async () => {
    const file = join(temporaryDirectory(), 'monitor.db');
    const garbage = 'no database at all, but long enough to look like one\n'.repeat(200);
    writeFileSync(file, garbage);
    const { offer, list, notices } = await startMonitor({ file });
    offer({});
    expect((await list()).total).toBe(1);
    const [aside] = asideFiles(file);
    expect(readFileSync(join(dirname(file), aside ?? ''), 'utf8')).toBe(garbage);
    expect(notices).toEqual([expect.stringContaining(aside ?? 'nothing was set aside')]);
  });

  test('also when its first page is sound', async () => {
    const first = await startMonitor();
    first.offer(...numbered(500));
    await first.monitor.close(10_000);
    const bytes = readFileSync(first.file);
    for (let page = 4096; page < bytes.length; page += 4096) bytes.fill(0xff, page, page + 64);
    writeFileSync(first.file, bytes);
    const { offer, list, dropped } = await startMonitor({ file: first.file });
    offer({ requestId: 'after' });
    expect((await list()).items.map((item) => item.request_id)).toEqual(['after']);
    expect(dropped()).toBe(0);
    const [aside] = asideFiles(first.file);
    expect(readFileSync(join(dirname(first.file), aside ?? ''))).toEqual(bytes);
  });

  test('an empty file is a new database', async () => {
    const file = join(temporaryDirectory(), 'monitor.db');
    writeFileSync(file, '');
    const { offer, list, notices } = await startMonitor({ file });
    offer({});
    expect((await list()).total).toBe(1);
    expect(notices).toEqual([]);
  });
});

describe('a file that goes away', () => {
  test('is begun anew, with all records since', async () => {
    const { monitor, offer, list, file, dropped } = await startMonitor();
    offer({ requestId: 'lost' });
    await monitor.recorder.flush();
    for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
    offer(...numbered(600));
    expect((await list()).total).toBe(600);
    expect(existsSync(file)).toBe(true);
    expect(dropped()).toBe(0);
  });
});

describe('a place that cannot be written', () => {
  test('does not keep the router from starting, and is used once it can be', async () => {
    const directory = join(temporaryDirectory(), 'data');
    writeFileSync(directory, 'in the way');
    const { monitor, offer, list, requestIds, notices, errors, dropped } = await startMonitor({
      file: join(directory, 'monitor.db'),
      limits: { retryDelayMs: 1, maxRetryDelayMs: 10 },
    });
    expect(notices).toEqual([expect.stringContaining(join(directory, 'monitor.db'))]);
    offer({ requestId: 'early' });
    await expect(list()).rejects.toMatchObject({ code: 'monitor.unavailable' });
    expect(errors.length).toBeGreaterThan(0);
    rmSync(directory);
    mkdirSync(directory);
    await expect.poll(() => requestIds(), { timeout: 10_000 }).toEqual(['early']);
    expect([dropped(), monitor.state().backlog, monitor.state().journalRows]).toEqual([0, 0, 0]);
  });
});
