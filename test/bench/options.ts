import { parseArgs } from 'node:util';
import { CANDIDATE_KINDS, kindOf } from './candidates.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

export interface BenchOptions {
  readonly rounds: number;
  readonly secondsPerTurn: number;
  readonly scenarios: readonly Scenario[];
  /** Without `direct`, which is always measured. */
  readonly candidates: readonly string[];
  /** Puts the figures into docs/performance.md. */
  readonly write: boolean;
}

const DEFAULTS = { rounds: '3', secs: '0.6', candidates: 'bare,router,router-tags,bare@aa' };

/** Throws an Error that names what would have been right. */
export function readOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string', default: DEFAULTS.rounds },
      secs: { type: 'string', default: DEFAULTS.secs },
      scenarios: { type: 'string', default: SCENARIOS.map((scenario) => scenario.name).join(',') },
      candidates: { type: 'string', default: DEFAULTS.candidates },
      write: { type: 'boolean', default: false },
    },
  });
  const candidates = values.candidates.split(',').map(candidateCalled);
  if (new Set(candidates).size < candidates.length)
    throw new Error('a candidate that runs twice needs a label: name@label');
  return {
    rounds: positive('rounds', values.rounds),
    secondsPerTurn: positive('secs', values.secs),
    scenarios: values.scenarios.split(',').map(scenarioCalled),
    candidates,
    write: values.write,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new Error(`--${name} must be a number above 0`);
  return value;
}

function scenarioCalled(name: string): Scenario {
  const scenario = SCENARIOS.find((known) => known.name === name);
  if (scenario === undefined) throw new Error(`no scenario is called ${name}`);
  return scenario;
}

function candidateCalled(name: string): string {
  const kinds = CANDIDATE_KINDS.filter((kind) => kind !== 'direct');
  if (!kinds.some((kind) => kind === kindOf(name))) throw new Error(`${name} is none of ${kinds.join(', ')}`);
  return name;
}
