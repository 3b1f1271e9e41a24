import { existsSync, readFileSync } from 'node:fs';
import type { Environment } from '../config/environment.ts';
import { formatProblems } from '../config/format-problems.ts';
import { loadRouterToml } from '../config/load-router-toml.ts';
import type { ConfigProblem } from '../config/snapshot.ts';
import { locateConfig } from '../env.ts';
import { findProviderSpec, providerTypes } from '../providers/registry.ts';
import { type CommandLine, optionText, UsageError } from './arguments.ts';

const EXIT_PROBLEMS = 1;

/** Prints every problem of a file with its place; 1 when the file has errors, also in single entries. */
export function checkFile({ positionals, options }: CommandLine, env: Environment): number {
  const named = positionals[0] ?? optionText(options, 'config');
  const { file } = locateConfig(named, env);
  if (!existsSync(file)) throw new UsageError(`there is no file ${file}`);
  const catalog = { findSpec: findProviderSpec, providerTypes: providerTypes() };
  const result = loadRouterToml(readFileSync(file), { ...catalog, file, env, version: 1, now: Date.now() });
  const problems = result.ok ? result.snapshot.problems : result.problems;
  for (const line of formatProblems(named ?? file, problems)) console.log(line);
  if (result.ok) console.log(`${result.snapshot.providers.size} providers, ${result.snapshot.models.size} models`);
  return problems.some(isError) ? EXIT_PROBLEMS : 0;
}

/** Something of the file is not used. */
export function isError({ level }: ConfigProblem): boolean {
  return level === 'error' || level === 'entry-error';
}
