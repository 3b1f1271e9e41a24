import { setTimeout as delay } from 'node:timers/promises';
import { RouterError } from '../errors/router-error.ts';
import { clipRecord } from './clip-record.ts';
import type { InvocationRecord, InvocationSink } from './invocation-record.ts';
import { estimateBytes } from './record-size.ts';
import { settlesWithin } from './settle-within.ts';

export interface RecorderLimits {
  /** Most records that are held at once: waiting, being written and being retried. Beyond it records are dropped. */
  readonly capacity: number;
  /** The same as `capacity`, in bytes of memory. */
  readonly maxBytes: number;
  readonly batchSize: number;
  /** How long a record waits for company. */
  readonly flushEveryMs: number;
  /** Wait before the first retry; it doubles up to `maxRetryDelayMs`. */
  readonly retryDelayMs: number;
  readonly maxRetryDelayMs: number;
}

/** Half of the 50 ms whose records a killed process may lose; the other half is for the way to the file. */
const FLUSH_EVERY_MS = 25;

export const RECORDER_LIMITS: RecorderLimits = {
  capacity: 50_000,
  maxBytes: 64 * 1024 * 1024,
  batchSize: 512,
  flushEveryMs: FLUSH_EVERY_MS,
  retryDelayMs: 50,
  maxRetryDelayMs: 2000,
};

export interface RecorderOptions {
  readonly limits: RecorderLimits;
  /** Writes a batch as a whole or rejects; must bear being given the same batch twice. */
  readonly write: (batch: readonly InvocationRecord[]) => Promise<void>;
  /** Records were lost for good. Must not throw. */
  readonly onDrop: (count: number) => void;
  /** A write failed. Must not throw. */
  readonly onWriteError: (error: unknown) => void;
}

interface Batch {
  readonly records: readonly InvocationRecord[];
  readonly sizeBytes: number;
}

/**
 * Takes records from the request path, gathers them into batches and writes one batch at a time, in order. A batch that
 * nobody takes is tried again for as long as the process lives; what then does not fit behind it is dropped.
 */
export class InvocationRecorder implements InvocationSink {
  readonly #options: RecorderOptions;
  #pending: InvocationRecord[] = [];
  #pendingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();
  #unwritten = 0;
  #unwrittenBytes = 0;
  #lastError: string | undefined;
  #isClosed = false;
  #isAbandoned = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Records that are accepted and not yet written. */
  get backlog(): number {
    return this.#unwritten;
  }

  get backlogBytes(): number {
    return this.#unwrittenBytes;
  }

  /** The last attempt to write failed. */
  get isFailing(): boolean {
    return this.#lastError !== undefined;
  }

  /** Why the last attempt to write failed; undefined where it did not. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  offer(record: InvocationRecord): void {
    const { capacity, maxBytes, batchSize, flushEveryMs } = this.#options.limits;
    const clipped = clipRecord(record);
    const sizeBytes = estimateBytes(clipped);
    if (this.#isClosed || this.#unwritten >= capacity || this.#unwrittenBytes + sizeBytes > maxBytes) {
      this.#options.onDrop(1);
      return;
    }
    this.#unwritten += 1;
    this.#unwrittenBytes += sizeBytes;
    this.#pendingBytes += sizeBytes;
    this.#pending.push(clipped);
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
    this.#unwrittenBytes = 0;
  }

  #seal(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.length === 0) return;
    const batch = { records: this.#pending, sizeBytes: this.#pendingBytes };
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#writing = this.#writing.then(() => this.#write(batch));
  }

  async #write({ records, sizeBytes }: Batch): Promise<void> {
    const isWritten = await this.#tryToWrite(records);
    if (this.#isAbandoned) return;
    this.#unwritten -= records.length;
    this.#unwrittenBytes -= sizeBytes;
    if (!isWritten) this.#options.onDrop(records.length);
  }

  /** False where the batch is given up. */
  async #tryToWrite(records: readonly InvocationRecord[]): Promise<boolean> {
    const { retryDelayMs, maxRetryDelayMs } = this.#options.limits;
    for (let attempt = 0; !this.#isAbandoned; attempt += 1) {
      try {
        await this.#options.write(records);
        this.#lastError = undefined;
        return true;
      } catch (thrown) {
        const error = RouterError.from(thrown);
        this.#lastError = error.message;
        this.#options.onWriteError(error);
        // A batch that cannot even be sent to the store never will be, and would stand in the way for ever.
        if (error.code !== 'monitor.unavailable') return false;
      }
      await delay(Math.min(maxRetryDelayMs, retryDelayMs * 2 ** attempt), undefined, { ref: false });
    }
    return false;
  }
}
