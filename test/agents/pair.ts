import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ChildProcesses } from '../bench/child-processes.ts';
import type { Vendor } from '../support/vendors/vendor-server.ts';
import { VENDORS, type VendorId } from '../support/vendors/vendors.ts';
import { type Agent, type AgentModel, BY_TAG, TAG } from './agent.ts';
import type { AgentEnd, AgentProcesses } from './agent-processes.ts';
import { ROUTER_KEY, startRouterProcess } from './router-process.ts';
import { scriptedModel } from './scripted-model.ts';
import { createTask, furnishHome, TASK, type Task } from './task.ts';

/** One agent, asking for one model, with one provider behind the router. */
export interface Pair {
  readonly agent: Agent;
  readonly model: AgentModel;
  readonly vendor: VendorId;
}

export interface Surroundings {
  readonly program: { readonly command: string; readonly args: readonly string[] };
  /** The built entry point of the router. */
  readonly routerMain: string;
  readonly routers: ChildProcesses;
  readonly agents: AgentProcesses;
  /** Where everything that is written goes; the path has no symbolic links. */
  readonly folder: string;
  readonly deadlineMs: number;
}

export interface Outcome {
  /** Empty where all is well. */
  readonly failures: readonly string[];
  /** What the agent printed. */
  readonly output: string;
}

/** Nothing listens on the discard port of this machine: what is sent elsewhere than to loopback fails at once. */
const NOWHERE = 'http://127.0.0.1:9';
const LOOPBACK = '127.0.0.1,localhost';

/** Plays the task through a router of its own. Rejects only where something could not be started. */
export async function playPair(pair: Pair, around: Surroundings): Promise<Outcome> {
  const task = createTask(around.folder);
  const vendor = await VENDORS[pair.vendor].start({ script: scriptedModel(pair.vendor, pair.model, task) });
  try {
    const end = await runThroughRouter(pair, around, vendor, task);
    return { failures: failuresOf(end, vendor, task, pair.model), output: `${end.stdout}\n${end.stderr}`.trim() };
  } finally {
    await vendor.close();
    task.remove();
  }
}

async function runThroughRouter(
  pair: Pair,
  { program, routerMain, routers, agents, deadlineMs }: Surroundings,
  vendor: Vendor,
  task: Task,
): Promise<AgentEnd> {
  const { agent, model } = pair;
  const router = await startRouterProcess(routerMain, configuration(pair, vendor.url), task.scratch, routers);
  try {
    const address = { url: router.url, apiKey: ROUTER_KEY, model: model.asked };
    furnishHome(task, agent.homeFiles(address));
    return await agents.run({
      command: program.command,
      args: [...program.args, ...agent.taskArguments(TASK, address)],
      cwd: task.folder,
      env: { ...isolated(task), ...agent.environment(address) },
      deadlineMs,
    });
  } finally {
    await router.stop();
  }
}

function configuration({ vendor, model }: Pair, url: string): string {
  const entry = VENDORS[vendor];
  const names = model.names ?? [model.asked === BY_TAG ? 'workhorse' : model.asked];
  const modelEntry = (name: string): string[] => [
    '[[models]]',
    `name = "${name}"`,
    'provider = "vendor"',
    `remote_identifier = "${model.remote?.[vendor] ?? entry.model}"`,
    `tags = ["${TAG}"]`,
    'capabilities = { tools = true, reasoning = true }',
  ];
  return ['[[providers]]', 'name = "vendor"', entry.routerProvider(url), ...names.flatMap(modelEntry)].join('\n');
}

/** Nothing of the user's own settings, keys or history reaches the agent. */
function isolated({ home, scratch }: Task): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    TMPDIR: scratch,
    LANG: 'C.UTF-8',
    TERM: 'dumb',
    NO_COLOR: '1',
    DO_NOT_TRACK: '1',
    HTTP_PROXY: NOWHERE,
    HTTPS_PROXY: NOWHERE,
    http_proxy: NOWHERE,
    https_proxy: NOWHERE,
    NO_PROXY: LOOPBACK,
    no_proxy: LOOPBACK,
  };
}

function failuresOf(
  { by, isClean, stdout }: AgentEnd,
  { received, rejected }: Vendor,
  { expected, folder }: Task,
  { steps, leaves }: AgentModel,
): string[] {
  const reasons = rejected.map(({ reason, request }) => `the provider refused ${request.path}: ${reason}`);
  const isLeft = leaves === undefined || existsSync(join(folder, leaves));
  return [
    ...(isClean ? [] : [`the agent ended by ${by}`]),
    ...new Set(reasons),
    ...(received.length > steps.length ? [] : [`the provider was called ${received.length} times`]),
    ...(stdout.includes(expected) ? [] : [`the agent did not print: ${expected}`]),
    ...(isLeft ? [] : [`the agent did not write ${leaves}`]),
  ];
}
