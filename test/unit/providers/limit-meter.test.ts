import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { NO_NEEDS, type RequestNeeds } from '../../../src/canonical/needs.ts';
import type { LimitReading } from '../../../src/lib/rate-limit-headers.ts';
import { LimitMeter } from '../../../src/providers/limit-meter.ts';

function meterOf(...readings: Partial<LimitReading>[]): LimitMeter {
  const meter = new LimitMeter();
  const full = { name: 'w', unit: 'requests', limit: 10, remaining: 10, resetMs: 1000, isSteady: false } as const;
  meter.observe(
    readings.map((reading) => ({ ...full, ...reading })),
    0,
  );
  return meter;
}

/** About so many tokens of prompt and of answer. */
const needs = (prompt: number, answer?: number): RequestNeeds => ({
  ...NO_NEEDS,
  textLength: prompt * 4,
  maxOutputTokens: answer,
});

test('what nobody has told about lets everything in', () => {
  expect(new LimitMeter().msUntil(needs(1e9, 1e9), 0)).toBe(0);
});

describe('a window that is full again all at once', () => {
  test('lets in what is left, counted down by our own calls, and then nothing until its end', () => {
    const meter = meterOf({ remaining: 2 });
    expect(meter.msUntil(NO_NEEDS, 0)).toBe(0);
    meter.take(NO_NEEDS, 0);
    meter.take(NO_NEEDS, 0);
    expect([meter.msUntil(NO_NEEDS, 0), meter.msUntil(NO_NEEDS, 400), meter.msUntil(NO_NEEDS, 1000)]).toEqual([
      1000, 600, 0,
    ]);
  });

  test('a newer answer replaces what was counted', () => {
    const meter = meterOf({ remaining: 0 });
    meter.observe([{ name: 'w', unit: 'requests', limit: 10, remaining: 5, resetMs: 1000, isSteady: false }], 100);
    expect(meter.msUntil(NO_NEEDS, 100)).toBe(0);
  });
});

describe('a window that fills evenly', () => {
  test('has a place as soon as one has come back', () => {
    const meter = meterOf({ limit: 60, remaining: 0, resetMs: 60_000, isSteady: true });
    expect([meter.msUntil(NO_NEEDS, 0), meter.msUntil(NO_NEEDS, 400), meter.msUntil(NO_NEEDS, 1000)]).toEqual([
      1000, 600, 0,
    ]);
    meter.take(NO_NEEDS, 1000);
    expect(meter.msUntil(NO_NEEDS, 1000)).toBe(1000);
  });

  test('is not forgotten while our own calls keep it from being full', () => {
    const meter = meterOf({ limit: 10, remaining: 9, resetMs: 100, isSteady: true });
    for (let call = 0; call < 9; call += 1) meter.take(NO_NEEDS, 0);
    expect(meter.msUntil(NO_NEEDS, 0)).toBe(100);
    expect(meter.msUntil(NO_NEEDS, 99)).toBeCloseTo(1, 6);
    meter.take(NO_NEEDS, 100);
    expect(meter.msUntil(NO_NEEDS, 150)).toBeCloseTo(50, 6);
  });
});

describe('tokens', () => {
  test('are what the prompt has and the answer may have', () => {
    const meter = meterOf({ unit: 'tokens', limit: 1000, remaining: 500 });
    expect([meter.msUntil(needs(300, 200), 0), meter.msUntil(needs(300, 201), 0)]).toEqual([0, 1000]);
    const apart = meterOf(
      { name: 'in', unit: 'input-tokens', limit: 1000, remaining: 100 },
      { name: 'out', unit: 'output-tokens', limit: 1000, remaining: 50, resetMs: 3000 },
    );
    expect([apart.msUntil(needs(100, 50), 0), apart.msUntil(needs(101), 0), apart.msUntil(needs(0, 51), 0)]).toEqual([
      0, 1000, 3000,
    ]);
  });

  test('a request larger than the window only needs it to be full', () => {
    const meter = meterOf({ unit: 'tokens', limit: 1000, remaining: 1000 });
    expect(meter.msUntil(needs(5000), 0)).toBe(0);
    meter.take(needs(1), 0);
    expect(meter.msUntil(needs(5000), 0)).toBe(1000);
  });
});

test('only windows that leave little are worth keeping', () => {
  const meter = meterOf({ name: 'a', remaining: 1 }, { name: 'b', remaining: 2 }, { name: 'c', limit: undefined });
  expect(meter.tightReadings(0).map(({ name }) => name)).toEqual(['a']);
  expect(meter.readings(999)).toHaveLength(3);
  expect(meter.readings(1000)).toEqual([]);
});

test('never more is let in than the provider has told, and everything is again after the reset', () => {
  const reading = fc.record({
    limit: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
    remaining: fc.nat(60),
    resetMs: fc.nat(10_000),
    isSteady: fc.boolean(),
  });
  const waits = fc.array(fc.nat(500), { maxLength: 80 });
  fc.assert(
    fc.property(reading, waits, (told, pauses) => {
      const isSteady = told.isSteady && told.limit !== undefined;
      const meter = meterOf({ ...told, isSteady });
      const perMs = isSteady ? Math.max(0, (told.limit ?? 0) - told.remaining) / Math.max(1, told.resetMs) : 0;
      let now = 0;
      let admitted = 0;
      for (const pause of pauses) {
        now += pause;
        if (now >= told.resetMs) break;
        const waitMs = meter.msUntil(NO_NEEDS, now);
        expect(waitMs >= 0 && Number.isFinite(waitMs)).toBe(true);
        expect(meter.msUntil(NO_NEEDS, now + waitMs)).toBe(0);
        if (waitMs > 0) continue;
        meter.take(NO_NEEDS, now);
        admitted += 1;
        expect(admitted).toBeLessThanOrEqual(told.remaining + perMs * now + 1e-6);
      }
      expect(meter.msUntil(NO_NEEDS, now + told.resetMs + 1e9)).toBe(0);
    }),
    { numRuns: 1000 },
  );
});
