import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';
import { DIRECTORY_MODE, FILE_MODE } from './file-modes.ts';

export interface SqliteOptions {
  readonly file: string;
  /** Which folder of `drizzle/` describes the tables. */
  readonly schema: 'main' | 'monitor';
  /** FULL survives a power cut; NORMAL may lose the last transactions to one, but never breaks the file. */
  readonly synchronous: 'NORMAL' | 'FULL';
  /** How long a statement waits for another process that holds the lock, in milliseconds; 2000 where it is not said. */
  readonly busyTimeoutMs?: number;
}

/** A database file that cannot be used; the message names the file and says what is wrong with it. */
export class DatabaseOpenError extends Error {
  override readonly name = 'DatabaseOpenError';
  readonly file: string;

  constructor(file: string, cause: unknown) {
    super(`cannot open the database ${file}: ${innermostMessage(cause)}`, { cause });
    this.file = file;
  }
}

/** The migrator wraps what went wrong in the whole text of the statement. */
function innermostMessage(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause instanceof Error ? innermostMessage(thrown.cause) : thrown.message;
}

const BUSY_TIMEOUT_MS = 2000;

/** Below the project's root, which is two levels up both from `src/storage` and from `dist/storage`. */
const MIGRATIONS = new URL('../../drizzle/', import.meta.url);

/** Opens `file` for writing, creates it where it is missing and brings its tables up to date. Throws DatabaseOpenError. */
export function openSqlite(options: SqliteOptions): Sqlite.Database {
  let database: Sqlite.Database | undefined;
  try {
    makePrivate(options.file);
    database = new Sqlite(options.file, { timeout: options.busyTimeoutMs ?? BUSY_TIMEOUT_MS });
    // Only before the first table is made: rows that go can then give their room back to the disk.
    if (database.pragma('page_count', { simple: true }) === 0) database.pragma('auto_vacuum = INCREMENTAL');
    database.pragma('journal_mode = WAL');
    database.pragma(`synchronous = ${options.synchronous}`);
    database.pragma('foreign_keys = ON');
    migrate(drizzle(database), { migrationsFolder: fileURLToPath(new URL(options.schema, MIGRATIONS)) });
    return database;
  } catch (thrown) {
    database?.close();
    throw new DatabaseOpenError(options.file, thrown);
  }
}

/** A second connection for reading a file that `openSqlite` has opened. Throws DatabaseOpenError. */
export function openSqliteReader(file: string): Sqlite.Database {
  try {
    return new Sqlite(file, { readonly: true, timeout: BUSY_TIMEOUT_MS });
  } catch (thrown) {
    throw new DatabaseOpenError(file, thrown);
  }
}

/** Another process holds the lock; the connection itself is fine. */
export function isBusy(thrown: unknown): boolean {
  return thrown instanceof Sqlite.SqliteError && /^SQLITE_(BUSY|LOCKED)/.test(thrown.code);
}

/** The values of one row are refused: no retry and no other file helps. */
export function isRowFault(thrown: unknown): boolean {
  if (thrown instanceof Sqlite.SqliteError) return /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/.test(thrown.code);
  return thrown instanceof TypeError && thrown.message.includes('can only bind');
}

/** SQLite says that the content of the file is broken, that it is no database at all, or that its tables are gone. */
export function isCorruption(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  if (thrown instanceof Sqlite.SqliteError) {
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(thrown.code)) return true;
    if (/no such table|has no column/.test(thrown.message)) return true;
  }
  return isCorruption(thrown.cause);
}

/**
 * The file is readable by its owner only; SQLite gives its companions (`-wal`, `-shm`) the same mode. A directory
 * that exists already is somebody else's decision and keeps its mode.
 */
function makePrivate(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: DIRECTORY_MODE });
  // Closing any descriptor of a file gives up all locks that a process has on it: one that is there stays untouched.
  if (!existsSync(file)) closeSync(openSync(file, 'a', FILE_MODE));
  const { mode, uid } = statSync(file);
  const isOwner = process.getuid?.() === uid;
  if (isOwner && (mode & 0o077) !== 0) chmodSync(file, FILE_MODE);
}
