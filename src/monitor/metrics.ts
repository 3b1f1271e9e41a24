/** Why a request was turned away before there was anything to record. */
export type RefusalReason = 'malformed' | 'unauthorised';

export type StatusClass = '1xx' | '2xx' | '3xx' | '4xx' | '5xx';

/** Totals since the process began. */
export interface MetricsSnapshot {
  readonly requests: Readonly<Record<StatusClass, number>>;
  readonly refused: Readonly<Record<RefusalReason, number>>;
  readonly recordsDropped: number;
  readonly recordWriteErrors: number;
}

/** Counters of this process; they only grow. */
export class Metrics {
  readonly #requests: Record<StatusClass, number> = { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 };
  readonly #refused: Record<RefusalReason, number> = { malformed: 0, unauthorised: 0 };
  #recordsDropped = 0;
  #recordWriteErrors = 0;

  /** Counts an answered request under the class of its HTTP status. */
  countRequest(status: number): void {
    this.#requests[statusClass(status)] += 1;
  }

  /** Counts a request that leaves no record. */
  countRefused(reason: RefusalReason): void {
    this.#refused[reason] += 1;
  }

  countDroppedRecords(count: number): void {
    this.#recordsDropped += count;
  }

  countRecordWriteError(): void {
    this.#recordWriteErrors += 1;
  }

  snapshot(): MetricsSnapshot {
    return {
      requests: { ...this.#requests },
      refused: { ...this.#refused },
      recordsDropped: this.#recordsDropped,
      recordWriteErrors: this.#recordWriteErrors,
    };
  }
}

function statusClass(status: number): StatusClass {
  if (status >= 500) return '5xx';
  if (status >= 400) return '4xx';
  if (status >= 300) return '3xx';
  return status >= 200 ? '2xx' : '1xx';
}
