import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RetryBudget } from '../../../src/gateway/retry-budget.ts';

const ALWAYS_ALLOWED = 10;
const WINDOW_MS = 10_000;

function fill(budget: RetryBudget, requests: number, now: number): void {
  for (let count = 0; count < requests; count += 1) budget.countRequest(now);
}

function take(budget: RetryBudget, now: number, percent: number): number {
  let taken = 0;
  while (budget.tryRetry(now, percent)) taken += 1;
  return taken;
}

describe('the retry budget', () => {
  it('is a share of the requests of the last ten seconds', () => {
    const budget = new RetryBudget();
    fill(budget, 1000, 0);
    expect(take(budget, 0, 20)).toBe(200);
    expect(take(budget, WINDOW_MS - 1, 20)).toBe(0);
    expect(take(budget, WINDOW_MS, 20)).toBe(ALWAYS_ALLOWED);
  });

  it('allows a quiet router ten, and nothing where the share is nothing', () => {
    expect(take(new RetryBudget(), 5, 20)).toBe(ALWAYS_ALLOWED);
    expect(take(new RetryBudget(), 5, 0)).toBe(0);
  });

  it('never lets more retries into any ten slices than the requests in them allow', () => {
    const event = fc.record({
      afterMs: fc.oneof(fc.nat(50), fc.nat(3000), fc.nat(30_000)),
      isRetry: fc.boolean(),
      count: fc.nat(40),
    });
    const property = fc.property(
      fc.array(event, { maxLength: 60 }),
      fc.integer({ min: 1, max: 100 }),
      (events, percent) => {
        const budget = new RetryBudget();
        const requests: number[] = [];
        const retries: number[] = [];
        let now = 0;
        for (const { afterMs, isRetry, count } of events) {
          now += afterMs;
          const before = retries.length;
          for (let turn = 0; turn < count; turn += 1) {
            if (!isRetry) {
              budget.countRequest(now);
              requests.push(now);
            } else if (budget.tryRetry(now, percent)) retries.push(now);
          }
          // Slices of a second: what counts now began with the tenth slice before this one.
          const since = (Math.floor(now / 1000) - 9) * 1000;
          const recent = (times: readonly number[]): number => times.filter((time) => time >= since).length;
          // What was allowed earlier stays, also where the requests it was a share of are forgotten.
          if (retries.length > before)
            expect(recent(retries)).toBeLessThanOrEqual(Math.max(ALWAYS_ALLOWED, (recent(requests) * percent) / 100));
        }
      },
    );
    fc.assert(property);
  });
});
