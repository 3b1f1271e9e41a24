import type Sqlite from 'better-sqlite3';
import type { MonitorRow } from '../monitor/monitor-messages.ts';
import type { InvocationPage, InvocationQuery, InvocationRead, InvocationSelector } from '../monitor/queries.ts';
import { type MonitorFile, openMonitorFile, setAside } from './monitor-file.ts';
import { INSERT_SQL, type InvocationRow, readOf } from './monitor-rows.ts';
import { type SelectStatement, selectOne, selectPage, selectTotal } from './monitor-select.ts';
import { isCorruption } from './sqlite-open.ts';

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
 * Records in an SQLite file, for the one thread that owns it. A failure is thrown and closes nothing; the next call
 * tries again, so that a full or locked disk heals by itself. A broken file is set aside and never deleted.
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

  write(rows: readonly MonitorRow[]): void {
    this.#use(({ file, insert }) => {
      const createdAt = this.#options.wallTime();
      const writeAll = file.writer.transaction(() => {
        for (const row of rows) insert.run(...row, createdAt);
      });
      writeAll.immediate();
    });
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

  close(): void {
    this.#opened?.file.close();
    this.#opened = undefined;
  }

  #use<Result>(work: (opened: OpenStore) => Result): Result {
    if (this.#opened?.file.isGone() === true) this.close();
    try {
      this.#opened ??= openStore(this.#options.file);
      return work(this.#opened);
    } catch (thrown) {
      if (!isCorruption(thrown)) throw thrown;
    }
    this.#replaceBroken();
    this.#opened = openStore(this.#options.file);
    return work(this.#opened);
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
