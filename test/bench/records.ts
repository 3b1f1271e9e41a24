import { setTimeout as delay } from 'node:timers/promises';
import type { Candidate } from './candidates.ts';
import { CALLER_KEY } from './router-config.ts';

const DEADLINE_MS = 15_000;
const PAUSE_MS = 100;

/** What a router has recorded against what it was sent. */
export interface RecordCount {
  readonly candidate: string;
  readonly sent: number;
  readonly recorded: number;
}

/** Records are written a moment after the answer, so a number that is too small is asked for again for a while. */
export async function countRecords(candidate: Candidate, sent: number): Promise<RecordCount> {
  const deadline = performance.now() + DEADLINE_MS;
  let recorded = await readTotal(candidate.port);
  while (recorded < sent && performance.now() < deadline) {
    await delay(PAUSE_MS);
    recorded = await readTotal(candidate.port);
  }
  return { candidate: candidate.name, sent, recorded };
}

async function readTotal(port: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/monitor/invocations?limit=1`, {
    headers: { authorization: `Bearer ${CALLER_KEY}` },
  });
  const body = (await response.json()) as { readonly total?: unknown };
  if (response.status !== 200 || typeof body.total !== 'number') {
    throw new Error(`the records cannot be counted: status ${response.status}, ${JSON.stringify(body)}`);
  }
  return body.total;
}
