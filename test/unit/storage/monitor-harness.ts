import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { InvocationRecord } from '../../../src/monitor/invocation-record.ts';
import type { InvocationPage, InvocationRead } from '../../../src/monitor/queries.ts';
import { readInvocationQuery } from '../../../src/monitor/read-query.ts';
import { RECORDER_LIMITS, type RecorderLimits } from '../../../src/monitor/recorder.ts';
import type { RetentionPolicy } from '../../../src/monitor/retention.ts';
import { type Monitor, openMonitor } from '../../../src/storage/open-monitor.ts';
import { sampleRecord } from '../monitor/sample-record.ts';
import { type OnEnd, temporaryDirectory } from './temporary-directory.ts';

export interface MonitorHarness {
  readonly monitor: Monitor;
  readonly file: string;
  readonly notices: string[];
  readonly errors: unknown[];
  dropped(): number;
  offer(...changes: Partial<InvocationRecord>[]): void;
  /** The page for a query string. */
  list(query?: string, ownerKeyId?: string): Promise<InvocationPage>;
  /** Request ids of the page for a query string. */
  requestIds(query?: string, ownerKeyId?: string): Promise<string[]>;
  get(key: number | string, ownerKeyId?: string): Promise<InvocationRead | undefined>;
}

const FOREVER: RetentionPolicy = { maxAgeMs: Number.POSITIVE_INFINITY, maxBytes: 0 };

export interface StartOptions {
  readonly file?: string;
  readonly limits?: Partial<RecorderLimits>;
  readonly journalMaxBytes?: number;
  readonly retention?: RetentionPolicy;
  readonly onEnd?: OnEnd;
}

/** A monitor with its real thread and a real file; ends with the test unless `onEnd` says otherwise. */
export async function startMonitor({ onEnd = onTestFinished, ...options }: StartOptions = {}): Promise<MonitorHarness> {
  const file = options.file ?? join(temporaryDirectory(onEnd), 'data', 'monitor.db');
  const notices: string[] = [];
  const errors: unknown[] = [];
  let dropped = 0;
  const monitor = openMonitor({
    file,
    limits: { ...RECORDER_LIMITS, ...options.limits },
    ...(options.journalMaxBytes === undefined ? {} : { journalMaxBytes: options.journalMaxBytes }),
    retention: options.retention ?? FOREVER,
    onDrop: (count) => {
      dropped += count;
    },
    onWriteError: (error) => errors.push(error),
    onNotice: (message) => notices.push(message),
  });
  onEnd(() => monitor.close(1000));
  await monitor.opened;
  const list = async (query = '', ownerKeyId?: string): Promise<InvocationPage> =>
    monitor.reader.list(readInvocationQuery(new URLSearchParams(query), ownerKeyId));
  return {
    monitor,
    file,
    notices,
    errors,
    dropped: () => dropped,
    offer: (...changes) => {
      for (const change of changes) monitor.recorder.offer(sampleRecord(change));
    },
    list,
    requestIds: async (query, ownerKeyId) => (await list(query, ownerKeyId)).items.map((item) => item.request_id),
    get: (key, ownerKeyId) => monitor.reader.get({ key, ownerKeyId }),
  };
}

/** For `beforeAll`: one monitor for all tests of a group, with the function that ends it. */
export async function startSharedMonitor(): Promise<readonly [MonitorHarness, () => Promise<void>]> {
  const cleanUps: (() => void | Promise<void>)[] = [];
  const harness = await startMonitor({ onEnd: (cleanUp) => cleanUps.unshift(cleanUp) });
  const end = async (): Promise<void> => {
    for (const cleanUp of cleanUps) await cleanUp();
  };
  return [harness, end];
}
