import { type Environment, readVariable } from './environment.ts';
import { placeOf } from './place.ts';
import type { ProblemList } from './problem-list.ts';

/** Variables that earlier versions knew. */
const INACTIVE_VARIABLES = [
  'LLM_ROUTER_DATABASE_URL',
  'LLM_ROUTER_DOWNLOAD_CACHE',
  'LLM_ROUTER_DOWNLOAD_CONCURRENCY',
  'LLM_ROUTER_MIGRATE_FROM_SQLITE',
  'LLM_ROUTER_MODEL_STORE',
  'LLM_ROUTER_MONITOR_DATABASE_URL',
  'LLM_ROUTER_OAUTH_SECRET',
  'LLM_ROUTER_PG_DSN',
  'LLM_ROUTER_POSTGRES_DSN',
  'LLM_ROUTER_PRICING_SOURCE_URLS',
  'LLM_ROUTER_REDIS_URL',
  'LLM_ROUTER_SQLITE_MAIN_PATH',
  'LLM_ROUTER_SQLITE_MONITOR_PATH',
];

/** A notice for every variable that is set for this program, but has no effect in this version. */
export function reportInactiveVariables(env: Environment, problems: ProblemList): void {
  for (const name of INACTIVE_VARIABLES) {
    if (readVariable(env, name) === undefined) continue;
    problems.noticeOnce(placeOf(undefined, name), 'the variable is known, but not active in this version');
  }
}
