import { RouterError } from '../errors/router-error.ts';
import type { InvocationRecord } from './invocation-record.ts';
import type { MonitorCalls, MonitorMethod, MonitorReply, MonitorRow } from './monitor-messages.ts';
import { SOUND_STORE, type StoreState } from './monitor-state.ts';
import type { MonitorStore } from './monitor-store.ts';
import type { InvocationPage, InvocationQuery, InvocationRead, InvocationSelector } from './queries.ts';
import type { RetentionPolicy } from './retention.ts';
import { settlesWithin } from './settle-within.ts';

/** What the client needs of a `Worker`. */
export interface MonitorThread {
  postMessage(message: unknown): void;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: () => void): unknown;
  terminate(): Promise<unknown>;
}

export interface MonitorClientOptions {
  /** How the store of the thread wants its records. */
  readonly rowOf: (record: InvocationRecord) => MonitorRow;
  /** Starts the thread: at first use, and again at the next use after it has died. */
  readonly start: () => MonitorThread;
  /** What an operator should know: the thread died, a broken file was set aside. Must not throw. */
  readonly onNotice: (message: string) => void;
  /** Records that no database will ever take. Must not throw. */
  readonly onDrop: (count: number) => void;
}

interface PendingCall {
  readonly resolve: (result: unknown) => void;
  readonly fail: (detail: string) => void;
  readonly timer: NodeJS.Timeout;
}

/** A statement waits up to 2 s for a lock, and a write may stand behind other calls. */
const TIMEOUT_MS: Readonly<Record<MonitorMethod, number>> = {
  open: 60_000,
  write: 60_000,
  list: 10_000,
  get: 10_000,
  retain: 60_000,
  close: 5_000,
};

const MAX_PENDING_CALLS = 1000;

/** The store as seen from the main thread: pairs each question to the thread with its answer by number. */
export class MonitorClient implements MonitorStore {
  readonly #options: MonitorClientOptions;
  readonly #pending = new Map<number, PendingCall>();
  #thread: MonitorThread | undefined;
  #state: StoreState = SOUND_STORE;
  #lastId = 0;
  #isClosed = false;

  constructor(options: MonitorClientOptions) {
    this.#options = options;
  }

  /** As the thread said last. */
  get state(): StoreState {
    return this.#state;
  }

  /** Starts the thread and has it open its file; resolves when both are ready. */
  open(): Promise<void> {
    return this.#call('open', undefined);
  }

  write(records: readonly InvocationRecord[]): Promise<void> {
    return this.#call('write', records.map(this.#options.rowOf));
  }

  list(query: InvocationQuery): Promise<InvocationPage> {
    return this.#call('list', query);
  }

  get(selector: InvocationSelector): Promise<InvocationRead | undefined> {
    return this.#call('get', selector);
  }

  /** From now on; the thread that is started after one that died has to be told when it is started. */
  retain(policy: RetentionPolicy): Promise<void> {
    return this.#call('retain', policy);
  }

  async close(): Promise<void> {
    const thread = this.#thread;
    const closing = thread && this.#call('close', undefined);
    this.#isClosed = true;
    if (closing !== undefined) await settlesWithin(closing, TIMEOUT_MS.close);
    await thread?.terminate();
  }

  #call<Method extends MonitorMethod>(
    method: Method,
    argument: MonitorCalls[Method]['argument'],
  ): Promise<MonitorCalls[Method]['result']> {
    return new Promise((resolve, reject) => {
      const fail = (detail: string): void => reject(new RouterError('monitor.unavailable', { detail }));
      if (this.#isClosed) return fail('the monitor is closed');
      if (this.#pending.size >= MAX_PENDING_CALLS) return fail('too many calls wait for the monitor');
      this.#lastId += 1;
      const id = this.#lastId;
      const timer = setTimeout(() => this.#take(id)?.fail(`${method} took too long`), TIMEOUT_MS[method]);
      this.#pending.set(id, { resolve: resolve as PendingCall['resolve'], fail, timer });
      try {
        this.#running().postMessage({ id, method, argument });
      } catch (thrown) {
        if (isUncloneable(thrown)) reject(RouterError.from(thrown));
        this.#take(id)?.fail(`${method} could not be sent: ${String(thrown)}`);
      }
    });
  }

  #running(): MonitorThread {
    if (this.#thread !== undefined) return this.#thread;
    const thread = this.#options.start();
    let reason = 'it ended';
    thread.on('message', (message) => this.#receive(message as MonitorReply));
    thread.on('error', (error) => {
      reason = error.message;
    });
    thread.on('exit', () => this.#bury(thread, reason));
    this.#thread = thread;
    return thread;
  }

  #receive(reply: MonitorReply): void {
    switch (reply.kind) {
      case 'notice':
        this.#options.onNotice(reply.message);
        break;
      case 'result':
        this.#take(reply.id)?.resolve(reply.result);
        break;
      case 'failure':
        this.#take(reply.id)?.fail(reply.message);
        break;
      case 'state':
        this.#state = reply.state;
        break;
      case 'dropped':
        this.#options.onDrop(reply.count);
        break;
      default:
        reply satisfies never;
    }
  }

  /** Undefined for a call that has timed out before. */
  #take(id: number): PendingCall | undefined {
    const call = this.#pending.get(id);
    this.#pending.delete(id);
    clearTimeout(call?.timer);
    return call;
  }

  #bury(thread: MonitorThread, reason: string): void {
    if (this.#thread === thread) this.#thread = undefined;
    // Its successor tells only what is different.
    this.#state = SOUND_STORE;
    for (const id of [...this.#pending.keys()]) this.#take(id)?.fail(`the monitor thread died: ${reason}`);
    if (!this.#isClosed) this.#options.onNotice(`the monitor thread died: ${reason}`);
  }
}

/** The argument itself cannot cross to a thread: it never will. */
function isUncloneable(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'DataCloneError';
}
