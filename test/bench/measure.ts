import { setTimeout as delay } from 'node:timers/promises';
import { type Candidate, wireRequest } from './candidates.ts';
import type { LoadClient, LoadPlan, LoadResult } from './load-client.ts';
import { cpuMicrosOf, machineCpuMicros } from './process-tree.ts';
import { MODEL } from './router-config.ts';
import { callOf, type Scenario } from './scenarios.ts';
import { mean } from './statistics.ts';

/** Work that a candidate puts off, such as writing a batch of records, belongs to the turn that caused it. */
const SETTLE_MS = 150;
const MAX_REQUESTS = 500_000;
/** In each scenario. Until V8 has compiled a gateway's hot path a request costs several times what it costs then. */
const WARM_UP_SECONDS = 1.5;

/** What one candidate did in one scenario of one round, over its two turns. */
export interface Sample {
  readonly scenario: string;
  readonly candidate: string;
  readonly round: number;
  readonly cpuMicrosPerRequest: number;
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly errors: number;
  /** CPU time that nobody in the benchmark used, in cores. */
  readonly otherCores: number;
}

interface Turn {
  readonly load: LoadResult;
  readonly cpuMicros: number;
  readonly otherCores: number;
}

export interface Contest {
  readonly load: LoadClient;
  readonly candidates: readonly Candidate[];
  readonly scenarios: readonly Scenario[];
  readonly secondsPerTurn: number;
  readonly tell: (message: string) => void;
}

/** Counts what each candidate was sent, so that its records can be counted against it. */
export class SentCounter {
  readonly #byName = new Map<string, number>();

  add(name: string, count: number): void {
    this.#byName.set(name, this.of(name) + count);
  }

  of(name: string): number {
    return this.#byName.get(name) ?? 0;
  }
}

/** Every gateway meets every scenario, unmeasured. Returns how many requests failed. */
export async function warmUp(contest: Contest, sent: SentCounter): Promise<number> {
  const longer = { ...contest, secondsPerTurn: Math.max(WARM_UP_SECONDS, contest.secondsPerTurn) };
  const gateways = contest.candidates.filter(({ kind }) => kind !== 'direct');
  let errors = 0;
  for (const scenario of contest.scenarios) {
    for (const candidate of gateways) {
      const { load } = await takeTurn(longer, candidate, scenario, sent);
      errors += load.errors;
      if (load.errors > 0) tellErrors(contest, candidate, scenario, load);
    }
  }
  return errors;
}

/**
 * One round: in every scenario the candidates take their turns one after the other and then once more in reverse order,
 * so that whatever drifts meanwhile falls on all of them alike.
 */
export async function playRound(contest: Contest, round: number, sent: SentCounter): Promise<Sample[]> {
  const samples: Sample[] = [];
  for (const scenario of contest.scenarios) {
    const turns = new Map<Candidate, Turn[]>();
    for (const candidate of [...contest.candidates, ...contest.candidates.toReversed()]) {
      const turn = await takeTurn(contest, candidate, scenario, sent);
      if (turn.load.errors > 0) tellErrors(contest, candidate, scenario, turn.load);
      turns.set(candidate, [...(turns.get(candidate) ?? []), turn]);
    }
    for (const [candidate, both] of turns) {
      samples.push({ scenario: scenario.name, candidate: candidate.name, round, ...figuresOf(both) });
    }
  }
  return samples;
}

async function takeTurn(contest: Contest, candidate: Candidate, scenario: Scenario, sent: SentCounter): Promise<Turn> {
  await contest.load.open(planOf(candidate, scenario, contest.secondsPerTurn));
  const before = readCounters(candidate);
  const load = await contest.load.run();
  await delay(SETTLE_MS);
  const after = readCounters(candidate);
  sent.add(candidate.name, load.sent);
  const elapsedMicros = (after.atMs - before.atMs) * 1000;
  const otherMicros = after.machineMicros - before.machineMicros - (after.ownMicros - before.ownMicros);
  return {
    load,
    cpuMicros: after.candidateMicros - before.candidateMicros,
    otherCores: Math.max(0, otherMicros / elapsedMicros),
  };
}

interface Counters {
  readonly atMs: number;
  readonly candidateMicros: number;
  /** Of this process and all its children, among them the candidates. */
  readonly ownMicros: number;
  readonly machineMicros: number;
}

function readCounters(candidate: Candidate): Counters {
  return {
    atMs: performance.now(),
    candidateMicros: cpuMicrosOf(candidate.pid),
    ownMicros: cpuMicrosOf(process.pid),
    machineMicros: machineCpuMicros(),
  };
}

function planOf(candidate: Candidate, scenario: Scenario, seconds: number): LoadPlan {
  const { path, body, expected } = callOf(scenario, candidate.dialect, MODEL);
  return {
    port: candidate.port,
    connections: scenario.connections,
    request: wireRequest(candidate.port, path, body),
    expected,
    latency: scenario.answer === 'whole' ? 'whole' : 'first-content',
    durationMs: seconds * 1000,
    maxRequests: MAX_REQUESTS,
  };
}

function figuresOf(turns: readonly Turn[]): Omit<Sample, 'scenario' | 'candidate' | 'round'> {
  const sum = (read: (turn: Turn) => number): number => turns.reduce((total, turn) => total + read(turn), 0);
  const requests = sum(({ load }) => load.sent);
  return {
    cpuMicrosPerRequest: sum((turn) => turn.cpuMicros) / requests,
    requestsPerSecond: (requests / sum(({ load }) => load.elapsedMs)) * 1000,
    p50Ms: mean(turns.map(({ load }) => load.p50Ms)),
    p99Ms: mean(turns.map(({ load }) => load.p99Ms)),
    errors: sum(({ load }) => load.errors),
    otherCores: mean(turns.map((turn) => turn.otherCores)),
  };
}

function tellErrors({ tell }: Contest, candidate: Candidate, scenario: Scenario, load: LoadResult): void {
  tell(`${candidate.name}/${scenario.name}: ${load.errors} of ${load.sent} failed: ${load.firstError}`);
}
