import type { InvocationRecord } from './invocation-record.ts';
import type { InvocationPage, InvocationQuery, InvocationRead, InvocationSelector } from './queries.ts';

/** Where records are kept. Every promise rejects with `monitor.unavailable` when the store cannot do its work now. */
export interface MonitorStore {
  /** All of the batch or nothing. A record that is there already (by its ULID) is left as it is. */
  write(records: readonly InvocationRecord[]): Promise<void>;
  list(query: InvocationQuery): Promise<InvocationPage>;
  get(selector: InvocationSelector): Promise<InvocationRead | undefined>;
  /** Brings everything written into the file. The store cannot be used afterwards. */
  close(): Promise<void>;
}
