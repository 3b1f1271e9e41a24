import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type Deadline, Deadlines } from '../../../src/lib/deadlines.ts';

let now = 0;
const clock = { now: () => now, wallTime: () => 0 };

beforeEach(() => {
  now = 0;
  vi.useFakeTimers();
});

afterEach(() => vi.useRealTimers());

/** Lets time pass in the steps of the sweep. */
function pass(ms: number): void {
  for (let left = ms; left > 0; left -= 5) {
    now += 5;
    vi.advanceTimersByTime(5);
  }
}

test('whatever is watched, moved and forgotten: each fires once, never early, at most one sweep late', () => {
  const steps = fc.array(
    fc.record({
      dueIn: fc.integer({ min: 1, max: 200 }),
      moveTo: fc.option(fc.integer({ min: 1, max: 300 })),
      forget: fc.boolean(),
    }),
    { maxLength: 40 },
  );
  fc.assert(
    fc.property(steps, (plans) => {
      now = 0;
      const deadlines = new Deadlines(clock);
      const firedAt = new Map<number, number[]>();
      const watched = plans.map(({ dueIn }, index): Deadline => {
        const onExpire = (): void => void firedAt.set(index, [...(firedAt.get(index) ?? []), now]);
        return { expiresAt: dueIn, slot: -1, onExpire };
      });
      for (const deadline of watched) deadlines.watch(deadline);
      plans.forEach(({ moveTo, forget }, index) => {
        const deadline = watched[index] as Deadline;
        if (moveTo !== null) deadline.expiresAt = moveTo;
        if (forget) deadlines.forget(deadline);
        if (forget) deadlines.forget(deadline);
      });
      pass(400);
      plans.forEach(({ forget }, index) => {
        const due = watched[index]?.expiresAt ?? 0;
        const fired = firedAt.get(index) ?? [];
        expect(fired).toHaveLength(forget ? 0 : 1);
        for (const at of fired) {
          expect(at).toBeGreaterThanOrEqual(due);
          expect(at).toBeLessThanOrEqual(due + 30);
        }
      });
      expect(vi.getTimerCount()).toBe(0);
    }),
    { numRuns: 60 },
  );
});

test('one that expires may forget others', () => {
  const deadlines = new Deadlines(clock);
  const fired: string[] = [];
  const last: Deadline = { expiresAt: 10, slot: -1, onExpire: () => fired.push('last') };
  const first: Deadline = {
    expiresAt: 10,
    slot: -1,
    onExpire: () => {
      fired.push('first');
      deadlines.forget(last);
    },
  };
  deadlines.watch(last);
  deadlines.watch(first);
  pass(100);
  expect(fired).toEqual(['first']);
});

test('after a stall, what came meanwhile is read first; who is silent still then has no excuse', () => {
  const deadlines = new Deadlines(clock);
  const fired: string[] = [];
  const watch = (name: string): Deadline => {
    const deadline: Deadline = { expiresAt: 100, slot: -1, onExpire: () => fired.push(name) };
    deadlines.watch(deadline);
    return deadline;
  };
  const busy = watch('busy');
  watch('silent');
  pass(50);
  now += 3000;
  vi.advanceTimersByTime(25);
  expect(fired).toEqual([]);
  busy.expiresAt = now + 1000;
  pass(200);
  expect(fired).toEqual(['silent']);
});

test('in a process that is always late, deadlines are kept all the same', () => {
  const deadlines = new Deadlines(clock);
  const fired: number[] = [];
  deadlines.watch({ expiresAt: 1000, slot: -1, onExpire: () => fired.push(now) });
  for (let sweep = 0; sweep < 20; sweep += 1) {
    now += 400;
    vi.advanceTimersByTime(25);
  }
  expect(fired).toHaveLength(1);
  expect(fired[0]).toBeLessThan(4000);
});
