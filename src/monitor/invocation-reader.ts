import type { MonitorStore } from './monitor-store.ts';
import type { InvocationPage, InvocationQuery, InvocationRead, InvocationSelector } from './queries.ts';
import { settlesWithin } from './settle-within.ts';

export interface InvocationReaderOptions {
  readonly store: Pick<MonitorStore, 'list' | 'get'>;
  /** Settles when everything recorded so far is written or given up. */
  readonly flush: () => Promise<void>;
}

/** While the database takes no writes, a read shows what was written before rather than nothing. */
const MAX_FLUSH_WAIT_MS = 2000;

/**
 * Answers questions about records. What was offered before a question is in its answer, except for what waits in the
 * journal or, after `MAX_FLUSH_WAIT_MS`, in memory: that is shown when the database has it.
 */
export class InvocationReader {
  readonly #options: InvocationReaderOptions;

  constructor(options: InvocationReaderOptions) {
    this.#options = options;
  }

  /** Throws `monitor.unavailable`. */
  async list(query: InvocationQuery): Promise<InvocationPage> {
    await settlesWithin(this.#options.flush(), MAX_FLUSH_WAIT_MS);
    return this.#options.store.list(query);
  }

  /** Undefined where there is no such record, or none that the caller may see. Throws `monitor.unavailable`. */
  async get(selector: InvocationSelector): Promise<InvocationRead | undefined> {
    await settlesWithin(this.#options.flush(), MAX_FLUSH_WAIT_MS);
    return this.#options.store.get(selector);
  }
}
