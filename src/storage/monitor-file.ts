import { closeSync, existsSync, fstatSync, openSync, readSync, renameSync } from 'node:fs';
import type Sqlite from 'better-sqlite3';
import { identityOf } from './file-identity.ts';
import { openSqlite, openSqliteReader } from './sqlite-open.ts';

/**
 * - `detached`: a name no longer leads to the file that is open, because somebody deleted or replaced it.
 * - `broken`: what stands at the beginning of the file is no database.
 */
export type FileCondition = 'sound' | 'detached' | 'broken';

/** The monitor database while it is open: one connection that writes and one that can only read. */
export interface MonitorFile {
  readonly writer: Sqlite.Database;
  readonly reader: Sqlite.Database;
  /** Every write asks. */
  isDetached(): boolean;
  /** Also looks into the file. */
  condition(): FileCondition;
  /** Moves what the write-ahead log holds into the file, also if the log was deleted, and closes both connections. */
  close(): void;
}

/** Both companions hold records or locks: without them, what is written is seen by nobody else. */
const SUFFIXES = ['', '-wal', '-shm'] as const;

/** https://www.sqlite.org/fileformat2.html#the_database_header */
const MAGIC = Buffer.from('SQLite format 3\0', 'latin1');

/** A lock that is held longer makes the journal take what is written meanwhile. */
const BUSY_TIMEOUT_MS = 250;

/** Throws DatabaseOpenError. */
export function openMonitorFile(file: string): MonitorFile {
  const writer = openSqlite({ file, schema: 'monitor', synchronous: 'NORMAL', busyTimeoutMs: BUSY_TIMEOUT_MS });
  let reader: Sqlite.Database | undefined;
  let fd: number | undefined;
  const close = (): void => {
    reader?.close();
    // The last connection to close checkpoints, and removes the log where nothing went wrong.
    writer.close();
    // Closing any descriptor of a file gives up all locks that a process has on it.
    if (fd !== undefined) closeSync(fd);
  };
  try {
    reader = openSqliteReader(file);
    const head = openSync(file, 'r');
    fd = head;
    const identities = SUFFIXES.map((suffix) => identityOf(file + suffix));
    const isDetached = (): boolean => SUFFIXES.some((suffix, at) => identityOf(file + suffix) !== identities[at]);
    return {
      writer,
      reader,
      isDetached,
      condition: () => (isDetached() ? 'detached' : hasMagic(head) ? 'sound' : 'broken'),
      close,
    };
  } catch (thrown) {
    close();
    throw thrown;
  }
}

/** Renames a broken database with its companions, so that a new one can take its place. Returns the new path. */
export function setAside(file: string, wallTime: number): string {
  const time = new Date(wallTime).toISOString().replaceAll(':', '-');
  const aside = `${file}.corrupt-${time}`;
  for (const suffix of SUFFIXES) {
    if (existsSync(file + suffix)) renameSync(file + suffix, aside + suffix);
  }
  return aside;
}

function hasMagic(fd: number): boolean {
  const head = Buffer.alloc(MAGIC.length);
  return fstatSync(fd).size > 0 && readSync(fd, head, 0, head.length, 0) === head.length && head.equals(MAGIC);
}
