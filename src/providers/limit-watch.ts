import type { Clock } from '../lib/clock.ts';
import type { HeaderFamily } from '../lib/rate-limit-families.ts';
import { familyOf, type LimitReading, readLimits } from '../lib/rate-limit-headers.ts';
import type { ReplyControl, ReplyHandler, ReplyHeaders } from './transport.ts';

/** Of a provider that has said nothing so often, only every so-manieth answer is looked at. */
const FIRST_LOOKS = 8;
const LOOK_EVERY = 64;

const NOTHING: readonly LimitReading[] = [];

/** How one provider tells about its limits: found out by its first answers, so that silence costs nothing later. */
export class LimitWatch {
  #family: HeaderFamily | undefined;
  /** Answers since the last one that told something. */
  #silent = 0;

  /** Whether the next answer is worth a look. Counts the answer. */
  looksAtNext(): boolean {
    this.#silent += 1;
    return this.#family !== undefined || this.#silent <= FIRST_LOOKS || this.#silent % LOOK_EVERY === 0;
  }

  read(headers: ReplyHeaders, wallTime: number): readonly LimitReading[] {
    if (this.#silent > LOOK_EVERY) this.#family = undefined;
    this.#family ??= familyOf(headers);
    if (this.#family === undefined) return NOTHING;
    const readings = readLimits(this.#family, headers, wallTime);
    if (readings.length > 0) this.#silent = 0;
    return readings;
  }
}

/** Told what the head of an answer says about limits. */
export type LimitListener = (readings: readonly LimitReading[], now: number) => void;

/** Stands before a handler of answers and reads the head on its way. */
export class LimitReader implements ReplyHandler {
  readonly #inner: ReplyHandler;
  readonly #watch: LimitWatch;
  readonly #clock: Clock;
  readonly #listener: LimitListener;

  constructor(inner: ReplyHandler, watch: LimitWatch, clock: Clock, listener: LimitListener) {
    this.#inner = inner;
    this.#watch = watch;
    this.#clock = clock;
    this.#listener = listener;
  }

  onStart(control: ReplyControl): void {
    this.#inner.onStart(control);
  }

  onHead(status: number, headers: ReplyHeaders): void {
    const readings = this.#watch.read(headers, this.#clock.wallTime());
    if (readings.length > 0) this.#listener(readings, this.#clock.now());
    this.#inner.onHead(status, headers);
  }

  onData(chunk: Buffer): void {
    this.#inner.onData(chunk);
  }

  onEnd(): void {
    this.#inner.onEnd();
  }

  onError(error: Error): void {
    this.#inner.onError(error);
  }
}
