/** `skipped`: nothing was asked, and nothing is wrong. A `warning` works, but probably not as meant. */
export type Verdict = 'ok' | 'skipped' | 'warning' | 'problem';

/** What one look at a provider has shown. */
export interface Finding {
  /** What was looked at: `setup`, `host` or `proxy`, `answer`, `stream`, `tool`, `clock`, `limits`. */
  readonly check: string;
  readonly verdict: Verdict;
  readonly detail: string;
  /** What to do about it. */
  readonly advice?: string | undefined;
}

/** Everything that was found out about one provider. */
export interface ProviderReport {
  readonly provider: string;
  readonly type: string;
  readonly findings: readonly Finding[];
}

/** A provider that was not asked. */
export interface SkippedProvider {
  readonly provider: string;
  readonly reason: string;
  /** What to do so that it can be asked. */
  readonly advice: string | undefined;
}

/** All of one run. */
export interface DoctorReport {
  /** What is wrong with the file, one line each. */
  readonly configProblems: readonly string[];
  /** Some of it is left out, or not as meant. */
  readonly hasConfigErrors: boolean;
  readonly providers: readonly ProviderReport[];
  /** Active providers that were not asked, with the reason. */
  readonly skipped: readonly SkippedProvider[];
}

export function hasProblem({ findings }: ProviderReport): boolean {
  return findings.some(({ verdict }) => verdict === 'problem');
}

/** Nothing is wrong, and at least one provider has been looked at. */
export function isSound({ providers, hasConfigErrors }: DoctorReport): boolean {
  return !hasConfigErrors && providers.length > 0 && !providers.some(hasProblem);
}
