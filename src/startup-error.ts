import type { ConfigProblem } from './config/snapshot.ts';

/** sysexits.h: something is wrong with the configuration, so starting again will not help. */
export const EXIT_CONFIG = 78;

/** sysexits.h: something is in the way that may be gone the next time. */
export const EXIT_TEMPFAIL = 75;

/** The service cannot start as it is configured; `problems` says what to change in the file, if it is the file. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
  readonly problems: readonly ConfigProblem[];
  /** The file that has the problems. */
  readonly file: string | undefined;
  readonly exitCode: number = EXIT_CONFIG;

  constructor(message: string, problems: readonly ConfigProblem[] = [], file?: string) {
    super(message);
    this.problems = problems;
    this.file = file;
  }
}

/** The service cannot start now, though nothing is wrong with how it is configured. */
export class TemporaryStartupError extends StartupError {
  override readonly exitCode = EXIT_TEMPFAIL;
}
