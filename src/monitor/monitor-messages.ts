import type { StoreState } from './monitor-state.ts';
import type { InvocationPage, InvocationQuery, InvocationRead, InvocationSelector } from './queries.ts';
import type { RetentionPolicy } from './retention.ts';

/**
 * A record as the values of its columns. Rows cross to the other thread at half the price of objects, whose member
 * names would travel with each of them.
 */
export type MonitorRow = (string | number | null)[];

/** What the thread that owns the monitor database can be asked: argument and result of each call. */
export interface MonitorCalls {
  readonly open: { readonly argument: undefined; readonly result: undefined };
  readonly write: { readonly argument: readonly MonitorRow[]; readonly result: undefined };
  readonly list: { readonly argument: InvocationQuery; readonly result: InvocationPage };
  readonly get: { readonly argument: InvocationSelector; readonly result: InvocationRead | undefined };
  readonly retain: { readonly argument: RetentionPolicy; readonly result: undefined };
  readonly close: { readonly argument: undefined; readonly result: undefined };
}

export type MonitorMethod = keyof MonitorCalls;

export type MonitorRequest = {
  readonly [Method in MonitorMethod]: {
    readonly id: number;
    readonly method: Method;
    readonly argument: MonitorCalls[Method]['argument'];
  };
}[MonitorMethod];

export type MonitorReply =
  | { readonly kind: 'result'; readonly id: number; readonly result: MonitorCalls[MonitorMethod]['result'] }
  | { readonly kind: 'failure'; readonly id: number; readonly message: string }
  /** Something an operator should know that is no answer to a call. */
  | { readonly kind: 'notice'; readonly message: string }
  /** Comes before the answer of the call that changed it. */
  | { readonly kind: 'state'; readonly state: StoreState }
  /** Records that no database will ever take. */
  | { readonly kind: 'dropped'; readonly count: number };
