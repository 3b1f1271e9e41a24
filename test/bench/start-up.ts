import { once } from 'node:events';
import { rmSync } from 'node:fs';
import {
  type Provider,
  prepareRouter,
  type RouterHome,
  type Surroundings,
  spawnRouter,
  startRouter,
} from './candidates.ts';
import { pidOf } from './child-processes.ts';
import { markdownTable } from './markdown.ts';
import { memoryOf } from './process-tree.ts';
import { spreadOf } from './statistics.ts';

const REPEATS = 7;

interface Start {
  readonly listeningMs: number;
  /** What the router says that reading its configuration took. */
  readonly configMs: number;
  readonly residentMiB: number;
}

/** How long the built router needs to listen, in a markdown table; nothing else of the benchmark may run meanwhile. */
export async function measureStartUp(provider: Provider, around: Surroundings): Promise<string> {
  const home = prepareRouter('start-up', provider, around);
  const nodeMs: number[] = [];
  const checkMs: number[] = [];
  const firstStarts: Start[] = [];
  const laterStarts: Start[] = [];
  for (let repeat = 0; repeat < REPEATS; repeat += 1) {
    rmSync(home.dataDirectory, { recursive: true, force: true });
    nodeMs.push(await timeNode(around));
    checkMs.push(await timeCheck(home, around));
    firstStarts.push(await timeStart(home, around));
    laterStarts.push(await timeStart(home, around));
  }
  const starts = [...firstStarts, ...laterStarts];
  return markdownTable(
    ['from the start of the process', 'median', 'min–max'],
    [
      row('`node --eval 0`: Node itself', nodeMs, 'ms'),
      row('`llm-router check`, to its end', checkMs, 'ms'),
      row('`llm-router serve` until it listens, new databases', msOf(firstStarts), 'ms'),
      row('`llm-router serve` until it listens, existing databases', msOf(laterStarts), 'ms'),
      row(
        '— of that, reading and checking `router.toml`',
        starts.map((start) => start.configMs),
        'ms',
      ),
      row(
        'Memory (RSS) when it listens',
        starts.map((start) => start.residentMiB),
        'MiB',
      ),
    ],
  );
}

function msOf(starts: readonly Start[]): number[] {
  return starts.map((start) => start.listeningMs);
}

function row(label: string, values: readonly number[], unit: string): string[] {
  const { median, min, max } = spreadOf(values);
  return [label, `${median.toFixed(0)} ${unit}`, `${min.toFixed(0)}–${max.toFixed(0)}`];
}

async function timeNode({ children }: Surroundings): Promise<number> {
  const startedAt = performance.now();
  await once(children.spawn(process.execPath, ['--eval', '0'], { stdio: 'ignore' }), 'exit');
  return performance.now() - startedAt;
}

async function timeCheck(home: RouterHome, { children }: Surroundings): Promise<number> {
  const startedAt = performance.now();
  const child = spawnRouter(['check', home.configFile], home, children);
  child.stdout?.resume();
  child.stderr?.resume();
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`llm-router check ended with code ${code}`);
  return performance.now() - startedAt;
}

async function timeStart(home: RouterHome, around: Surroundings): Promise<Start> {
  const startedAt = performance.now();
  const { child, firstLine } = await startRouter(home, around);
  const listeningMs = performance.now() - startedAt;
  const { residentMiB } = memoryOf(pidOf(child));
  await around.children.stop(child);
  return { listeningMs, configMs: configMsIn(firstLine), residentMiB };
}

/** From the log line of the router, a JSON object. */
function configMsIn(line: string): number {
  return Number(/"configMs":(\d+(?:\.\d+)?)/.exec(line)?.[1] ?? Number.NaN);
}
