/** Runs `report` at most once in `intervalMs`, and tells it how many calls went unreported since the last time. */
export function oncePer<Arguments extends readonly unknown[]>(
  intervalMs: number,
  now: () => number,
  report: (suppressed: number, ...args: Arguments) => void,
): (...args: Arguments) => void {
  let nextAt = Number.NEGATIVE_INFINITY;
  let suppressed = 0;
  return (...args) => {
    if (now() < nextAt) {
      suppressed += 1;
      return;
    }
    nextAt = now() + intervalMs;
    report(suppressed, ...args);
    suppressed = 0;
  };
}
