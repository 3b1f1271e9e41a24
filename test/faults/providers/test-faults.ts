import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deviationsOf } from './checks.ts';
import type { FaultCase } from './fault.ts';
import { type Outcome, playAll } from './play-case.ts';
import { type CallRecord, recordsOf } from './records.ts';
import { type FaultStage, startStage } from './stage.ts';
import { type ModelState, statesOf, UNTOUCHED } from './states.ts';

const AT_ONCE = 32;
const TIMEOUT_MS = 180_000;

/** Plays all cases side by side, then looks at each outcome in a test of its own. */
export function testFaults(title: string, cases: readonly FaultCase[]): void {
  describe(title, () => {
    let stage: FaultStage;
    let outcomes: ReadonlyMap<string, Outcome>;
    let records: ReadonlyMap<string, readonly CallRecord[]>;
    let states: ReadonlyMap<string, ModelState>;

    beforeAll(async () => {
      stage = await startStage(cases);
      outcomes = await playAll(stage, cases, AT_ONCE);
      records = await recordsOf(stage.routers);
      states = await statesOf(stage.routers);
    }, TIMEOUT_MS);

    afterAll(() => stage.stop());

    test.each(cases.map((faultCase) => [faultCase.name]))('%s', (name) => {
      const outcome = outcomes.get(name);
      if (outcome === undefined) throw new Error('the case was not played');
      const state = states.get(`${name}/m`) ?? UNTOUCHED;
      const deviations = deviationsOf(outcome, records.get(outcome.requestId) ?? [], state);
      expect(deviations, deviations.join('\n')).toEqual([]);
    });

    test('one record for each request, and none besides', () => {
      const asked = [...outcomes.values()].flatMap(({ requestId, warmUpIds }) => [requestId, ...warmUpIds]);
      expect([...records.keys()].sort()).toEqual(asked.sort());
    });

    test('no redirect was followed', () => {
      expect(stage.provider.canaryHits).toBe(0);
    });

    test('every connection with an unfinished answer was closed', async () => {
      while (stage.provider.unfinishedAnswers > 0) await stage.provider.nextClose();
    });

    test('no connection outlives the routers', async () => {
      await Promise.all(stage.routers.map((router) => router.stop()));
      while (stage.provider.openConnections > 0) await stage.provider.nextClose();
    });
  });
}
