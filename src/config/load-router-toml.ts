import { sha256Hex } from '../lib/digest.ts';
import type { ConfigOverrides } from './build-server.ts';
import { buildSnapshot } from './build-snapshot.ts';
import { checkConfig, type ProviderCatalog } from './check.ts';
import type { Environment } from './environment.ts';
import { placeProblems } from './place-problems.ts';
import { ProblemList } from './problem-list.ts';
import { readRouterToml, reportUnsafeStructure } from './read-router-toml.ts';
import type { ConfigProblem, RouterSnapshot } from './snapshot.ts';

export interface LoadOptions extends ProviderCatalog {
  /** Absolute path of the file; undefined for embedded defaults. */
  readonly file: string | undefined;
  readonly env: Environment;
  /** What the command line says. */
  readonly overrides?: ConfigOverrides;
  readonly version: number;
  /** Wall time in milliseconds. */
  readonly now: number;
}

export type BuildResult =
  | { readonly ok: true; readonly snapshot: RouterSnapshot }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

/**
 * Bytes of router.toml to a snapshot: read, check, resolve. Touches nothing that is live, and never throws
 * for what the bytes hold: a file that cannot be used comes back as its problems, warnings included.
 */
export function loadRouterToml(bytes: Uint8Array, options: LoadOptions): BuildResult {
  const raw = readRouterToml(bytes);
  if (!raw.ok) return { ok: false, problems: [raw.problem] };
  const problems = new ProblemList();
  reportUnsafeStructure(raw.tables, problems);
  const config = problems.hasErrors ? undefined : checkConfig(raw.tables, options, problems);
  const parts =
    config === undefined || problems.hasErrors
      ? undefined
      : buildSnapshot(config, { env: options.env, overrides: options.overrides ?? {}, problems });
  const placed = Object.freeze(placeProblems(raw.text, problems.drafts()));
  if (parts === undefined || problems.hasErrors) return { ok: false, problems: placed };
  const { version, file, now } = options;
  const origin = { version, digest: sha256Hex(bytes), loadedAt: now, file };
  return { ok: true, snapshot: Object.freeze({ ...origin, ...parts, problems: placed }) };
}
