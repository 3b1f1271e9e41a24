import { fstatSync, statSync } from 'node:fs';

/** Tells one file from another under the same name; undefined where there is none. */
export function identityOf(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false, bigint: true });
  return found && `${found.dev}:${found.ino}`;
}

/** The same of a file that is open, whatever its name leads to by now. */
export function identityOfOpen(fd: number): string {
  const { dev, ino } = fstatSync(fd, { bigint: true });
  return `${dev}:${ino}`;
}
