import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import type { Environment } from './config/environment.ts';

/** The process's variables, with those of `.env` in the working directory where they are not set already. */
export function loadEnvironment(): Environment {
  if (existsSync('.env')) process.loadEnvFile('.env');
  return process.env;
}

export interface ConfigLocation {
  /** Absolute. */
  readonly file: string;
  /** Somebody named it, so it has to be there. */
  readonly isExplicit: boolean;
}

/** Flag, then `LLM_ROUTER_MODEL_CONFIG`, then `./router.toml`. */
export function locateConfig(flag: string | undefined, environment: Environment): ConfigLocation {
  const named = flag ?? environment['LLM_ROUTER_MODEL_CONFIG'] ?? environment['LLM_ROUTER_MODEL_CONFIG_FILE'];
  if (named === undefined || named === '') return { file: resolve('router.toml'), isExplicit: false };
  return { file: resolve(named.replace(/^~(?=\/|$)/, homedir())), isExplicit: true };
}

const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** The original wrote levels in capitals and said WARNING and CRITICAL. Unknown ones mean `info`. */
export function readLogLevel(flag: string | undefined, environment: Environment): LogLevel {
  const wanted = (flag ?? environment['LLM_ROUTER_LOG_LEVEL'] ?? 'info').toLowerCase();
  const alias: Readonly<Record<string, LogLevel>> = { warning: 'warn', critical: 'fatal' };
  return LOG_LEVELS.find((level) => level === wanted) ?? alias[wanted] ?? 'info';
}
