import type { MonitorRow } from '../monitor/monitor-messages.ts';
import type { StoreState } from '../monitor/monitor-state.ts';
import type { RetentionPolicy } from '../monitor/retention.ts';
import { FaultNotices } from './fault-notices.ts';
import type { RecordJournal } from './record-journal.ts';
import type { SqliteMonitorStore } from './sqlite-monitor-store.ts';
import { steadyWallTime } from './steady-wall-time.ts';

export interface JournaledStoreOptions {
  readonly store: SqliteMonitorStore;
  readonly journal: RecordJournal;
  readonly retention: RetentionPolicy;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  /** Milliseconds since the Unix epoch. */
  readonly wallTime: () => number;
  /** What an operator should know. */
  readonly onNotice: (message: string) => void;
  /** Records that no database will ever take. */
  readonly onDrop: (count: number) => void;
}

/** Between two tries of a database that fails. Meanwhile records go into the journal and wait for nothing. */
const RETRY_MS = 1000;

/** How long it takes at most to notice that an idle database is gone. */
const CHECK_MS = 2000;

/** Between two looks for records that are too old or too many, and between two steps while there are. */
const PRUNE_MS = 60_000;
const PRUNE_STEP_MS = 20;

const HOUR_MS = 3_600_000;

/** How long the end of the process may wait for the journal. */
const CLOSE_MS = 1000;

/**
 * Takes every batch: into the database, or, while that fails, into the journal, which is led back into the database
 * when it has healed. `write` throws only where neither takes the batch.
 */
export class JournaledStore {
  readonly #options: JournaledStoreOptions;
  readonly #notices: FaultNotices;
  #retention: RetentionPolicy;
  readonly #steadyWallTime: () => number;
  #isAdopted = false;
  #retryAt = Number.NEGATIVE_INFINITY;
  #checkAt = Number.NEGATIVE_INFINITY;
  #pruneAt: number;

  constructor(options: JournaledStoreOptions) {
    this.#options = options;
    const { now, onNotice } = options;
    const meanwhile = 'records wait in the journal or in memory';
    this.#notices = new FaultNotices({ subject: 'the monitor database', meanwhile, now, onNotice });
    this.#retention = options.retention;
    this.#steadyWallTime = steadyWallTime(options, (aheadMs) => onNotice(aheadNotice(aheadMs)));
    this.#pruneAt = options.now() + PRUNE_MS;
  }

  get state(): StoreState {
    const { isFailing, lastError } = this.#notices;
    const { rows, sizeBytes } = this.#options.journal;
    return { isFailing, lastError, journalRows: rows, journalBytes: sizeBytes };
  }

  /** Takes over what an earlier process has left in the journal, and throws where the database cannot be opened. */
  open(): void {
    this.#adopt();
    if (!this.#attempt(() => this.#options.store.open())) throw new Error(this.#notices.lastError);
  }

  write(rows: readonly MonitorRow[]): void {
    const isTried = this.#mayTry() && this.#attempt(() => this.#insert(rows));
    if (!isTried) this.#options.journal.append(rows);
  }

  retain(policy: RetentionPolicy): void {
    this.#retention = policy;
    this.#pruneAt = this.#options.now();
  }

  /** Does a little of what is to be done beside writing and reading. Returns after how many milliseconds to come again. */
  work(): number {
    const { store, journal } = this.#options;
    this.#adopt();
    if (!this.#mayTry()) return RETRY_MS;
    if (!this.#notices.isFailing) this.#check();
    const pauseMs = this.#notices.isFailing ? RETRY_MS : this.#prune();
    if (!this.#mayTry()) return RETRY_MS;
    if (!journal.isEmpty) return this.#readBack() ? 0 : RETRY_MS;
    if (this.#notices.isFailing) this.#attempt(() => store.probe());
    return pauseMs;
  }

  /** Tries a last time to bring the journal into the database; what is left in it waits for the next start. */
  close(): void {
    const { journal, now } = this.#options;
    const deadline = now() + CLOSE_MS;
    try {
      while (!journal.isEmpty && now() < deadline && this.#readBack());
      journal.close();
    } finally {
      this.#options.store.close();
    }
  }

  /** Once for each thread: one that takes the place of a dead one is not told to open anything. */
  #adopt(): void {
    if (this.#isAdopted) return;
    this.#isAdopted = true;
    const { journal, onNotice } = this.#options;
    try {
      journal.adopt();
    } catch (thrown) {
      onNotice(`the journal cannot be looked for: ${String(thrown)}`);
    }
    if (journal.rows > 0) onNotice(`${journal.rows} records of an earlier run wait in the journal`);
  }

  #mayTry(): boolean {
    return !this.#notices.isFailing || this.#options.now() >= this.#retryAt;
  }

  #attempt(action: () => void): boolean {
    try {
      action();
    } catch (thrown) {
      this.#retryAt = this.#options.now() + RETRY_MS;
      this.#notices.failed(thrown);
      return false;
    }
    if (this.#notices.isFailing) this.#notices.healed();
    return true;
  }

  #insert(rows: readonly MonitorRow[]): void {
    const refused = this.#options.store.write(rows);
    if (refused === 0) return;
    this.#options.onNotice(`${refused} records were refused by the monitor database and are lost`);
    this.#options.onDrop(refused);
  }

  #check(): void {
    if (this.#options.now() < this.#checkAt) return;
    this.#checkAt = this.#options.now() + CHECK_MS;
    this.#attempt(() => this.#options.store.check());
  }

  /** True where a part of the journal is in the database now. */
  #readBack(): boolean {
    const { journal, onNotice, onDrop } = this.#options;
    const chunk = journal.next();
    if (chunk === undefined || !this.#attempt(() => this.#insert(chunk.rows))) return false;
    journal.confirm(chunk);
    if (chunk.unreadable === 0) return true;
    onNotice(`${chunk.unreadable} lines of the journal could not be read and are lost`);
    onDrop(chunk.unreadable);
    return true;
  }

  #prune(): number {
    if (this.#options.now() < this.#pruneAt) return RETRY_MS;
    let isMoreLeft = false;
    const isDone = this.#attempt(() => {
      isMoreLeft = this.#options.store.prune(this.#retention, this.#steadyWallTime());
    });
    const pauseMs = isDone && isMoreLeft ? PRUNE_STEP_MS : PRUNE_MS;
    this.#pruneAt = this.#options.now() + pauseMs;
    return Math.min(pauseMs, RETRY_MS);
  }
}

function aheadNotice(aheadMs: number): string {
  const hours = (aheadMs / HOUR_MS).toFixed(1);
  return `the system time went ${hours} h ahead of the time that passed; until the router starts anew, records are deleted by age as if it had not`;
}
