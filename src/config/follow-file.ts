import { setTimeout as pause } from 'node:timers/promises';
import { RouterError } from '../errors/router-error.ts';
import type { Clock } from '../lib/clock.ts';
import { createDeferred, type Deferred } from '../lib/deferred.ts';
import { type FileState, isSameState, readFileState, signatureOf } from './file-state.ts';
import { MAX_FILE_BYTES } from './read-router-toml.ts';
import type { Assessment, Reloader, ReloadOutcome } from './reloader.ts';
import { Settler, type SettleWindows } from './settle.ts';

export interface FollowWindows extends SettleWindows {
  /** Between two reads while a change settles, in milliseconds. */
  readonly tickMs: number;
}

export interface FollowOptions {
  /** Absolute path. */
  readonly file: string;
  /** The bytes that were loaded at the start; undefined where there was no file. */
  readonly loaded: Uint8Array | undefined;
  readonly reloader: Reloader;
  readonly clock: Clock;
  readonly windows: FollowWindows;
  /** Failures beside the file itself, such as those of listeners; following goes on. */
  readonly onError: (error: unknown) => void;
}

interface Assessed {
  readonly state: FileState;
  readonly assessment: Assessment | undefined;
}

function closedError(): RouterError {
  return new RouterError('server.draining', { detail: 'the configuration is not followed any more' });
}

/** Takes over what becomes of one file. One change at a time; all that happens meanwhile is one more change. */
export class FileFollower {
  readonly #options: FollowOptions;
  readonly #closing = new AbortController();
  /** What was last dealt with. */
  #handled: FileState;
  /** The content of the file that is in force. */
  #good: Uint8Array | undefined;
  #signature: string | undefined;
  #running: Promise<void> | undefined;
  #hasNews = false;
  /** For all who have asked since the last look at the file. */
  #request: Deferred<ReloadOutcome> | undefined;

  constructor(options: FollowOptions) {
    const { loaded } = options;
    this.#options = options;
    this.#good = loaded;
    this.#handled =
      loaded === undefined ? { kind: 'missing' } : { kind: 'content', bytes: loaded, signature: '', isTorn: false };
  }

  /** The signature of what was last dealt with; undefined before the first look at the file. */
  get signature(): string | undefined {
    return this.#signature;
  }

  /** The file may have changed. */
  wake(): void {
    if (this.#closing.signal.aborted) return;
    this.#hasNews = true;
    this.#running ??= this.#run();
  }

  /** Reads the file now: it must be the same for a moment, but need not look complete. */
  request(): Promise<ReloadOutcome> {
    if (this.#closing.signal.aborted) return Promise.reject(closedError());
    this.#request ??= createDeferred();
    const { promise } = this.#request;
    this.wake();
    return promise;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
    this.#request?.reject(closedError());
  }

  async #run(): Promise<void> {
    while (this.#hasNews && !this.#closing.signal.aborted) {
      this.#hasNews = false;
      // Those who ask from now on get an answer from bytes that are read from now on.
      const request = this.#request;
      this.#request = undefined;
      await this.#serve(request);
    }
    this.#running = undefined;
  }

  async #serve(request: Deferred<ReloadOutcome> | undefined): Promise<void> {
    try {
      const outcome = await this.#settle(request !== undefined);
      if (outcome !== undefined) request?.resolve(outcome);
    } catch (error) {
      const isClosed = this.#closing.signal.aborted;
      request?.reject(isClosed ? closedError() : error);
      if (!isClosed) this.#options.onError(error);
    }
  }

  /** Reads until what is there may be taken for what was meant; undefined when it is what was dealt with before. */
  async #settle(isRequested: boolean): Promise<ReloadOutcome | undefined> {
    const { file, clock, windows } = this.#options;
    const { signal } = this.#closing;
    const settler = new Settler(windows, clock.now(), this.#handled, this.#good);
    let assessed: Assessed | undefined;
    for (;;) {
      const state = await readFileState(file, MAX_FILE_BYTES);
      signal.throwIfAborted();
      settler.observe(clock.now(), state);
      if (!isRequested && isSameState(state, this.#handled)) {
        this.#signature = signatureOf(state);
        return undefined;
      }
      if (settler.isReady(clock.now())) {
        assessed = this.#assess(state, assessed);
        if (this.#mayUse(settler, assessed, isRequested)) return this.#finish(assessed);
      }
      await pause(windows.tickMs, undefined, { signal, ref: false });
    }
  }

  #mayUse(settler: Settler, { assessment }: Assessed, isRequested: boolean): boolean {
    const now = this.#options.clock.now();
    const loss = assessment?.kind === 'usable' ? assessment.loss : undefined;
    // Somebody who asks while a change is being dealt with should not wait for its end.
    const isForced = isRequested || this.#request !== undefined;
    if (settler.mayUse(now, { loss, isForced })) return true;
    settler.postponeStorm(now);
    return false;
  }

  #assess(state: FileState, before: Assessed | undefined): Assessed {
    if (before !== undefined && isSameState(before.state, state)) return { ...before, state };
    return { state, assessment: state.kind === 'content' ? this.#options.reloader.assess(state.bytes) : undefined };
  }

  #finish({ state, assessment }: Assessed): ReloadOutcome {
    const { reloader, file } = this.#options;
    this.#handled = state;
    this.#signature = signatureOf(state);
    if (state.kind === 'content' && assessment !== undefined) {
      if (assessment.kind !== 'broken') this.#good = state.bytes;
      return reloader.apply(assessment);
    }
    const reason = state.kind === 'unreadable' ? `cannot be read (${state.reason})` : 'is not there';
    return reloader.reportUnreadable(`${file} ${reason}: the configuration stays as it is`);
  }
}
