import type { Worker } from 'node:worker_threads';
import { startThread } from '../lib/start-thread.ts';
import { InvocationReader } from '../monitor/invocation-reader.ts';
import { MonitorClient } from '../monitor/monitor-client.ts';
import { InvocationRecorder, RECORDER_LIMITS, type RecorderLimits } from '../monitor/recorder.ts';
import { rowOf } from './monitor-rows.ts';
import type { MonitorWorkerData } from './monitor-worker.ts';

export interface MonitorOptions {
  readonly file: string;
  readonly limits?: RecorderLimits;
  /** Records were lost for good. */
  readonly onDrop: (count: number) => void;
  /** A batch could not be written; it is tried again for a while. Comes once for each attempt. */
  readonly onWriteError: (error: unknown) => void;
  /** What an operator should know: the file cannot be opened, a broken one was set aside, the thread died. */
  readonly onNotice: (message: string) => void;
}

export interface Monitor {
  /** Settles when the file is ready, and also when it is not. */
  readonly opened: Promise<void>;
  readonly recorder: InvocationRecorder;
  readonly reader: InvocationReader;
  /** Writes what is waiting for at most `deadlineMs`, then closes the file and ends the thread. */
  close(deadlineMs: number): Promise<void>;
}

/**
 * Starts the thread that owns the monitor database. Serving does not depend on it, so nobody waits: whatever is asked
 * of the thread comes after the opening of its file, and every write tries again where that failed.
 */
export function openMonitor(options: MonitorOptions): Monitor {
  const { file, onNotice } = options;
  const data: MonitorWorkerData = { file };
  const start = (): Worker => startThread(import.meta.url, 'monitor-worker', data);
  const client = new MonitorClient({ rowOf, start, onNotice });
  const recorder = new InvocationRecorder({
    limits: options.limits ?? RECORDER_LIMITS,
    write: (batch) => client.write(batch),
    onDrop: options.onDrop,
    onWriteError: options.onWriteError,
  });
  const opened = client.open().catch((error: Error) => onNotice(error.message));
  return {
    opened,
    recorder,
    reader: new InvocationReader({ store: client, flush: () => recorder.flush() }),
    close: async (deadlineMs) => {
      await recorder.close(deadlineMs);
      await client.close();
    },
  };
}
