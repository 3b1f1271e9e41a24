import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { type ChildProcesses, nextMatch, nextMessage, pidOf } from './child-processes.ts';
import { CALLER_KEY, PROVIDER_KEY_VARIABLE, routerToml } from './router-config.ts';
import type { Dialect } from './scenarios.ts';

/** `direct` is the provider itself, to subtract its latency; `bare` is the unit of every ratio. */
export const CANDIDATE_KINDS = ['direct', 'bare', 'router', 'router-tags'] as const;

export type CandidateKind = (typeof CANDIDATE_KINDS)[number];

export interface Candidate {
  /** `kind`, or `kind@label` for the same once more in a process of its own. */
  readonly name: string;
  readonly kind: CandidateKind;
  readonly port: number;
  readonly pid: number;
  readonly dialect: Dialect;
}

export interface Surroundings {
  readonly children: ChildProcesses;
  /** Absolute; each router keeps its configuration and its databases in a folder of its own there. */
  readonly directory: string;
}

export interface Provider {
  readonly port: number;
  readonly pid: number;
  readonly url: string;
}

const ROOT = resolve(import.meta.dirname, '../..');
const ROUTER_START_DEADLINE_MS = 30_000;

/** Nothing of the caller's environment may change what is measured. */
const BASE_ENVIRONMENT = { PATH: process.env['PATH'] ?? '', NODE_ENV: 'production' };

/** The part of a candidate's name before `@`; undefined for anything that is no name of a candidate. */
export function kindOf(name: string): CandidateKind | undefined {
  const [, stem] = /^([a-z-]+)(?:@[\w-]+)?$/.exec(name) ?? [];
  return CANDIDATE_KINDS.find((kind) => kind === stem);
}

export async function startProvider({ children }: Surroundings): Promise<Provider> {
  const child = children.fork(fileURLToPath(new URL('mock-provider.ts', import.meta.url)));
  const port = await announcedPort(child);
  return { port, pid: pidOf(child), url: `http://127.0.0.1:${port}` };
}

export async function startCandidate(name: string, provider: Provider, around: Surroundings): Promise<Candidate> {
  const kind = kindOf(name);
  switch (kind) {
    case 'direct':
      return { name, kind, port: provider.port, pid: provider.pid, dialect: 'openai' };
    case 'bare':
      return { name, kind, dialect: 'openai', ...(await startBareProxy(provider, around)) };
    case 'router':
    case 'router-tags': {
      const { port, child } = await startRouter(prepareRouter(name, provider, around), around);
      return { name, kind, dialect: kind === 'router' ? 'openai' : 'tags', port, pid: pidOf(child) };
    }
    default:
      throw new Error(`no candidate is called ${name}`);
  }
}

/**
 * Compiled here and given to Node as a string: a TypeScript loader in the process would add threads and half its memory
 * to the baseline.
 */
async function startBareProxy(provider: Provider, { children }: Surroundings): Promise<{ port: number; pid: number }> {
  const source = readFileSync(new URL('bare-proxy.ts', import.meta.url), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext },
  });
  const child = children.spawn(process.execPath, ['--input-type=module', '--eval', outputText], {
    cwd: ROOT,
    env: { ...BASE_ENVIRONMENT, BENCH_PROVIDER_URL: provider.url },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return { port: await announcedPort(child), pid: pidOf(child) };
}

async function announcedPort(child: ChildProcess): Promise<number> {
  const { port } = (await nextMessage(child)) as { readonly port: number };
  return port;
}

/** Where a router finds its configuration, its data and its provider. */
export interface RouterHome {
  readonly directory: string;
  readonly configFile: string;
  readonly dataDirectory: string;
  readonly providerPort: number;
}

/** Writes the configuration of one router. */
export function prepareRouter(name: string, provider: Provider, { directory }: Surroundings): RouterHome {
  const home = join(directory, name);
  mkdirSync(home, { recursive: true });
  const configFile = join(home, 'router.toml');
  writeFileSync(configFile, routerToml(provider.url));
  return { directory: home, configFile, dataDirectory: join(home, 'data'), providerPort: provider.port };
}

export interface RunningRouter {
  readonly child: ChildProcess;
  readonly port: number;
  /** What it prints when it listens. */
  readonly firstLine: string;
}

/** Resolves when the built router listens on a free port. */
export async function startRouter(home: RouterHome, { children }: Surroundings): Promise<RunningRouter> {
  const flags = ['--config', home.configFile, '--data-dir', home.dataDirectory, '--port', '0'];
  const child = spawnRouter(['serve', ...flags], home, children);
  const own = new RegExp(`.*http://127\\.0\\.0\\.1:(?!${home.providerPort}\\b)(\\d+).*`);
  const match = await nextMatch(child, own, ROUTER_START_DEADLINE_MS);
  return { child, port: Number(match[1]), firstLine: match[0] };
}

/** The built command line with the environment of the benchmark. Throws where nothing is built. */
export function spawnRouter(args: readonly string[], home: RouterHome, children: ChildProcesses): ChildProcess {
  const main = join(ROOT, 'dist/main.js');
  if (!existsSync(main)) throw new Error('dist/main.js is missing; npm run build makes it');
  return children.spawn(process.execPath, [main, ...args], {
    cwd: home.directory,
    env: { ...BASE_ENVIRONMENT, [PROVIDER_KEY_VARIABLE]: 'bench-provider-key' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** The bytes of one request to a candidate; `path` and `body` are in its dialect. */
export function wireRequest(port: number, path: string, body: string): Buffer {
  const head = [
    `POST ${path} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    `authorization: Bearer ${CALLER_KEY}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${body}`);
}
