// What the router costs, as CPU time of its processes for each request beside the same of a bare proxy.
// npm run bench -- [--rounds=N] [--secs=S] [--scenarios=a,b] [--candidates=a,b] [--write]; see docs/performance.md.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Candidate, type Surroundings, startCandidate, startProvider } from './candidates.ts';
import { ChildProcesses } from './child-processes.ts';
import { LoadClient } from './load-client.ts';
import { writeBlocks } from './markdown.ts';
import { playRound, type Sample, SentCounter, warmUp } from './measure.ts';
import { type BenchOptions, readOptions } from './options.ts';
import { memoryOf } from './process-tree.ts';
import { countRecords } from './records.ts';
import { isClean, reportOf } from './report.ts';
import { measureStartUp } from './start-up.ts';

const PAGE = resolve(import.meta.dirname, '../../docs/performance.md');
const SELECTION = resolve(import.meta.dirname, 'selection.ts');

function tell(message: string): void {
  console.error(`# ${message}`);
}

const isRouter = ({ kind }: Candidate): boolean => kind === 'router' || kind === 'router-tags';

/** Resolves to true when all went well; the report is printed, and written where that was asked for, on the way. */
async function bench(options: BenchOptions, around: Surroundings): Promise<boolean> {
  const provider = await startProvider(around);
  const blocks: Record<string, string> = options.write ? { selection: selectionFigures() } : {};
  if (options.candidates.some((name) => name.startsWith('router'))) {
    tell('start-up');
    blocks['start-up'] = await measureStartUp(provider, around);
  }
  const load = await LoadClient.start(around.children);
  const names = ['direct', ...options.candidates];
  const candidates = await Promise.all(names.map((name) => startCandidate(name, provider, around)));
  const sent = new SentCounter();
  const contest = { load, candidates, scenarios: options.scenarios, secondsPerTurn: options.secondsPerTurn, tell };

  tell(`warm-up of ${names.join(', ')}`);
  const warmUpErrors = await warmUp(contest, sent);
  const gateways = candidates.filter(({ kind }) => kind !== 'direct');
  const warm = gateways.map(({ pid }) => memoryOf(pid));
  const samples: Sample[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    tell(`round ${round} of ${options.rounds}`);
    samples.push(...(await playRound(contest, round, sent)));
  }

  const memory = gateways.map((candidate, index) => ({
    candidate: candidate.name,
    warm: warm[index] ?? memoryOf(candidate.pid),
    end: memoryOf(candidate.pid),
  }));
  const routers = candidates.filter(isRouter);
  const records = await Promise.all(routers.map((candidate) => countRecords(candidate, sent.of(candidate.name))));
  const { rounds, secondsPerTurn } = options;
  const results = { at: new Date(), rounds, secondsPerTurn, samples, memory, records };
  blocks['bench'] = reportOf(results);
  await around.children.stopAll();
  return publish(blocks, options.write, warmUpErrors === 0 && isClean(results));
}

/** Figures of a run in which something failed are shown and never written. */
function publish(blocks: Readonly<Record<string, string>>, write: boolean, isGood: boolean): boolean {
  console.log(Object.values(blocks).join('\n\n'));
  if (!isGood) tell('requests failed or records are missing');
  else if (write) writeBlocks(PAGE, blocks);
  return isGood;
}

/** What `npm run bench:selection` prints. */
function selectionFigures(): string {
  tell('selection');
  const output = execFileSync(process.execPath, [...process.execArgv, SELECTION], { encoding: 'utf8' });
  return `\`\`\`text\n${output.trim()}\n\`\`\``;
}

async function main(): Promise<void> {
  if (process.platform !== 'linux') throw new Error('CPU times are read from /proc, which only Linux has');
  const options = readOptions(process.argv.slice(2));
  const children = new ChildProcesses();
  children.guard();
  const directory = mkdtempSync(join(tmpdir(), 'llm-router-bench-'));
  process.on('exit', () => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }));
  const isGood = await bench(options, { children, directory });
  process.exitCode = isGood ? 0 : 1;
}

await main().catch((thrown: unknown) => {
  tell(thrown instanceof Error ? thrown.message : String(thrown));
  process.exit(1);
});
