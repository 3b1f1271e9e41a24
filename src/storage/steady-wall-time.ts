import type { Clock } from '../lib/clock.ts';

/** Less is what clocks do that are set right from time to time. */
const STEP_MS = 3_600_000;

/**
 * Wall time that never goes ahead of the time that has passed since the first call: a system time that jumps a year
 * ahead makes nothing a year old. Time that the machine slept counts as not passed. `onStep` is told once, in
 * milliseconds, how far the clock is ahead.
 */
export function steadyWallTime({ now, wallTime }: Clock, onStep: (aheadMs: number) => void): () => number {
  const offset = wallTime() - now();
  let isTold = false;
  return () => {
    const wall = wallTime();
    const steady = offset + now();
    const aheadMs = wall - steady;
    if (aheadMs <= STEP_MS) return wall;
    if (!isTold) onStep(aheadMs);
    isTold = true;
    return steady;
  };
}
