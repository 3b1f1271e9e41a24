import { cpus, release } from 'node:os';
import { markdownTable } from './markdown.ts';
import type { Sample } from './measure.ts';
import type { Memory } from './process-tree.ts';
import type { RecordCount } from './records.ts';
import { type Spread, spreadOf } from './statistics.ts';

const BASELINE = 'bare';
const REFERENCE = 'direct';

export interface MemoryReading {
  readonly candidate: string;
  readonly warm: Memory;
  readonly end: Memory;
}

export interface Results {
  readonly at: Date;
  readonly rounds: number;
  readonly secondsPerTurn: number;
  readonly samples: readonly Sample[];
  readonly memory: readonly MemoryReading[];
  readonly records: readonly RecordCount[];
}

/** Settings, figures, memory and records as markdown. */
export function reportOf(results: Results): string {
  const parts = [settingsOf(results), figuresTable(results.samples), memoryTable(results.memory)];
  return [...parts, ...results.records.map(recordLine)].join('\n\n');
}

/** True when nothing failed and every request left its record. */
export function isClean(results: Results): boolean {
  return (
    results.samples.every((sample) => sample.errors === 0) &&
    results.records.every((count) => count.recorded === count.sent)
  );
}

function settingsOf({ at, rounds, secondsPerTurn, samples }: Results): string {
  const [processor] = cpus();
  const other = spreadOf(samples.map((sample) => sample.otherCores));
  return [
    `${at.toISOString().slice(0, 10)}, ${cpus().length} × ${processor?.model.trim() ?? 'unknown processor'}, `,
    `Linux ${release()}, Node ${process.version}; rounds: ${rounds}, with two turns of ${secondsPerTurn} s each; `,
    `other work on the machine ${other.median.toFixed(2)} cores (${other.min.toFixed(2)}–${other.max.toFixed(2)}).`,
  ].join('');
}

function figuresTable(samples: readonly Sample[]): string {
  const head = [
    'scenario',
    'candidate',
    'CPU µs / request',
    '× bare',
    'min–max',
    'requests/s',
    'p50 added',
    'p99 added',
    'errors',
  ];
  const rows: string[][] = [];
  for (const [scenario, ofScenario] of groupBy(samples, (sample) => sample.scenario)) {
    const byCandidate = groupBy(ofScenario, (sample) => sample.candidate);
    for (const [candidate, own] of byCandidate) {
      if (candidate === REFERENCE) continue;
      rows.push([scenario, candidate, ...figuresOf(own, byCandidate.get(BASELINE), byCandidate.get(REFERENCE))]);
    }
  }
  return markdownTable(head, rows, 2);
}

type Samples = readonly Sample[];

function figuresOf(own: Samples, baseline: Samples = [], reference: Samples = []): string[] {
  const ratio = compare(own, baseline, (a, b) => a.cpuMicrosPerRequest / b.cpuMicrosPerRequest);
  const median = (read: (sample: Sample) => number): number => spreadOf(own.map(read)).median;
  return [
    figure(median((sample) => sample.cpuMicrosPerRequest)),
    figure(ratio.median),
    `${figure(ratio.min)}–${figure(ratio.max)}`,
    figure(median((sample) => sample.requestsPerSecond)),
    milliseconds(compare(own, reference, (a, b) => a.p50Ms - b.p50Ms).median),
    milliseconds(compare(own, reference, (a, b) => a.p99Ms - b.p99Ms).median),
    String(own.reduce((sum, sample) => sum + sample.errors, 0)),
  ];
}

/** Compares the samples of equal rounds and gives the spread over the rounds. */
function compare(own: Samples, other: Samples, measure: (a: Sample, b: Sample) => number): Spread {
  const byRound = new Map(other.map((sample) => [sample.round, sample]));
  return spreadOf(
    own.flatMap((sample) => {
      const pair = byRound.get(sample.round);
      return pair === undefined ? [] : [measure(sample, pair)];
    }),
  );
}

function memoryTable(readings: readonly MemoryReading[]): string {
  return markdownTable(
    ['memory (RSS, MiB)', 'after warm-up', 'at the end', 'peak'],
    readings.map(({ candidate, warm, end }) => [
      candidate,
      warm.residentMiB.toFixed(0),
      end.residentMiB.toFixed(0),
      end.peakMiB.toFixed(0),
    ]),
  );
}

function recordLine({ candidate, sent, recorded }: RecordCount): string {
  return `Records of \`${candidate}\`: ${recorded} for ${sent} requests.`;
}

/** Three digits, and a dash for what could not be measured. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
}

function milliseconds(value: number): string {
  return Number.isFinite(value) ? `${value.toFixed(2)} ms` : '–';
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
