/** Two clocks: a monotonic one for limits and deadlines, a wall clock for records only. */
export interface Clock {
  /** Monotonic milliseconds, fractional. Unaffected by steps of the system time. */
  now(): number;
  /** Milliseconds since the Unix epoch. */
  wallTime(): number;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
};
