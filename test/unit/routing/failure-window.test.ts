import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FailureWindow } from '../../../src/routing/failure-window.ts';

const WINDOW_MS = 1000;

test('what is older than the window no longer counts', () => {
  const window = new FailureWindow(WINDOW_MS);
  window.add(true, 0);
  window.add(false, 450);
  window.add(true, 950);
  expect([window.calls(950), window.failures(950)]).toEqual([3, 2]);
  expect([window.calls(1000), window.failures(1000)]).toEqual([2, 1]);
  expect([window.calls(1400), window.failures(1400)]).toEqual([1, 1]);
  expect([window.calls(1e12), window.failures(1e12)]).toEqual([0, 0]);
});

test('a clock that goes back counts into the newest part', () => {
  const window = new FailureWindow(WINDOW_MS);
  window.add(true, 5000);
  window.add(true, 10);
  expect(window.failures(5900)).toBe(2);
  expect(window.failures(6000)).toBe(0);
});

test('clear forgets everything', () => {
  const window = new FailureWindow(WINDOW_MS);
  window.add(true, 1);
  window.clear();
  expect([window.calls(1), window.failures(1)]).toEqual([0, 0]);
});

test('it counts what a list of all calls says, at any times', () => {
  const calls = fc.array(
    fc.record({ afterMs: fc.oneof(fc.nat(30), fc.nat(400), fc.nat(3000)), isFailure: fc.boolean() }),
    { maxLength: 200, size: 'max' },
  );
  fc.assert(
    fc.property(calls, (steps) => {
      const window = new FailureWindow(WINDOW_MS);
      const seen: { readonly at: number; readonly isFailure: boolean }[] = [];
      let now = 0;
      for (const { afterMs, isFailure } of steps) {
        now += afterMs;
        window.add(isFailure, now);
        seen.push({ at: now, isFailure });
        const inLast = (ms: number, failuresOnly: boolean): number =>
          seen.filter((call) => call.at > now - ms && (call.isFailure || !failuresOnly)).length;
        const isWithin = (count: number, failuresOnly: boolean): boolean =>
          count >= inLast(0.9 * WINDOW_MS, failuresOnly) && count <= inLast(WINDOW_MS, failuresOnly);
        if (!isWithin(window.calls(now), false) || !isWithin(window.failures(now), true)) return false;
      }
      return true;
    }),
  );
});
