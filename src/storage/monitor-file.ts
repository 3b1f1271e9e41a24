import { existsSync, renameSync, statSync } from 'node:fs';
import type Sqlite from 'better-sqlite3';
import { openSqlite, openSqliteReader } from './sqlite-open.ts';

/** The monitor database while it is open: one connection that writes and one that can only read. */
export interface MonitorFile {
  readonly writer: Sqlite.Database;
  readonly reader: Sqlite.Database;
  /** True when the path no longer leads to the file that is open, because somebody deleted or replaced it. */
  isGone(): boolean;
  /** Moves what the write-ahead log holds into the file and closes both connections. */
  close(): void;
}

/** Throws DatabaseOpenError. */
export function openMonitorFile(file: string): MonitorFile {
  const writer = openSqlite({ file, schema: 'monitor', synchronous: 'NORMAL' });
  try {
    const reader = openSqliteReader(file);
    const identity = identityOf(file);
    return {
      writer,
      reader,
      isGone: () => identityOf(file) !== identity,
      close: () => {
        reader.close();
        // The last connection to close checkpoints, and removes the log where nothing went wrong.
        writer.close();
      },
    };
  } catch (thrown) {
    writer.close();
    throw thrown;
  }
}

/** Renames a broken database with its companions, so that a new one can take its place. Returns the new path. */
export function setAside(file: string, wallTime: number): string {
  const time = new Date(wallTime).toISOString().replaceAll(':', '-');
  const aside = `${file}.corrupt-${time}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  }
  return aside;
}

function identityOf(file: string): string | undefined {
  const found = statSync(file, { throwIfNoEntry: false, bigint: true });
  return found && `${found.dev}:${found.ino}`;
}
