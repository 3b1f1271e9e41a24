import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Agent, Program } from './agent.ts';

const INSTALL_DEADLINE_MS = 240_000;

/** No install script is run: it would be a program of somebody else outside of every measure that a run takes. */
const NPM_ARGUMENTS = ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];

export type Installed =
  | { readonly kind: 'ready'; readonly command: string; readonly args: readonly string[] }
  | { readonly kind: 'unavailable'; readonly reason: string };

/** Where agents are kept from run to run. */
export function cacheFolder(): string {
  const caches = process.env['XDG_CACHE_HOME'];
  return join(caches === undefined || caches === '' ? tmpdir() : caches, 'llm-router-agents');
}

/** The agent's program, fetched where the cache has not got it. Rejects where the registry does not hand it out. */
export async function install(agent: Agent): Promise<Installed> {
  const folder = join(cacheFolder(), `${agent.id}-${agent.version}`);
  if (!existsSync(folder)) await fetchInto(folder, agent);
  const modules = join(folder, 'node_modules');
  const program = agent.programs.find((candidate) => isThere(modules, candidate));
  if (program === undefined) {
    const wanted = agent.programs.map(({ platformPackage, file }) => platformPackage ?? file).join(' or ');
    return { kind: 'unavailable', reason: `${agent.npmPackage} ${agent.version} brings no ${wanted} for this machine` };
  }
  const file = join(modules, program.file);
  if (program.runtime === 'native') return { kind: 'ready', command: file, args: [] };
  return { kind: 'ready', command: process.execPath, args: [file] };
}

function isThere(modules: string, { file, platformPackage }: Program): boolean {
  return existsSync(join(modules, file)) && existsSync(join(modules, platformPackage ?? file));
}

/** The folder takes its name when it is whole, so that an install that was cut off leaves nothing half done. */
async function fetchInto(folder: string, { npmPackage, version }: Agent): Promise<void> {
  mkdirSync(cacheFolder(), { recursive: true });
  const draft = mkdtempSync(join(cacheFolder(), 'draft-'));
  try {
    writeFileSync(join(draft, 'package.json'), '{ "private": true }\n');
    const options = { cwd: draft, timeout: INSTALL_DEADLINE_MS };
    await promisify(execFile)('npm', [...NPM_ARGUMENTS, `${npmPackage}@${version}`], options);
    renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}
