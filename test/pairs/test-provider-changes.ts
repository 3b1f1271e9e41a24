import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { says, type VendorAnswer } from '../support/vendors/script.ts';
import type { VendorId } from '../support/vendors/vendors.ts';
import type { Client, Target } from './client.ts';
import { take } from './play.ts';
import { MODES, type Mode, type Step } from './scenario.ts';
import { USAGE } from './scenarios/usage.ts';
import { type Stage, startStage } from './stage.ts';

/** The vendors that seal thoughts and refuse a conversation in which a seal is missing, changed or another's. */
const SEALING: readonly VendorId[] = ['anthropic', 'gemini', 'openai-responses'];

const PAIRS = SEALING.flatMap((first) =>
  SEALING.filter((second) => second !== first).map((second) => [first, second] as const),
);

type Where = VendorId | 'direct';

/** One call: where it goes, what the vendor says, and what the client adds before it. */
interface Leg {
  readonly where: Where;
  readonly answer: VendorAnswer;
  readonly step?: Step;
}

const CALL: VendorAnswer = {
  reasoning: { text: 'I must look it up. 🤔' },
  text: 'One moment.',
  toolCalls: [
    { name: 'weather', arguments: '{"city":"Zürich"}' },
    { name: 'weather', arguments: '{"city":"Oslo"}' },
  ],
  finish: 'tool-calls',
  usage: USAGE,
};
const ANSWER: VendorAnswer = { ...says('Sunny.', USAGE), reasoning: { text: 'Good.' } };

const RESULTS: Step = { outputs: [{ text: 'sunny' }, { text: 'cold' }] };
const ASKS: Step = { words: 'And tomorrow?' };

/** A whole loop of a call, its results and an answer. */
const loopAt = (where: Where, step?: Step): readonly Leg[] => [
  { where, answer: CALL, ...(step && { step }) },
  { where, answer: ANSWER, step: RESULTS },
];

/** A conversation with thoughts and calls that moves from provider to provider is refused by none. */
export function testProviderChanges(clients: readonly Client[]): void {
  let stage: Stage;
  beforeAll(async () => {
    stage = await startStage();
  });
  afterAll(() => stage.close());

  for (const client of clients) {
    describe(`${client.name} × changing providers`, () => {
      for (const mode of MODES) {
        test.each(PAIRS)(`%s, then %s, then back (${mode})`, (first, second) =>
          travel(stage, client, mode, [...loopAt(first), ...loopAt(second, ASKS), ...loopAt(first, ASKS)]),
        );
        test.each(PAIRS)(`%s calls, %s gets the results and calls, and back (${mode})`, (first, second) =>
          travel(stage, client, mode, [
            { where: first, answer: CALL },
            { where: second, answer: CALL, step: RESULTS },
            ...loopAt(first, RESULTS),
            ...loopAt(first, ASKS),
          ]),
        );
        test.each(SEALING)(`begun without the router, then %s, then its own vendor (${mode})`, (other) =>
          travel(stage, client, mode, [
            ...loopAt('direct'),
            ...loopAt(other, ASKS),
            ...loopAt(client.vendor, ASKS),
            { where: client.vendor, answer: ANSWER, step: ASKS },
          ]),
        );
      }
    });
  }
}

async function travel(stage: Stage, client: Client, mode: Mode, legs: readonly Leg[]): Promise<void> {
  const conversation = client.begin({ words: 'What is the weather?', thinks: true, hasTools: true });
  for (const { where, answer, step } of legs) {
    take(conversation, step ?? {});
    const vendor = where === 'direct' ? client.vendor : where;
    const rejected = stage.vendor(vendor).rejected.length;
    stage.script(vendor, [answer]);
    const target = targetOf(stage, client, where);
    const asking = conversation.next({ target, stream: mode === 'streamed', onText: () => {} });
    const observation = await asking.catch((thrown: unknown) => client.describeError(thrown));
    expect(
      stage
        .vendor(vendor)
        .rejected.slice(rejected)
        .map(({ reason }) => reason),
    ).toEqual([]);
    expect(observation).toMatchObject({ text: answer.text });
    expect(stage.unasked(vendor)).toBe(0);
  }
}

const targetOf = (stage: Stage, client: Client, where: Where): Target =>
  where === 'direct' ? stage.direct(client, false) : stage.routed(client, where, false);
