import type { ConfigProblem } from './config/snapshot.ts';

/** sysexits.h: something is wrong with the configuration, so starting again will not help. */
export const EXIT_CONFIG = 78;

/** The service cannot start as it is configured; `problems` says what to change in the file, if it is the file. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
  readonly problems: readonly ConfigProblem[];
  /** The file that has the problems. */
  readonly file: string | undefined;

  constructor(message: string, problems: readonly ConfigProblem[] = [], file?: string) {
    super(message);
    this.problems = problems;
    this.file = file;
  }
}
