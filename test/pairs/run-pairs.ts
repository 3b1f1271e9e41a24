import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { VendorId } from '../support/vendors/vendors.ts';
import type { Client } from './client.ts';
import { expectedAt, type Place } from './differences.ts';
import { type Outcome, play } from './play.ts';
import { recordedAt } from './record.ts';
import { answersOf, MODES, type Mode, type Scenario, scenariosOf } from './scenario.ts';
import { SCENARIOS } from './scenarios/all.ts';
import { REFUSED_REQUEST } from './scenarios/failures.ts';
import { type Stage, startStage, VENDOR_IDS } from './stage.ts';
import { testLeaving } from './test-leaving.ts';

/** Every scenario through the router at every vendor gives what the SDK gets of its own vendor without the router. */
export function testPairs(clients: readonly Client[]): void {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.close());

  for (const client of clients) {
    const baseline = memoized((scenario, mode) => playDirectly(stage, client, scenario, mode));
    describe.each(VENDOR_IDS)(`${client.name} × %s`, (vendor) => {
      for (const scenario of scenariosOf(client, SCENARIOS)) {
        for (const mode of scenario.modes ?? MODES) {
          test(`${scenario.name} (${mode})`, async () => {
            const [direct, refusal] = [await baseline(scenario, mode), await baseline(REFUSED_REQUEST, mode)];
            const place = { client, vendor, scenario, mode };
            const expected = expectedAt(place, direct, refusal);
            const outcome = await playThroughRouter(stage, place);
            const isAnyError = expected.outcome.error === 'any' && outcome.error !== undefined;
            expect(isAnyError ? { ...outcome, error: 'any' } : outcome).toEqual(expected.outcome);
            if (expected.outcome.error === undefined) expectSent(stage, vendor, scenario);
            expect(
              await stage.nextRecord(outcome.answers.length + (outcome.error === undefined ? 0 : 1)),
            ).toMatchObject(recordedAt(place, expected));
          });
        }
      }
      testLeaving(() => stage, client, vendor);
    });
  }
}

async function playDirectly(stage: Stage, client: Client, scenario: Scenario, mode: Mode): Promise<Outcome> {
  const { vendor } = client;
  const before = stage.vendor(vendor).rejected.length;
  stage.script(vendor, answersOf(scenario, vendor));
  const outcome = await play(client, stage.direct(client, scenario.isPlain === true), scenario, mode);
  expect(
    stage
      .vendor(vendor)
      .rejected.slice(before)
      .map(({ reason }) => reason),
    'refused without the router',
  ).toEqual([]);
  return outcome;
}

async function playThroughRouter(stage: Stage, { client, vendor: id, scenario, mode }: Place): Promise<Outcome> {
  const vendor = stage.vendor(id);
  const rejected = vendor.rejected.length;
  stage.script(id, answersOf(scenario, id));
  const outcome = await play(client, stage.routed(client, id, scenario.isPlain === true), scenario, mode);
  expect(
    vendor.rejected.slice(rejected).map(({ reason }) => reason),
    'refused by the vendor',
  ).toEqual([]);
  return outcome;
}

/** The vendor was asked as often as the scenario says, and its last request holds what the client said. */
function expectSent(stage: Stage, vendor: VendorId, { sent = [] }: Scenario): void {
  expect(stage.unasked(vendor)).toBe(0);
  const request = stage.vendor(vendor).received.at(-1)?.text ?? '';
  for (const text of sent) expect(request).toContain(JSON.stringify(text).slice(1, -1));
}

function memoized(
  run: (scenario: Scenario, mode: Mode) => Promise<Outcome>,
): (scenario: Scenario, mode: Mode) => Promise<Outcome> {
  const known = new Map<string, Promise<Outcome>>();
  return (scenario, mode) => {
    const key = `${scenario.name} (${mode})`;
    const outcome = known.get(key) ?? run(scenario, mode);
    known.set(key, outcome);
    return outcome;
  };
}
