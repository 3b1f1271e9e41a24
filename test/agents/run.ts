// Real coding agents do a task through the built router, with a strict fake of each provider behind it.
// npm run test:agents -- [--agent=a,b] [--vendor=a,b] [--model=a] [--router=dist/main.js]; see docs/agents.md.
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { platform, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ChildProcesses } from '../bench/child-processes.ts';
import { VENDORS, type VendorId } from '../support/vendors/vendors.ts';
import type { Agent } from './agent.ts';
import { AgentProcesses } from './agent-processes.ts';
import { CLAUDE_CODE } from './claude-code.ts';
import { CODEX } from './codex.ts';
import { GEMINI_CLI } from './gemini-cli.ts';
import { install } from './install.ts';
import { OPENCODE } from './opencode.ts';
import { type Pair, playPair, type Surroundings } from './pair.ts';

const AGENTS: readonly Agent[] = [CLAUDE_CODE, CODEX, GEMINI_CLI, OPENCODE];
const AGENT_DEADLINE_MS = 120_000;
const SHOWN_LINES = 25;

const OPTIONS = {
  agent: { type: 'string' },
  vendor: { type: 'string' },
  model: { type: 'string' },
  router: { type: 'string', default: 'dist/main.js' },
} as const;

const { values: options } = parseArgs({ options: OPTIONS, strict: true });

/** Without a list everything is chosen. */
function isChosen(list: string | undefined, name: string): boolean {
  return list === undefined || list.split(',').includes(name);
}

type Verdict = 'ok' | 'failed' | 'skipped';

const counts: Record<Verdict, number> = { ok: 0, failed: 0, skipped: 0 };

/** One line for the verdict; further lines of the detail, and the last ones of what an agent printed, come below it. */
function tell(verdict: Verdict, subject: string, detail: string, output = ''): void {
  counts[verdict] += 1;
  const [first = '', ...more] = detail.trim().split('\n');
  console.log(`${verdict.padEnd(8)}${subject.padEnd(64)}${first}`);
  for (const line of [...more, ...output.split('\n').slice(-SHOWN_LINES)]) {
    if (line.trim() !== '') console.log(`        | ${line}`);
  }
}

const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

function pairsOf(agent: Agent): readonly Pair[] {
  const vendors = (Object.keys(VENDORS) as VendorId[]).filter((vendor) => isChosen(options.vendor, vendor));
  const models = agent.models.filter(({ asked }) => isChosen(options.model, asked));
  return models.flatMap((model) => vendors.map((vendor) => ({ agent, model, vendor })));
}

async function play(pair: Pair, around: Surroundings): Promise<void> {
  const { agent, model, vendor } = pair;
  const subject = `${agent.id} ${agent.version} × ${vendor} (${model.asked})`;
  const start = performance.now();
  try {
    const { failures, output } = await playPair(pair, around);
    if (failures.length === 0) return tell('ok', subject, `${((performance.now() - start) / 1000).toFixed(1)} s`);
    tell('failed', subject, failures.join('; '), output);
  } catch (thrown) {
    tell('failed', subject, messageOf(thrown));
  }
}

async function playAgent(agent: Agent, around: Omit<Surroundings, 'program'>): Promise<void> {
  const subject = `${agent.id} ${agent.version}`;
  try {
    const installed = await install(agent);
    if (installed.kind === 'unavailable') return tell('skipped', subject, installed.reason);
    for (const pair of pairsOf(agent)) await play(pair, { ...around, program: installed });
  } catch (thrown) {
    tell('failed', subject, `not installed: ${messageOf(thrown)}`);
  }
}

async function playAll(): Promise<void> {
  const routers = new ChildProcesses();
  const agents = new AgentProcesses();
  routers.guard();
  agents.guard();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'llm-router-agents-run-')));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  const around = { routerMain: resolve(options.router), routers, agents, folder, deadlineMs: AGENT_DEADLINE_MS };
  for (const agent of AGENTS) if (isChosen(options.agent, agent.id)) await playAgent(agent, around);
}

if (platform() === 'win32') {
  tell('skipped', 'all agents', 'process groups are needed to end an agent with everything that it started');
} else if (existsSync(options.router)) {
  await playAll();
} else {
  tell('failed', 'the router', `${options.router} is not there: npm run build`);
}
console.log(`${counts.ok} ok, ${counts.failed} failed, ${counts.skipped} skipped`);
// Nothing at all is what a misspelt choice gives.
process.exitCode = counts.failed > 0 || counts.ok + counts.skipped === 0 ? 1 : 0;
