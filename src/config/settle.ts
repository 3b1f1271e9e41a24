import { type FileState, isSameState } from './file-state.ts';
import type { Loss } from './loss.ts';

/** How long a file must have stayed the same before it counts, in milliseconds. */
export interface SettleWindows {
  /** Any content. */
  readonly settleMs: number;
  /** Content that may be a part only: something is gone, it grew, or its last line is not finished. */
  readonly holdMs: number;
  /** Content that is probably a part: most is gone, or it is the beginning of the content before. */
  readonly longHoldMs: number;
  /** After so much restlessness, content that loses nothing counts without having stayed. */
  readonly stormMs: number;
  /** Wait before another content is tried during restlessness. */
  readonly stormRetryMs: number;
}

/** One prefix of a valid file in seven is valid TOML, so a parser cannot tell whether a file has been written fully. */
export const SETTLE_WINDOWS: SettleWindows = {
  settleMs: 150,
  holdMs: 600,
  longHoldMs: 2000,
  stormMs: 800,
  stormRetryMs: 200,
};

const NEWLINE = 0x0a;

function contentOf(state: FileState | undefined): Uint8Array | undefined {
  return state?.kind === 'content' ? state.bytes : undefined;
}

/** True when `whole` begins with all of `part` and goes on. */
function isBeginning(part: Uint8Array | undefined, whole: Uint8Array | undefined): boolean {
  if (part === undefined || whole === undefined || part.length >= whole.length) return false;
  return Buffer.compare(part, whole.subarray(0, part.length)) === 0;
}

function endsInLine(bytes: Uint8Array | undefined): boolean {
  return bytes !== undefined && bytes.length > 0 && bytes[bytes.length - 1] !== NEWLINE;
}

/** What the content would do; `undefined` where there is none, or where it cannot be used. */
export interface SettleVerdict {
  readonly loss: Loss | undefined;
  /** Somebody asked for it now: it only has to be the same twice. */
  readonly isForced: boolean;
}

/**
 * Decides when what was read at a path may be taken for what its writer meant. Knows nothing of files and clocks: it
 * is told what was read and when (monotonic milliseconds), and says when it counts. One is made for every change.
 */
export class Settler {
  readonly #windows: SettleWindows;
  /** The content that is in force. */
  readonly #good: Uint8Array | undefined;
  #state: FileState;
  #since: number;
  #restlessSince: number;
  #hasGrown = false;
  #isFirst = true;

  /** `handled` is what was last dealt with, `good` the content of the file that is in force. */
  constructor(windows: SettleWindows, now: number, handled: FileState, good: Uint8Array | undefined) {
    this.#windows = windows;
    this.#good = good;
    this.#state = handled;
    this.#since = now;
    this.#restlessSince = now;
  }

  /** Notes what was read at `now`. */
  observe(now: number, state: FileState): void {
    const isSame = !this.#isFirst && isSameState(this.#state, state);
    if (!isSame) {
      this.#hasGrown = isBeginning(contentOf(this.#state), contentOf(state));
      this.#since = now;
    }
    this.#isFirst = false;
    this.#state = state;
    if (now - this.#since >= this.#windows.settleMs) this.#restlessSince = now;
  }

  /** Whether it is time to find out what the content would do. */
  isReady(now: number): boolean {
    return now - this.#since >= this.#windows.settleMs || this.#isStorm(now);
  }

  /** Whether the content may be used at `now`. */
  mayUse(now: number, verdict: SettleVerdict): boolean {
    const required = verdict.isForced ? this.#windows.settleMs : this.#requiredMs(verdict.loss);
    if (now - this.#since >= required) return true;
    const isHarmless = verdict.loss !== undefined && required <= this.#windows.settleMs;
    return isHarmless && this.#isStorm(now);
  }

  /** The content was of no use in the middle of restlessness: the next try is later. */
  postponeStorm(now: number): void {
    if (!this.#isStorm(now)) return;
    this.#restlessSince = now - this.#windows.stormMs + this.#windows.stormRetryMs;
  }

  #isStorm(now: number): boolean {
    const isWhole = this.#state.kind === 'content' && !this.#state.isTorn;
    return isWhole && now - this.#restlessSince >= this.#windows.stormMs;
  }

  #requiredMs(loss: Loss | undefined): number {
    const { settleMs, holdMs, longHoldMs } = this.#windows;
    const bytes = contentOf(this.#state);
    if (bytes === undefined) return holdMs;
    if (loss === 'most' || isBeginning(bytes, this.#good)) return longHoldMs;
    const isCut = endsInLine(bytes) && !endsInLine(this.#good);
    return loss === 'some' || this.#hasGrown || isCut ? holdMs : settleMs;
  }
}
