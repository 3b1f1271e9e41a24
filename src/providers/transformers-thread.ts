import type { Worker } from 'node:worker_threads';
import { startThread } from '../lib/start-thread.ts';
import type { ModelThreadData, ThreadReply, ThreadRequest } from './transformers-messages.ts';

/** What the thread of a model tells of itself. */
export interface ModelThreadListener {
  onReply(reply: ThreadReply): void;
  /** The thread is gone, whoever ended it. */
  onExit(reason: string): void;
}

const DISPOSE_MS = 5_000;

/** The thread that holds one model, as seen from the thread that serves requests. */
export class ModelThread {
  readonly #worker: Worker;
  readonly #exited: Promise<void>;

  constructor(data: ModelThreadData, listener: ModelThreadListener) {
    this.#worker = startThread(import.meta.url, 'transformers-worker', data);
    let reason = 'it ended';
    this.#worker.on('message', (reply: ThreadReply) => listener.onReply(reply));
    this.#worker.on('error', (error) => {
      reason = error instanceof Error ? error.message : String(error);
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => {
        listener.onExit(reason);
        resolve();
      });
    });
  }

  post(request: ThreadRequest): void {
    this.#worker.postMessage(request);
  }

  /** Lets the model go, by force where that takes long. */
  async dispose(): Promise<void> {
    this.post({ kind: 'dispose' });
    const timer = setTimeout(() => this.kill(), DISPOSE_MS);
    await this.#exited;
    clearTimeout(timer);
  }

  /** Native code that runs is not interrupted: the thread ends when that code returns. */
  kill(): void {
    this.#worker.terminate().catch(() => undefined);
  }
}
