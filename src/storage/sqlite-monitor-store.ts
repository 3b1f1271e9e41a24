import type Sqlite from 'better-sqlite3';
import type { MonitorRow } from '../monitor/monitor-messages.ts';
import type { InvocationPage, InvocationQuery, InvocationRead, InvocationSelector } from '../monitor/queries.ts';
import type { RetentionPolicy } from '../monitor/retention.ts';
import { type MonitorFile, openMonitorFile, setAside } from './monitor-file.ts';
import { INSERT_SQL, type InvocationRow, readOf } from './monitor-rows.ts';
import { type SelectStatement, selectOne, selectPage, selectTotal } from './monitor-select.ts';
import { pruneRecords } from './prune-records.ts';
import { isBusy, isCorruption, isRowFault } from './sqlite-open.ts';

export interface SqliteMonitorStoreOptions {
  readonly file: string;
  /** Milliseconds since the Unix epoch. */
  readonly wallTime: () => number;
  /** What an operator should know. */
  readonly onNotice: (message: string) => void;
}

interface OpenStore {
  readonly file: MonitorFile;
  readonly insert: Sqlite.Statement;
}

/**
 * Records in an SQLite file, for the one thread that owns it. A failure is thrown; the next call tries again, so that a
 * full or locked disk heals by itself. A broken file is set aside and never deleted.
 */
export class SqliteMonitorStore {
  readonly #options: SqliteMonitorStoreOptions;
  #opened: OpenStore | undefined;

  constructor(options: SqliteMonitorStoreOptions) {
    this.#options = options;
  }

  /** Opens the file now rather than at the first call. */
  open(): void {
    this.#use(() => undefined);
  }

  /** Finds out whether the file can be written: a transaction without a change succeeds on a full disk, too. */
  probe(): void {
    this.#use(({ file: { writer } }) => {
      writer.pragma(`user_version = ${Number(writer.pragma('user_version', { simple: true }))}`);
    });
  }

  /** Looks whether the file is still there and still a database; opens a new one where it is not. */
  check(): void {
    const condition = this.#opened?.file.condition();
    if (condition === 'broken') this.#replaceBroken();
    if (condition !== 'sound') this.#use(() => undefined);
  }

  /** Returns how many rows no database would take. */
  write(rows: readonly MonitorRow[]): number {
    const insert = (opened: OpenStore): number => this.#insert(opened, rows);
    const refused = this.#use(insert);
    // Deleted while it was written: the rows are in a file that nobody will see.
    return this.#opened?.file.isDetached() === true ? this.#use(insert) : refused;
  }

  list(query: InvocationQuery): InvocationPage {
    return this.#use(({ file: { reader } }) => {
      const rows = selectRows<InvocationRow>(reader, selectPage(query));
      const [count] = selectRows<{ total: number }>(reader, selectTotal(query.filter));
      return { items: rows.map(readOf), total: count?.total ?? 0, limit: query.limit, offset: query.offset };
    });
  }

  get({ key, ownerKeyId }: InvocationSelector): InvocationRead | undefined {
    return this.#use(({ file: { reader } }) => {
      const [row] = selectRows<InvocationRow>(reader, selectOne(key, ownerKeyId));
      return row && readOf(row);
    });
  }

  /** Takes one small step. True where there is more to do. */
  prune(policy: RetentionPolicy, wallTime: number): boolean {
    return this.#use(({ file }) => pruneRecords(file.writer, policy, wallTime));
  }

  close(): void {
    const opened = this.#opened;
    this.#opened = undefined;
    opened?.file.close();
  }

  #insert({ file, insert }: OpenStore, rows: readonly MonitorRow[]): number {
    const createdAt = this.#options.wallTime();
    let refused = 0;
    const writeAll = file.writer.transaction(() => {
      for (const row of rows) {
        try {
          insert.run(...row, createdAt);
        } catch (thrown) {
          if (!isRowFault(thrown)) throw thrown;
          refused += 1;
        }
      }
    });
    writeAll.immediate();
    return refused;
  }

  #use<Result>(work: (opened: OpenStore) => Result): Result {
    if (this.#opened?.file.isDetached() === true) this.#leaveDetached();
    try {
      this.#opened ??= openStore(this.#options.file);
      return work(this.#opened);
    } catch (thrown) {
      if (!isCorruption(thrown)) {
        // A connection that has met anything worse than a lock is not trusted with the next try.
        if (!isBusy(thrown)) this.close();
        throw thrown;
      }
    }
    this.#replaceBroken();
    this.#opened = openStore(this.#options.file);
    return work(this.#opened);
  }

  #leaveDetached(): void {
    this.close();
    this.#options.onNotice('the monitor database was deleted or replaced while it was in use; it is opened anew');
  }

  #replaceBroken(): void {
    const { file, wallTime, onNotice } = this.#options;
    this.close();
    const aside = setAside(file, wallTime());
    onNotice(`the monitor database was broken; it is now ${aside}, and a new one was begun`);
  }
}

function openStore(path: string): OpenStore {
  const file = openMonitorFile(path);
  try {
    return { file, insert: file.writer.prepare(INSERT_SQL) };
  } catch (thrown) {
    file.close();
    throw thrown;
  }
}

function selectRows<Row>(reader: Sqlite.Database, { sql, parameters }: SelectStatement): Row[] {
  return reader.prepare<unknown[], Row>(sql).all(...parameters);
}
