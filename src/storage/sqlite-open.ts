import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import Sqlite from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import { migrate } from 'drizzle-orm/better-sqlite3/migrator';

export interface SqliteOptions {
  readonly file: string;
  /** Which folder of `drizzle/` describes the tables. */
  readonly schema: 'main' | 'monitor';
  /** FULL survives a power cut; NORMAL may lose the last transactions to one, but never breaks the file. */
  readonly synchronous: 'NORMAL' | 'FULL';
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

/** How long a statement waits for another process that holds the lock, in milliseconds. */
const BUSY_TIMEOUT_MS = 2000;
const FILE_MODE = 0o600;
const DIRECTORY_MODE = 0o700;

/** Below the project's root, which is two levels up both from `src/storage` and from `dist/storage`. */
const MIGRATIONS = new URL('../../drizzle/', import.meta.url);

/** Opens `file` for writing, creates it where it is missing and brings its tables up to date. Throws DatabaseOpenError. */
export function openSqlite(options: SqliteOptions): Sqlite.Database {
  let database: Sqlite.Database | undefined;
  try {
    makePrivate(options.file);
    database = new Sqlite(options.file, { timeout: BUSY_TIMEOUT_MS });
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

/** SQLite says that the content of the file is broken, or that it is no database at all. */
export function isCorruption(thrown: unknown): boolean {
  if (!(thrown instanceof Error)) return false;
  if (thrown instanceof Sqlite.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(thrown.code)) return true;
  return isCorruption(thrown.cause);
}

/**
 * The file is readable by its owner only; SQLite gives its companions (`-wal`, `-shm`) the same mode. A directory
 * that exists already is somebody else's decision and keeps its mode.
 */
function makePrivate(file: string): void {
  mkdirSync(dirname(file), { recursive: true, mode: DIRECTORY_MODE });
  closeSync(openSync(file, 'a', FILE_MODE));
  const { mode, uid } = statSync(file);
  const isOwner = process.getuid?.() === uid;
  if (isOwner && (mode & 0o077) !== 0) chmodSync(file, FILE_MODE);
}
