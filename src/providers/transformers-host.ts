import type { GenerationGate } from './transformers-gate.ts';
import type { LocalWork, ModelThreadData, ThreadReply } from './transformers-messages.ts';
import { ModelThread } from './transformers-thread.ts';

/** One request to a model. */
export interface LocalJob {
  readonly work: LocalWork;
  readonly gate: GenerationGate;
  /** How long the model stays loaded after this job, in milliseconds. */
  readonly idleUnloadMs: number;
  onReply(reply: ThreadReply): void;
  /** The thread died. */
  onLost(error: Error): void;
}

export interface ModelHostOptions {
  readonly thread: ModelThreadData;
  readonly onNotice: (message: string) => void;
  /** Nothing runs, nothing waits, nothing is loaded. */
  readonly onUnload: () => void;
}

/** More would wait longer than their callers do. */
const MAX_WAITING = 64;

/** A long prompt cannot be interrupted: the thread of a job that nobody wants any more is ended after so long. */
const CANCEL_GRACE_MS = 30_000;

/** One model: its thread, which starts with the first job, and the line of jobs before it. One job runs at a time. */
export class ModelHost {
  readonly #options: ModelHostOptions;
  readonly #waiting: LocalJob[] = [];
  #running: LocalJob | undefined;
  #thread: ModelThread | undefined;
  #isLoaded = false;
  #idleUnloadMs = 0;
  #idleTimer: NodeJS.Timeout | undefined;
  #graceTimer: NodeJS.Timeout | undefined;
  #onDrained: (() => void) | undefined;
  #disposals: Promise<unknown> = Promise.resolve();

  constructor(options: ModelHostOptions) {
    this.#options = options;
  }

  /** False where too many wait already. */
  offer(job: LocalJob): boolean {
    if (this.#waiting.length >= MAX_WAITING) return false;
    this.#waiting.push(job);
    this.#idleUnloadMs = job.idleUnloadMs;
    this.#next();
    return true;
  }

  /** Nobody waits for this job any more. */
  withdraw(job: LocalJob): void {
    job.gate.cancel();
    const position = this.#waiting.indexOf(job);
    if (position >= 0) this.#waiting.splice(position, 1);
    else if (job === this.#running) this.#hurry();
  }

  /** Lets jobs that run or wait come to their end, then the model go. */
  async close(): Promise<void> {
    if (this.#running !== undefined) {
      const drained = new Promise<void>((resolve) => {
        this.#onDrained = resolve;
      });
      this.#hurry();
      await drained;
    }
    await this.#unload();
  }

  #next(): void {
    if (this.#running !== undefined) return;
    const job = this.#waiting.shift();
    if (job === undefined) this.#rest();
    else this.#run(job);
  }

  #run(job: LocalJob): void {
    clearTimeout(this.#idleTimer);
    this.#running = job;
    try {
      this.#thread ??= this.#start();
      this.#thread.post({ kind: 'work', work: job.work, gate: job.gate.buffer });
    } catch (thrown) {
      this.#bury(`it could not be started: ${String(thrown)}`);
    }
  }

  #start(): ModelThread {
    this.#isLoaded = false;
    const thread: ModelThread = new ModelThread(this.#options.thread, {
      onReply: (reply) => {
        if (thread === this.#thread) this.#receive(reply);
      },
      onExit: (reason) => {
        if (thread === this.#thread) this.#bury(reason);
      },
    });
    return thread;
  }

  #receive(reply: ThreadReply): void {
    const job = this.#running;
    job?.onReply(reply);
    // Its reader may have withdrawn it over this very reply.
    if (this.#running !== job) return;
    if (reply.kind === 'failed') this.#fail(reply.failure.detail, reply.failure.status !== 400);
    else this.#isLoaded = true;
    if (reply.kind === 'started') this.#hurry();
    else if (reply.kind !== 'text') this.#finish();
  }

  /** A thread that has failed by itself is not asked again: what was wrong may be put right for the next one. */
  #fail(detail: string | undefined, isBroken: boolean): void {
    if (detail !== undefined) this.#options.onNotice(detail);
    if (isBroken) this.#dropThread();
  }

  #finish(): void {
    clearTimeout(this.#graceTimer);
    this.#running = undefined;
    this.#next();
  }

  /** Ends what cannot be interrupted; a model that is still being loaded will be wanted again. */
  #hurry(): void {
    if (this.#running?.gate.isCancelled !== true) return;
    clearTimeout(this.#graceTimer);
    if (this.#onDrained !== undefined) this.#abandon();
    else if (this.#isLoaded) this.#graceTimer = setTimeout(() => this.#abandon(), CANCEL_GRACE_MS);
  }

  #abandon(): void {
    this.#thread?.kill();
    this.#thread = undefined;
    this.#finish();
  }

  #bury(reason: string): void {
    this.#thread = undefined;
    this.#options.onNotice(`the thread of ${this.#options.thread.folder} died: ${reason}`);
    const job = this.#running;
    this.#running = undefined;
    job?.onLost(new Error(`the thread of the model died: ${reason}`));
    this.#finish();
  }

  #rest(): void {
    this.#onDrained?.();
    clearTimeout(this.#idleTimer);
    const idleMs = this.#thread === undefined ? 0 : this.#idleUnloadMs;
    this.#idleTimer = setTimeout(() => this.#dropThread(), idleMs);
    // A model at rest does not keep the process alive by its timer; its thread is ended by `close`.
    this.#idleTimer.unref();
  }

  #dropThread(): void {
    this.#unload().catch((error: unknown) => this.#options.onNotice(`a model could not be let go: ${String(error)}`));
  }

  async #unload(): Promise<void> {
    clearTimeout(this.#idleTimer);
    const thread = this.#thread;
    this.#thread = undefined;
    if (thread !== undefined) this.#disposals = Promise.all([this.#disposals, thread.dispose()]);
    await this.#disposals;
    const isInUse = this.#running !== undefined || this.#thread !== undefined;
    if (!isInUse) this.#options.onUnload();
  }
}
