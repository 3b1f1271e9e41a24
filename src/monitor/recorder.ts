import { setTimeout as delay } from 'node:timers/promises';
import { clipRecord } from './clip-record.ts';
import type { InvocationRecord, InvocationSink } from './invocation-record.ts';
import { settlesWithin } from './settle-within.ts';

export interface RecorderLimits {
  /** Most records that are held at once: waiting, being written and being retried. Beyond it records are dropped. */
  readonly capacity: number;
  readonly batchSize: number;
  /** How long a record waits for company. */
  readonly flushEveryMs: number;
  /** How often a batch is tried before it is given up. */
  readonly maxAttempts: number;
  /** Wait before the first retry; it doubles up to `maxRetryDelayMs`. */
  readonly retryDelayMs: number;
  readonly maxRetryDelayMs: number;
}

/** A batch outlives a database that is locked or full for a minute. */
export const RECORDER_LIMITS: RecorderLimits = {
  capacity: 50_000,
  batchSize: 512,
  flushEveryMs: 50,
  maxAttempts: 30,
  retryDelayMs: 50,
  maxRetryDelayMs: 2000,
};

export interface RecorderOptions {
  readonly limits: RecorderLimits;
  /** Writes a batch as a whole or rejects; must bear being given the same batch twice. */
  readonly write: (batch: readonly InvocationRecord[]) => Promise<void>;
  /** Records were lost for good. Must not throw. */
  readonly onDrop: (count: number) => void;
  /** A write failed; it is tried again unless that was the last attempt. Must not throw. */
  readonly onWriteError: (error: unknown) => void;
}

/** Takes records from the request path, gathers them into batches and writes one batch at a time, in order. */
export class InvocationRecorder implements InvocationSink {
  readonly #options: RecorderOptions;
  #pending: InvocationRecord[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #unwritten = 0;
  #isFailing = false;
  #isClosed = false;
  #isAbandoned = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Records that are accepted and not yet written. */
  get backlog(): number {
    return this.#unwritten;
  }

  /** The last attempt to write failed. */
  get isFailing(): boolean {
    return this.#isFailing;
  }

  offer(record: InvocationRecord): void {
    const { capacity, batchSize, flushEveryMs } = this.#options.limits;
    if (this.#isClosed || this.#unwritten >= capacity) {
      this.#options.onDrop(1);
      return;
    }
    this.#unwritten += 1;
    this.#pending.push(clipRecord(record));
    if (this.#pending.length >= batchSize) this.#seal();
    else this.#timer ??= setTimeout(() => this.#seal(), flushEveryMs).unref();
  }

  /** Resolves when everything offered so far is written or given up. Never rejects. */
  flush(): Promise<void> {
    this.#seal();
    return this.#writing;
  }

  /** Takes no more, writes what is there for at most `deadlineMs` and counts the rest as dropped. */
  async close(deadlineMs: number): Promise<void> {
    this.#isClosed = true;
    if (await settlesWithin(this.flush(), deadlineMs)) return;
    this.#isAbandoned = true;
    this.#options.onDrop(this.#unwritten);
    this.#unwritten = 0;
  }

  #seal(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.length === 0) return;
    const batch = this.#pending;
    this.#pending = [];
    this.#writing = this.#writing.then(() => this.#write(batch));
  }

  async #write(batch: readonly InvocationRecord[]): Promise<void> {
    const isWritten = await this.#tryToWrite(batch);
    if (this.#isAbandoned) return;
    this.#unwritten -= batch.length;
    if (!isWritten) this.#options.onDrop(batch.length);
  }

  async #tryToWrite(batch: readonly InvocationRecord[]): Promise<boolean> {
    const { maxAttempts, retryDelayMs, maxRetryDelayMs } = this.#options.limits;
    for (let attempt = 1; !this.#isAbandoned; attempt += 1) {
      try {
        await this.#options.write(batch);
        this.#isFailing = false;
        return true;
      } catch (thrown) {
        this.#isFailing = true;
        this.#options.onWriteError(thrown);
      }
      if (attempt >= maxAttempts) return false;
      await delay(Math.min(maxRetryDelayMs, retryDelayMs * 2 ** (attempt - 1)));
    }
    return false;
  }
}
