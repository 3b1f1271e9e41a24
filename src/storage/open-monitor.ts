import { dirname, join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { startThread } from '../lib/start-thread.ts';
import { InvocationReader } from '../monitor/invocation-reader.ts';
import { MonitorClient } from '../monitor/monitor-client.ts';
import type { MonitorState } from '../monitor/monitor-state.ts';
import { InvocationRecorder, RECORDER_LIMITS, type RecorderLimits } from '../monitor/recorder.ts';
import type { RetentionPolicy } from '../monitor/retention.ts';
import { rowOf } from './monitor-rows.ts';
import type { MonitorWorkerData } from './monitor-worker.ts';

export interface MonitorOptions {
  /** The database; journal files stand beside it. */
  readonly file: string;
  readonly limits?: RecorderLimits;
  /** Bound of all journal files together. */
  readonly journalMaxBytes?: number;
  readonly retention: RetentionPolicy;
  /** Records were lost for good. */
  readonly onDrop: (count: number) => void;
  /** A batch could be written neither to the database nor to the journal; it waits in memory. Comes once for each try. */
  readonly onWriteError: (error: unknown) => void;
  /** What an operator should know: the file cannot be opened, a broken one was set aside, the thread died. */
  readonly onNotice: (message: string) => void;
}

export interface Monitor {
  /** Settles when the file is ready, and also when it is not. */
  readonly opened: Promise<void>;
  readonly recorder: InvocationRecorder;
  readonly reader: InvocationReader;
  state(): MonitorState;
  /** How long records are kept from now on. */
  setRetention(policy: RetentionPolicy): void;
  /** Writes what is waiting for at most `deadlineMs`, then closes the file and ends the thread. */
  close(deadlineMs: number): Promise<void>;
}

const JOURNAL = 'monitor.journal';
const JOURNAL_MAX_BYTES = 1024 ** 3;

/**
 * Starts the thread that owns the monitor database. Serving does not depend on it, so nobody waits: whatever is asked
 * of the thread comes after the opening of its file, and every write tries again where that failed.
 */
export function openMonitor(options: MonitorOptions): Monitor {
  const { file, onNotice, limits = RECORDER_LIMITS } = options;
  let { retention } = options;
  let dropped = 0;
  const onDrop = (count: number): void => {
    dropped += count;
    options.onDrop(count);
  };
  const start = (): Worker => {
    const data: MonitorWorkerData = {
      file,
      journalPath: join(dirname(file), JOURNAL),
      journalMaxBytes: options.journalMaxBytes ?? JOURNAL_MAX_BYTES,
      retention,
    };
    return startThread(import.meta.url, 'monitor-worker', data);
  };
  const client = new MonitorClient({ rowOf, start, onNotice, onDrop });
  const write = (batch: Parameters<MonitorClient['write']>[0]): Promise<void> => client.write(batch);
  const recorder = new InvocationRecorder({ limits, write, onDrop, onWriteError: options.onWriteError });
  const tell = (error: Error): void => onNotice(error.message);
  return {
    opened: client.open().catch(tell),
    recorder,
    reader: new InvocationReader({ store: client, flush: () => recorder.flush() }),
    state: () => stateOf(recorder, client, dropped),
    setRetention: (policy) => {
      if (policy.maxAgeMs === retention.maxAgeMs && policy.maxBytes === retention.maxBytes) return;
      retention = policy;
      client.retain(policy).catch(tell);
    },
    close: async (deadlineMs) => {
      await recorder.close(deadlineMs);
      await client.close();
    },
  };
}

function stateOf(recorder: InvocationRecorder, { state }: MonitorClient, dropped: number): MonitorState {
  return {
    backlog: recorder.backlog,
    backlogBytes: recorder.backlogBytes,
    isFailing: state.isFailing || recorder.isFailing,
    lastError: state.lastError ?? recorder.lastError,
    journalRows: state.journalRows,
    journalBytes: state.journalBytes,
    dropped,
  };
}
