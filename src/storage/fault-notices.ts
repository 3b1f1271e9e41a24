export interface FaultNoticesOptions {
  /** What fails, as it stands in the notices: `the monitor database`. */
  readonly subject: string;
  /** What that means meanwhile. */
  readonly meanwhile: string;
  /** Monotonic milliseconds. */
  readonly now: () => number;
  readonly onNotice: (message: string) => void;
}

/** A database that is down must not fill the log as well. */
const REMINDER_MS = 60_000;

/** A lock that is gone at the next try is nobody's concern. */
const QUIET_FAILURES = 1;

/** Says when a database begins to fail, once a minute that it still does, and when it has healed. */
export class FaultNotices {
  readonly #options: FaultNoticesOptions;
  #failures = 0;
  #lastError: string | undefined;
  #noticedAt: number | undefined;

  constructor(options: FaultNoticesOptions) {
    this.#options = options;
  }

  get isFailing(): boolean {
    return this.#failures > 0;
  }

  /** Why the last try failed; undefined where it did not. */
  get lastError(): string | undefined {
    return this.#lastError;
  }

  failed(thrown: unknown): void {
    const { subject, meanwhile, now, onNotice } = this.#options;
    this.#failures += 1;
    this.#lastError = thrown instanceof Error ? thrown.message : String(thrown);
    if (this.#failures <= QUIET_FAILURES) return;
    if (this.#noticedAt !== undefined && now() < this.#noticedAt + REMINDER_MS) return;
    const word = this.#noticedAt === undefined ? 'now' : 'still';
    this.#noticedAt = now();
    onNotice(`${subject} cannot be written ${word}, ${meanwhile}: ${this.#lastError}`);
  }

  healed(): void {
    const isNoticed = this.#noticedAt !== undefined;
    this.#failures = 0;
    this.#lastError = undefined;
    this.#noticedAt = undefined;
    if (isNoticed) this.#options.onNotice(`${this.#options.subject} can be written again`);
  }
}
