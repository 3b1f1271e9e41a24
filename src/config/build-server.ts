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

/** Reads settings from variables; a value that makes no sense is an error under the variable's name. */
class VariableReader {
  readonly #env: Environment;
  readonly #problems: ProblemList;

  constructor(env: Environment, problems: ProblemList) {
    this.#env = env;
    this.#problems = problems;
  }

  text(...names: readonly string[]): string | undefined {
    const name = names.find((candidate) => readVariable(this.#env, candidate) !== undefined);
    return name === undefined ? undefined : readVariable(this.#env, name);
  }

  port(...names: readonly string[]): number | undefined {
    for (const name of names) {
      const value = readVariable(this.#env, name);
      if (value === undefined) continue;
      // Port 0 lets the system choose.
      if (/^\d{1,5}$/.test(value) && Number(value) <= 65_535) return Number(value);
      this.#reject(name, 'expected a port from 0 to 65535');
      return undefined;
    }
    return undefined;
  }

  boolean(name: string): boolean | undefined {
    const value = readVariable(this.#env, name)?.toLowerCase();
    if (value === undefined) return undefined;
    const meaning = Object.hasOwn(BOOLEANS, value) ? BOOLEANS[value] : undefined;
    if (meaning === undefined) this.#reject(name, 'expected true or false');
    return meaning;
  }

  seconds(name: string): number | undefined {
    const value = readVariable(this.#env, name);
    if (value === undefined) return undefined;
    const seconds = Number(value);
    if (Number.isFinite(seconds) && seconds > 0 && seconds <= 86_400) return seconds;
    this.#reject(name, 'expected a number of seconds above 0, at most 86400');
    return undefined;
  }

  #reject(name: string, message: string): void {
    this.#problems.add('error', placeOf(undefined, name), message);
  }
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
  const variables = new VariableReader(env, problems);
  const requireAuth = variables.boolean('LLM_ROUTER_REQUIRE_AUTH');
  const allowLocal = variables.boolean('LLM_ROUTER_ALLOW_LOCAL_WITHOUT_AUTH');
  const hosts = (table.allowed_hosts ?? []).map(normalizeHost).filter((host) => host !== '');
  return Object.freeze({
    host: overrides.host ?? variables.text('LLM_ROUTER_HOST', 'HOST') ?? table.host ?? DEFAULTS.host,
    port: overrides.port ?? variables.port('LLM_ROUTER_PORT', 'PORT') ?? table.port ?? DEFAULTS.port,
    dataDir: overrides.dataDir ?? variables.text('LLM_ROUTER_DATA_DIR') ?? table.data_dir ?? DEFAULTS.dataDir,
    allowLocalWithoutAuth: allowLocal ?? table.allow_local_without_auth ?? true,
    allowUnauthenticated: requireAuth === undefined ? (table.allow_unauthenticated ?? false) : !requireAuth,
    allowedHosts: Object.freeze([...new Set(hosts)]),
    maxBodyBytes: table.max_body_bytes ?? DEFAULTS.maxBodyBytes,
    drainSeconds: table.drain_seconds ?? DEFAULTS.drainSeconds,
  });
}

/** `LLM_ROUTER_DEFAULT_TIMEOUT`: seconds for the answers of models for which the file says nothing. */
export function readDefaultTimeout(env: Environment, problems: ProblemList): number | undefined {
  return new VariableReader(env, problems).seconds('LLM_ROUTER_DEFAULT_TIMEOUT');
}
