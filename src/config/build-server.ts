import { type Environment, readVariable } from './environment.ts';
import { placeOf } from './place.ts';
import type { ProblemList } from './problem-list.ts';
import type { ServerConfig } from './snapshot.ts';
import type { RootTable } from './tables/root.ts';

/** What the command line says; it beats the environment and the file. */
export interface ConfigOverrides {
  readonly host?: string;
  readonly port?: number;
  readonly dataDir?: string;
}

const DEFAULTS = {
  host: '127.0.0.1',
  port: 8000,
  dataDir: 'data',
  maxBodyBytes: 20_971_520,
  drainSeconds: 30,
  streamHeartbeatMs: 15_000,
} as const;

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  '1': true,
  yes: true,
  on: true,
  false: false,
  '0': false,
  no: false,
  off: false,
};

interface Variables {
  readonly env: Environment;
  /** A value that makes no sense is an error under the variable's name. */
  readonly problems: ProblemList;
}

function reject(name: string, expected: string, { problems }: Variables): undefined {
  problems.add('error', placeOf(undefined, name), `expected ${expected}`);
}

/** The first of `names` that is set, with its value. */
function firstSet(names: readonly string[], { env }: Variables): [name: string, value: string] | undefined {
  for (const name of names) {
    const value = readVariable(env, name);
    if (value !== undefined) return [name, value];
  }
  return undefined;
}

function readPort(names: readonly string[], variables: Variables): number | undefined {
  const [name, value] = firstSet(names, variables) ?? [];
  if (name === undefined || value === undefined) return undefined;
  // Port 0 lets the system choose.
  if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
  return reject(name, 'a port from 0 to 65535', variables);
}

function readBoolean(name: string, variables: Variables): boolean | undefined {
  const value = readVariable(variables.env, name)?.toLowerCase();
  if (value === undefined) return undefined;
  return Object.hasOwn(BOOLEANS, value) ? BOOLEANS[value] : reject(name, 'true or false', variables);
}

/** `LLM_ROUTER_DEFAULT_TIMEOUT`: seconds for the answers of models for which the file says nothing. */
export function readDefaultTimeout(env: Environment, problems: ProblemList): number | undefined {
  const name = 'LLM_ROUTER_DEFAULT_TIMEOUT';
  const value = readVariable(env, name);
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (seconds > 0 && seconds <= 86_400) return seconds;
  return reject(name, 'a number of seconds above 0, at most 86400', { env, problems });
}

/** Lower case, without port. */
function normalizeHost(host: string): string {
  return host
    .trim()
    .toLowerCase()
    .replace(/(?<=^[^:]*|\]):\d+$/, '');
}

/** Command line beats environment beats file beats defaults. */
export function buildServer(
  table: NonNullable<RootTable['server']>,
  env: Environment,
  overrides: ConfigOverrides,
  problems: ProblemList,
): ServerConfig {
  const variables = { env, problems };
  const [, host] = firstSet(['LLM_ROUTER_HOST', 'HOST'], variables) ?? [];
  const port = readPort(['LLM_ROUTER_PORT', 'PORT'], variables);
  const dataDir = readVariable(env, 'LLM_ROUTER_DATA_DIR');
  const requireAuth = readBoolean('LLM_ROUTER_REQUIRE_AUTH', variables);
  const allowLocal = readBoolean('LLM_ROUTER_ALLOW_LOCAL_WITHOUT_AUTH', variables);
  const hosts = (table.allowed_hosts ?? []).map(normalizeHost).filter((name) => name !== '');
  return Object.freeze({
    host: overrides.host ?? host ?? table.host ?? DEFAULTS.host,
    port: overrides.port ?? port ?? table.port ?? DEFAULTS.port,
    dataDir: overrides.dataDir ?? dataDir ?? table.data_dir ?? DEFAULTS.dataDir,
    allowLocalWithoutAuth: allowLocal ?? table.allow_local_without_auth ?? true,
    allowUnauthenticated: requireAuth === undefined ? (table.allow_unauthenticated ?? false) : !requireAuth,
    allowedHosts: Object.freeze([...new Set(hosts)]),
    maxBodyBytes: table.max_body_bytes ?? DEFAULTS.maxBodyBytes,
    drainSeconds: table.drain_seconds ?? DEFAULTS.drainSeconds,
    streamHeartbeatMs: table.stream_heartbeat_ms ?? DEFAULTS.streamHeartbeatMs,
  });
}
