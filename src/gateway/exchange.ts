import { RouterError } from '../errors/router-error.ts';
import type { Clock } from '../lib/clock.ts';
import type { Deadline, Deadlines } from '../lib/deadlines.ts';
import type { ReplyControl } from '../providers/transport.ts';

/** The clocks of one exchange with a provider. */
export interface ExchangeClocks {
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  readonly firstTokenMs: number;
  readonly idleMs: number;
  /** Monotonic time at which the whole request has to be over. */
  readonly totalDeadline: number;
}

/**
 * The part that every exchange shares: one deadline that moves with progress, one way to be cut short, and the
 * promise that the connection is let go whatever ends it.
 */
export class ExchangeGuard implements Deadline {
  expiresAt: number;
  slot = -1;
  /** When content came last, monotonic milliseconds. */
  progressedAt = Number.NEGATIVE_INFINITY;
  readonly #clocks: ExchangeClocks;
  readonly #onCut: (error: RouterError) => void;
  #control: ReplyControl | undefined;
  #waitsFor = 'the start of the answer';
  #isReleased = false;

  /** `onCut` is told why when the guard ends the exchange; the connection is closed by then. */
  constructor(clocks: ExchangeClocks, onCut: (error: RouterError) => void) {
    this.#clocks = clocks;
    this.#onCut = onCut;
    this.expiresAt = this.#at(clocks.firstTokenMs);
    clocks.deadlines.watch(this);
  }

  attach(control: ReplyControl): void {
    this.#control = control;
  }

  /** Content has come: from now on the idle clock counts. */
  progress(): void {
    const { clock, idleMs, totalDeadline } = this.#clocks;
    this.#waitsFor = 'the next part of the answer';
    this.progressedAt = clock.now();
    this.expiresAt = Math.min(this.progressedAt + idleMs, totalDeadline);
  }

  /** Grants so many milliseconds from now. */
  allow(ms: number): void {
    this.expiresAt = this.#at(ms);
  }

  /** The client is behind: silence is not the provider's fault, only the total clock counts. */
  pause(): void {
    this.expiresAt = this.#clocks.totalDeadline;
    this.#control?.pause();
  }

  resume(): void {
    this.progress();
    this.#control?.resume();
  }

  onExpire(): void {
    const isTotal = this.#clocks.clock.now() >= this.#clocks.totalDeadline;
    const detail = isTotal ? 'total time used up' : `waited too long for ${this.#waitsFor}`;
    this.cut(new RouterError('upstream.timeout', { detail, publicMessage: `The provider was too slow: ${detail}.` }));
  }

  cut(error: RouterError): void {
    if (this.#isReleased) return;
    this.release();
    this.#control?.abort();
    this.#onCut(error);
  }

  /** The exchange is over by itself. */
  release(): void {
    this.#isReleased = true;
    this.#clocks.deadlines.forget(this);
  }

  #at(ms: number): number {
    return Math.min(this.#clocks.clock.now() + ms, this.#clocks.totalDeadline);
  }
}

/** What a broken connection means: the provider cannot be reached, or let go in the middle. */
export function connectionError(error: Error, hasHead: boolean): RouterError {
  // The network tells its failures apart itself; models in this process do not.
  if (error instanceof RouterError) return error;
  const detail = `${(error as NodeJS.ErrnoException).code ?? error.name}: ${error.message}`;
  return new RouterError(hasHead ? 'upstream.truncated' : 'upstream.unreachable', { detail, cause: error });
}
