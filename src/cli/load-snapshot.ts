import { existsSync, readFileSync } from 'node:fs';
import type { Environment } from '../config/environment.ts';
import { formatProblems } from '../config/format-problems.ts';
import { loadRouterToml } from '../config/load-router-toml.ts';
import type { RouterSnapshot } from '../config/snapshot.ts';
import { EMBEDDED_ROUTER_TOML } from '../embedded-defaults.ts';
import { locateConfig } from '../env.ts';
import { findProviderSpec, providerTypes } from '../providers/registry.ts';
import { type CommandLine, optionText, UsageError } from './arguments.ts';

/**
 * The configuration as a server would load it: the file, or the embedded defaults where no file was asked for and none
 * is there. Undefined, with its problems on standard error, where it cannot be used. Throws a UsageError for a file
 * that is not there.
 */
export function loadSnapshot({ options }: CommandLine, env: Environment): RouterSnapshot | undefined {
  const { file, isExplicit } = locateConfig(optionText(options, 'config'), env);
  const hasFile = existsSync(file);
  if (!hasFile && isExplicit) throw new UsageError(`there is no file ${file}`);
  const bytes = hasFile ? readFileSync(file) : Buffer.from(EMBEDDED_ROUTER_TOML);
  const dataDir = optionText(options, 'data-dir');
  const result = loadRouterToml(bytes, {
    findSpec: findProviderSpec,
    providerTypes: providerTypes(),
    file: hasFile ? file : undefined,
    env,
    overrides: dataDir === undefined ? {} : { dataDir },
    version: 1,
    now: Date.now(),
  });
  if (result.ok) return result.snapshot;
  for (const line of formatProblems(hasFile ? file : 'embedded defaults', result.problems)) console.error(line);
  return undefined;
}
