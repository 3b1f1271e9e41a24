import { RouterError } from '../errors/router-error.ts';
import type { ReplyControl, ReplyHandler, ReplyHeaders } from '../providers/transport.ts';
import { connectionError, type ExchangeClocks, ExchangeGuard } from './exchange.ts';

export interface WholeReply {
  readonly status: number;
  readonly headers: ReplyHeaders;
  readonly body: Buffer;
}

/** Larger answers are cut: nothing that a model writes comes near it, and memory is shared by all requests. */
export const MAX_REPLY_BYTES = 32 * 1024 * 1024;

export function tooLargeReply(): RouterError {
  return new RouterError('upstream.oversized', { detail: `answer over ${MAX_REPLY_BYTES} bytes` });
}

/** An error answer says enough in its status and first bytes: nobody waits longer for its end, or reads more of it. */
export const ERROR_BODY_MS = 2000;
export const MAX_ERROR_BODY_BYTES = 64 * 1024;

function isErrorStatus(status: number): boolean {
  return status < 200 || status > 299;
}

/** Collects a whole answer. `done` rejects with a RouterError; `guard.cut` ends it early. */
export class ReplyCollector implements ReplyHandler {
  readonly done: Promise<WholeReply>;
  readonly guard: ExchangeGuard;
  readonly #chunks: Buffer[] = [];
  #sizeBytes = 0;
  #status = 0;
  #headers: ReplyHeaders = {};
  #resolve: (reply: WholeReply) => void = () => undefined;
  #reject: (error: RouterError) => void = () => undefined;

  constructor(clocks: ExchangeClocks) {
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.guard = new ExchangeGuard(clocks, (error) => this.#breakOff(error));
  }

  onStart(control: ReplyControl): void {
    this.guard.attach(control);
  }

  onHead(status: number, headers: ReplyHeaders): void {
    this.#status = status;
    this.#headers = headers;
    if (isErrorStatus(status)) this.guard.allow(ERROR_BODY_MS);
    else this.guard.progress();
  }

  onData(chunk: Buffer): void {
    this.#sizeBytes += chunk.byteLength;
    this.#chunks.push(chunk);
    if (isErrorStatus(this.#status)) {
      if (this.#sizeBytes > MAX_ERROR_BODY_BYTES) this.guard.cut(tooLargeReply());
      return;
    }
    if (this.#sizeBytes > MAX_REPLY_BYTES) this.guard.cut(tooLargeReply());
    else this.guard.progress();
  }

  onEnd(): void {
    this.guard.release();
    this.#settle();
  }

  /** What an error answer has said so far is enough to know it by, however it breaks off. */
  #breakOff(error: RouterError): void {
    const isKnown = this.#status !== 0 && isErrorStatus(this.#status) && error.code.startsWith('upstream.');
    if (isKnown) this.#settle();
    else this.#reject(error);
  }

  #settle(): void {
    const [only] = this.#chunks;
    const body = this.#chunks.length === 1 && only !== undefined ? only : Buffer.concat(this.#chunks);
    this.#resolve({ status: this.#status, headers: this.#headers, body });
  }

  onError(error: Error): void {
    this.guard.release();
    this.#breakOff(connectionError(error, this.#status !== 0));
  }
}
