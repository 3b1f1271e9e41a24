import { FAULT_CLIENTS } from './clients.ts';
import type { FaultCase } from './fault.ts';
import { type Reading, readAnswer, readStream } from './reading.ts';
import { WORDS } from './shapes.ts';
import type { FaultStage } from './stage.ts';

/** What came of one case, as its client and its provider have seen it. */
export interface Outcome {
  readonly faultCase: FaultCase;
  readonly requestId: string;
  readonly reading: Reading;
  /** When the provider was asked, without the requests that were to go well: monotonic milliseconds. */
  readonly calls: readonly number[];
  /** Ids of the requests that were to go well. */
  readonly warmUpIds: readonly string[];
}

export async function playCase(stage: FaultStage, faultCase: FaultCase): Promise<Outcome> {
  const { fault, name } = faultCase;
  const warmUpIds = Array.from({ length: fault.warmUps ?? 0 }, (_, index) => `${name}_warm-up-${index}`);
  for (const id of warmUpIds) await ask(stage, faultCase, id);
  const requestId = `${name}_request`;
  const reading = await ask(stage, faultCase, requestId);
  const calls = stage.provider.logs.get(name)?.calls.slice(warmUpIds.length) ?? [];
  return { faultCase, requestId, reading, calls, warmUpIds };
}

async function ask(stage: FaultStage, faultCase: FaultCase, requestId: string): Promise<Reading> {
  const { mode, name } = faultCase;
  const client = FAULT_CLIENTS[faultCase.client];
  const model = `${name}/m`;
  const isStream = mode === 'stream';
  const startedAt = performance.now();
  const body = client.request(model, isStream);
  const response = await stage
    .routerOf(faultCase)
    .send(client.path(model, isStream), body, { 'x-request-id': requestId });
  const log = stage.provider.logs.get(name);
  return readAnswer(client, response, startedAt, (raw) => log?.clientHas(piecesIn(readStream(client, raw).text)));
}

/** How many of the words are there. */
function piecesIn(text: string): number {
  let left = text;
  const missing = WORDS.findIndex((word) => {
    if (!left.startsWith(word)) return true;
    left = left.slice(word.length);
    return false;
  });
  return missing === -1 ? WORDS.length : missing;
}

/** Plays them all, so many at once; those that move megabytes one at a time behind the others. */
export async function playAll(
  stage: FaultStage,
  cases: readonly FaultCase[],
  atOnce: number,
): Promise<ReadonlyMap<string, Outcome>> {
  const outcomes = new Map<string, Outcome>();
  const play = async (queue: FaultCase[]): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      outcomes.set(next.name, await playCase(stage, next));
    }
  };
  const light = cases.filter(({ fault }) => fault.isHeavy !== true);
  await Promise.all(Array.from({ length: atOnce }, () => play(light)));
  await play(cases.filter(({ fault }) => fault.isHeavy === true));
  return outcomes;
}
