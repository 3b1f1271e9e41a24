import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir } from '../../support/temp-dir.ts';
import { type RouterProcess, startProcess } from './built-router.ts';
import { type FinishedCall, type Load, startLoad } from './load.ts';
import { ECHO_TOML, readRecords } from './records.ts';

/** A script asks for more. */
const KILLS = Number(process.env['FAULT_KILLS'] ?? 20);
const LONGEST_RUN_MS = 250;

/** What a killed process may lose, by the documentation; only a run that has the machine to itself can measure it. */
const MAX_LOST_MS = process.env['FAULT_KILLS'] === undefined ? undefined : 50;

interface Killed {
  readonly finished: readonly FinishedCall[];
  /** Those that a read has shown, or would have. */
  readonly sure: number;
  readonly killedAt: number;
}

/** A read of the records shows every call that ended before it. */
async function readBarrier(url: string): Promise<void> {
  const answer = await fetch(`${url}/monitor/invocations?limit=1`);
  expect(answer.status).toBe(200);
  await answer.arrayBuffer();
}

async function killUnder(load: Load, router: RouterProcess): Promise<Killed> {
  await expect.poll(() => load.finished.length, { interval: 1 }).toBeGreaterThan(10);
  const sure = load.finished.length;
  await readBarrier(router.url);
  await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_RUN_MS));
  const killedAt = performance.now();
  router.child.kill('SIGKILL');
  expect(await router.ended).toBe('SIGKILL');
  await load.stop();
  return { finished: load.finished.filter(({ finishedAt }) => finishedAt <= killedAt), sure, killedAt };
}

test(
  `${KILLS} kills at any moment: both databases are sound, and only the newest records are lost`,
  async () => {
    const dataDir = join(tempDir(), 'data');
    const counts = { finished: 0, lost: 0, longestMs: 0 };
    let known: readonly string[] = [];
    for (let kill = 0; kill < KILLS; kill += 1) {
      const router = await startProcess({ toml: ECHO_TOML, dataDir });
      const { finished, sure, killedAt } = await killUnder(startLoad(router.url), router);
      const { integrity, requestIds, half } = readRecords(join(dataDir, 'monitor.db'));
      expect([integrity, half]).toEqual(['ok', 0]);
      const stored = new Set(requestIds);
      expect(stored.size).toBe(requestIds.length);
      expect(known.filter((requestId) => !stored.has(requestId))).toEqual([]);
      known = requestIds;
      const lost = finished.filter(({ requestId }) => !stored.has(requestId));
      expect(lost.filter((call) => finished.indexOf(call) < sure)).toEqual([]);
      counts.finished += finished.length;
      counts.lost += lost.length;
      counts.longestMs = Math.max(counts.longestMs, ...lost.map(({ finishedAt }) => killedAt - finishedAt));
    }
    console.log(
      `${KILLS} kills: ${counts.finished} finished calls, ${counts.lost} lost, the oldest of them ${counts.longestMs.toFixed(1)} ms old`,
    );
    if (MAX_LOST_MS !== undefined) expect(counts.longestMs).toBeLessThanOrEqual(MAX_LOST_MS);
  },
  KILLS * 15_000,
);
