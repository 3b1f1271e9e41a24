import type { ReloadOutcome } from './reloader.ts';
import type { ConfigProblem, RouterSnapshot } from './snapshot.ts';

export interface ProblemView {
  readonly level: ConfigProblem['level'];
  readonly path: string;
  readonly message: string;
  readonly line: number | null;
  readonly column: number | null;
}

/** The configuration as `GET /health/detail` shows it. Times are ISO 8601 in UTC. */
export interface ConfigStatus {
  readonly version: number;
  readonly digest: string;
  /** Null for the embedded defaults. */
  readonly file: string | null;
  readonly loaded_at: string;
  /** Null as long as nothing has been loaded after the start. */
  readonly last_reload: { readonly ok: boolean; readonly at: string; readonly problems: readonly ProblemView[] } | null;
  /** Of the file that is in force. */
  readonly problems: readonly ProblemView[];
}

function viewProblem({ level, path, message, line, column }: ConfigProblem): ProblemView {
  return { level, path, message, line: line ?? null, column: column ?? null };
}

function viewOutcome(outcome: ReloadOutcome): ConfigStatus['last_reload'] {
  const at = new Date(outcome.at).toISOString();
  const isOk = 'snapshot' in outcome;
  const problems = isOk ? outcome.snapshot.problems : outcome.problems;
  return { ok: isOk, at, problems: problems.map(viewProblem) };
}

export function describeConfig(snapshot: RouterSnapshot, last: ReloadOutcome | undefined): ConfigStatus {
  return {
    version: snapshot.version,
    digest: snapshot.digest,
    file: snapshot.file ?? null,
    loaded_at: new Date(snapshot.loadedAt).toISOString(),
    last_reload: last === undefined ? null : viewOutcome(last),
    problems: snapshot.problems.map(viewProblem),
  };
}
