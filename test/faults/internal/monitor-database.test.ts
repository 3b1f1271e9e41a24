import { openSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, test } from 'vitest';
import { tempDir } from '../../support/temp-dir.ts';
import { type RouterProcess, setLimit, startProcess } from './built-router.ts';
import { type FinishedCall, type Load, startLoad } from './load.ts';
import { ECHO_TOML, readRecords } from './records.ts';

/** How long a fault lasts; a script asks for more. */
const FAULT_MS = Number(process.env['FAULT_SECONDS'] ?? 2) * 1000;
const AFTERWARDS_MS = 500;

interface Stage {
  readonly router: RouterProcess;
  readonly dataDir: string;
  readonly file: string;
}

interface Case {
  readonly name: string;
  /** Makes the fault, and returns what ends it. */
  strike(stage: Stage): Promise<() => Promise<void> | void> | (() => Promise<void> | void);
  /** Which calls must have a record at the end. */
  readonly keeps: 'all' | 'since the fault' | 'since the next start';
  /** What the log says of it. */
  readonly says: RegExp;
}

const HEALED = /can be written again/;

function damage(file: string, page: number): void {
  const fd = openSync(file, 'r+');
  writeSync(fd, Buffer.alloc(512, 0xa5), 0, 512, (page - 1) * 4096);
}

const CASES: readonly Case[] = [
  {
    name: 'another process holds the lock',
    strike: ({ file }) => {
      const other = new Sqlite(file);
      other.exec('BEGIN EXCLUSIVE');
      return () => void other.close();
    },
    keeps: 'all',
    says: HEALED,
  },
  {
    name: 'the disk is full, for the journal as well',
    strike: async ({ router }) => {
      await setLimit(router, 'fsize', 4096);
      return () => setLimit(router, 'fsize', 'unlimited');
    },
    keeps: 'all',
    says: HEALED,
  },
  {
    name: 'the database is deleted',
    strike: ({ file }) => {
      for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
      return () => undefined;
    },
    keeps: 'since the fault',
    says: /deleted or replaced/,
  },
  {
    name: 'the directory is deleted',
    strike: ({ dataDir }) => {
      rmSync(dataDir, { recursive: true });
      return () => undefined;
    },
    keeps: 'since the fault',
    says: /deleted or replaced/,
  },
  {
    name: 'the directory is gone and cannot be made',
    strike: ({ dataDir }) => {
      rmSync(dataDir, { recursive: true });
      writeFileSync(dataDir, 'in the way');
      return () => rmSync(dataDir);
    },
    keeps: 'since the fault',
    says: HEALED,
  },
  ...[1, 2, 5].map(
    (page): Case => ({
      name: `page ${page} is damaged`,
      strike: ({ file }) => {
        damage(file, page);
        return () => undefined;
      },
      keeps: 'since the next start',
      says: /listening/,
    }),
  ),
  {
    name: 'the file is cut to nothing',
    strike: ({ file }) => {
      truncateSync(file, 0);
      return () => undefined;
    },
    keeps: 'since the next start',
    says: /was broken/,
  },
  {
    name: 'the file is overwritten',
    strike: ({ file }) => {
      const fd = openSync(file, 'r+');
      writeSync(fd, Buffer.alloc(statSync(file).size, 'garbage '));
      return () => undefined;
    },
    keeps: 'since the next start',
    says: /was broken/,
  },
];

async function recordsState(url: string): Promise<Record<string, unknown>> {
  const answer = await fetch(`${url}/health/detail`);
  return ((await answer.json()) as { records: Record<string, unknown> }).records;
}

async function healed({ url }: RouterProcess): Promise<void> {
  const idle = { is_failing: false, journal_rows: 0, dropped: 0 };
  await expect.poll(() => recordsState(url), { timeout: 30_000 }).toMatchObject(idle);
}

async function runFor(load: Load, ms: number): Promise<void> {
  const count = load.finished.length;
  await new Promise((resolve) => setTimeout(resolve, ms));
  await expect.poll(() => load.finished.length, { timeout: 15_000 }).toBeGreaterThan(count + 10);
}

async function start(dataDir: string): Promise<RouterProcess> {
  return startProcess({ toml: ECHO_TOML, dataDir, before: "trap '' XFSZ" });
}

/** Ends the router in order; returns what its database holds then. */
async function end(router: RouterProcess, file: string): Promise<ReadonlySet<string>> {
  router.child.kill('SIGTERM');
  expect(await router.ended).toBe(0);
  const { integrity, requestIds, half } = readRecords(file);
  expect([integrity, half]).toEqual(['ok', 0]);
  expect(new Set(requestIds).size).toBe(requestIds.length);
  return new Set(requestIds);
}

function missing(calls: readonly FinishedCall[], stored: ReadonlySet<string>): readonly FinishedCall[] {
  return calls.filter(({ requestId }) => !stored.has(requestId));
}

test.each(CASES)(
  '$name: every call is served',
  async ({ strike, keeps, says }) => {
    const dataDir = join(tempDir(), 'data');
    const file = join(dataDir, 'monitor.db');
    const router = await start(dataDir);
    const load = startLoad(router.url, { clients: 2, pauseMs: 2 });
    await runFor(load, AFTERWARDS_MS);
    const heal = await strike({ router, dataDir, file });
    const struckAt = performance.now();
    await runFor(load, FAULT_MS);
    await heal();
    await runFor(load, AFTERWARDS_MS);
    await load.stop();
    await healed(router);
    expect(load.broken).toBe(0);
    expect(new Set(load.finished.map(({ status }) => status))).toEqual(new Set([200]));
    expect(JSON.stringify(router.log)).toMatch(says);
    if (keeps === 'since the next start') {
      router.child.kill('SIGTERM');
      expect(await router.ended).toBe(0);
      await restartAndCheck(dataDir, file);
      return;
    }
    const stored = await end(router, file);
    const kept = keeps === 'all' ? load.finished : load.finished.filter(({ startedAt }) => startedAt > struckAt);
    expect(kept.length).toBeGreaterThan(10);
    expect(missing(kept, stored)).toEqual([]);
    expect(readdirSync(dataDir).filter((name) => name.includes('journal'))).toEqual([]);
  },
  90_000,
);

async function restartAndCheck(dataDir: string, file: string): Promise<void> {
  const again = await start(dataDir);
  const load = startLoad(again.url, { clients: 2, pauseMs: 2 });
  await runFor(load, AFTERWARDS_MS);
  await load.stop();
  await healed(again);
  expect(missing(load.finished, await end(again, file))).toEqual([]);
}
