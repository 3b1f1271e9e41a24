import { estimatePromptTokens, type RequestNeeds } from '../canonical/needs.ts';
import type { LimitUnit } from '../lib/rate-limit-families.ts';
import type { LimitReading } from '../lib/rate-limit-headers.ts';

/** One limit of a provider as it last told of it; what has gone out since is counted down. */
interface MeterWindow {
  readonly name: string;
  readonly unit: LimitUnit;
  readonly limit: number | undefined;
  /** At `at`; below zero where more went out than the provider had left. */
  remaining: number;
  /** Monotonic milliseconds. */
  readonly at: number;
  /** Units that come back in a millisecond; 0 for a window that is full again all at once. */
  readonly refillPerMs: number;
  /** Monotonic milliseconds; from then on the window says nothing any more. */
  fullAt: number;
}

/** What a request uses of a limit. */
const NEED_OF_UNIT: Readonly<Record<LimitUnit, (needs: RequestNeeds) => number>> = {
  requests: () => 1,
  tokens: (needs) => estimatePromptTokens(needs) + (needs.maxOutputTokens ?? 0),
  'input-tokens': estimatePromptTokens,
  'output-tokens': (needs) => needs.maxOutputTokens ?? 0,
};

/** Below this part of its limit a window is worth remembering over a restart. */
const TIGHT_PART = 0.1;

/** What one key may still use of one model, by the provider's own word. All times are monotonic milliseconds. */
export class LimitMeter {
  #windows: readonly MeterWindow[] = [];

  /** Takes over what an answer says; the newest word counts. */
  observe(readings: readonly LimitReading[], now: number): void {
    this.#windows = readings.map((reading) => createWindow(reading, now));
  }

  /** Milliseconds until a request with these needs fits, 0 where it does now. */
  msUntil(needs: RequestNeeds, now: number): number {
    let longestMs = 0;
    for (const window of this.#windows) {
      if (now >= window.fullAt) continue;
      longestMs = Math.max(longestMs, msUntilFits(window, NEED_OF_UNIT[window.unit](needs), now));
    }
    return longestMs;
  }

  /** Counts a request that goes out. */
  take(needs: RequestNeeds, now: number): void {
    for (const window of this.#windows) {
      if (now >= window.fullAt) continue;
      const need = NEED_OF_UNIT[window.unit](needs);
      window.remaining -= need;
      if (window.refillPerMs > 0) window.fullAt += need / window.refillPerMs;
    }
  }

  /** The windows that still say something. */
  readings(now: number): LimitReading[] {
    return this.#windows.filter(({ fullAt }) => fullAt > now).map((window) => readingOf(window, now));
  }

  /** Those among them that leave little. */
  tightReadings(now: number): LimitReading[] {
    return this.readings(now).filter(isTight);
  }
}

export function isTight({ limit, remaining }: LimitReading): boolean {
  return remaining <= (limit ?? 0) * TIGHT_PART;
}

function createWindow({ name, unit, limit, remaining, resetMs, isSteady }: LimitReading, now: number): MeterWindow {
  const missing = limit === undefined ? 0 : Math.max(0, limit - remaining);
  const refillPerMs = isSteady && resetMs > 0 ? missing / resetMs : 0;
  return { name, unit, limit, remaining, at: now, refillPerMs, fullAt: now + resetMs };
}

/** Sums of fractions miss whole numbers by less than this. */
const ROUNDING = 1e-6;

/** A request that is larger than the whole window only needs it to be full: whether it fits, the provider decides. */
function msUntilFits(window: MeterWindow, need: number, now: number): number {
  const { limit = Number.POSITIVE_INFINITY, refillPerMs, fullAt } = window;
  const missing = Math.min(need, limit) - availableIn(window, now);
  if (missing <= ROUNDING) return 0;
  const untilFullMs = fullAt - now;
  return refillPerMs === 0 ? untilFullMs : Math.min(untilFullMs, missing / refillPerMs);
}

function availableIn(
  { remaining, refillPerMs, at, limit = Number.POSITIVE_INFINITY }: MeterWindow,
  now: number,
): number {
  return Math.min(limit, remaining + refillPerMs * (now - at));
}

function readingOf(window: MeterWindow, now: number): LimitReading {
  const { name, unit, limit, refillPerMs, fullAt } = window;
  const remaining = Math.max(0, Math.floor(availableIn(window, now)));
  return { name, unit, limit, remaining, resetMs: fullAt - now, isSteady: refillPerMs > 0 };
}
