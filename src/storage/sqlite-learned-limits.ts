import type Sqlite from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import type { LearnedLimit, LearnedLimitStore } from '../canonical/learned-limit.ts';
import { identityOf } from './file-identity.ts';
import { learnedLimits } from './main-schema.ts';
import { openSqlite } from './sqlite-open.ts';

const UNITS: ReadonlyMap<string, LearnedLimit['unit']> = new Map(
  (['requests', 'tokens', 'input-tokens', 'output-tokens', 'rest'] as const).map((unit) => [unit, unit]),
);

/** Saving happens on the thread that serves requests: it rather comes again later than wait longer, in milliseconds. */
const BUSY_TIMEOUT_MS = 50;

/** Rows of one INSERT: SQLite counts the values of a statement. */
const ROWS_AT_ONCE = 500;

/**
 * Learned limits in the main database, on a connection of their own: a power cut may take the last ones, which are only
 * learned again. The file is opened when it is first needed.
 */
export class SqliteLearnedLimits implements LearnedLimitStore {
  readonly #file: string;
  #connection: Sqlite.Database | undefined;
  #identity: string | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  load(): readonly LearnedLimit[] {
    const rows = drizzle(this.#open()).select().from(learnedLimits).all();
    return rows.flatMap(({ unit, limit, ...row }) => {
      const known = UNITS.get(unit);
      return known === undefined ? [] : [{ ...row, unit: known, limit: limit ?? undefined }];
    });
  }

  save(limits: readonly LearnedLimit[]): void {
    const database = drizzle(this.#open());
    const rows = limits.map((limit) => ({ ...limit, resetsAt: Math.round(limit.resetsAt) }));
    database.transaction(
      (transaction) => {
        transaction.delete(learnedLimits).run();
        for (let start = 0; start < rows.length; start += ROWS_AT_ONCE) {
          transaction
            .insert(learnedLimits)
            .values(rows.slice(start, start + ROWS_AT_ONCE))
            .run();
        }
      },
      { behavior: 'immediate' },
    );
  }

  close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  /** Opens the file anew where somebody deleted or replaced it. */
  #open(): Sqlite.Database {
    if (this.#connection !== undefined && identityOf(this.#file) === this.#identity) return this.#connection;
    this.close();
    this.#connection = openSqlite({
      file: this.#file,
      schema: 'main',
      synchronous: 'NORMAL',
      busyTimeoutMs: BUSY_TIMEOUT_MS,
    });
    this.#identity = identityOf(this.#file);
    return this.#connection;
  }
}
