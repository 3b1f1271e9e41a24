import fc from 'fast-check';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { RouterError } from '../../../src/errors/router-error.ts';
import type { InvocationRecord } from '../../../src/monitor/invocation-record.ts';
import { InvocationRecorder, RECORDER_LIMITS, type RecorderLimits } from '../../../src/monitor/recorder.ts';
import { sampleRecord } from './sample-record.ts';

interface Harness {
  readonly recorder: InvocationRecorder;
  /** Batches that were written, as lists of request ids. */
  readonly written: string[][];
  readonly errors: unknown[];
  dropped: number;
  /** Replaces what a write does before it counts as written. */
  beforeWrite: (batch: readonly InvocationRecord[]) => Promise<void>;
}

const SMALL: RecorderLimits = { ...RECORDER_LIMITS, batchSize: 3, retryDelayMs: 1, maxRetryDelayMs: 1 };

function harness(limits: RecorderLimits = SMALL): Harness {
  const written: string[][] = [];
  const errors: unknown[] = [];
  const state: Harness = {
    written,
    errors,
    dropped: 0,
    beforeWrite: async () => {},
    recorder: new InvocationRecorder({
      limits,
      write: async (batch) => {
        await state.beforeWrite(batch);
        written.push(batch.map((record) => record.requestId));
      },
      onDrop: (count) => {
        state.dropped += count;
      },
      onWriteError: (error) => errors.push(error),
    }),
  };
  return state;
}

function offerNumbered(recorder: InvocationRecorder, from: number, count: number): string[] {
  const names = Array.from({ length: count }, (_, index) => `r${from + index}`);
  for (const requestId of names) recorder.offer(sampleRecord({ requestId }));
  return names;
}

afterEach(() => {
  vi.useRealTimers();
});

describe('batches', () => {
  test('every offered record is written once, in order, in batches of at most the batch size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 8 }), async (bursts) => {
        const { recorder, written } = harness();
        const offered: string[] = [];
        for (const burst of bursts) {
          offered.push(...offerNumbered(recorder, offered.length, burst));
          await Promise.resolve();
        }
        await recorder.flush();
        expect(written.flat()).toEqual(offered);
        expect(written.every((batch) => batch.length <= SMALL.batchSize)).toBe(true);
        expect(recorder.backlog).toBe(0);
      }),
    );
  });

  test('a batch that is not full is written when its time is up', async () => {
    vi.useFakeTimers();
    const { recorder, written } = harness();
    offerNumbered(recorder, 0, 2);
    await vi.advanceTimersByTimeAsync(SMALL.flushEveryMs - 1);
    expect(written).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(written).toEqual([['r0', 'r1']]);
  });

  test('a timer runs only while something waits', async () => {
    vi.useFakeTimers();
    const { recorder } = harness();
    expect(vi.getTimerCount()).toBe(0);
    offerNumbered(recorder, 0, 2);
    expect(vi.getTimerCount()).toBe(1);
    offerNumbered(recorder, 2, 1);
    expect(vi.getTimerCount()).toBe(0);
    await recorder.flush();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('one batch is written at a time', async () => {
    const state = harness();
    let running = 0;
    let most = 0;
    state.beforeWrite = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    };
    offerNumbered(state.recorder, 0, 30);
    await state.recorder.flush();
    expect(most).toBe(1);
    expect(state.written).toHaveLength(10);
  });
});

describe('capacity', () => {
  test('records in a slow write count, so that the rest is dropped and counted', async () => {
    const state = harness({ ...SMALL, capacity: 5 });
    const gate = withResolvers();
    state.beforeWrite = () => gate.promise;
    offerNumbered(state.recorder, 0, 3);
    await Promise.resolve();
    offerNumbered(state.recorder, 3, 7);
    expect(state.dropped).toBe(5);
    expect(state.recorder.backlog).toBe(5);
    gate.resolve();
    await state.recorder.flush();
    expect(state.written.flat()).toEqual(['r0', 'r1', 'r2', 'r3', 'r4']);
    offerNumbered(state.recorder, 10, 1);
    await state.recorder.flush();
    expect(state.written.flat()).toContain('r10');
    expect(state.dropped).toBe(5);
  });
});

test('the queue is bounded in bytes as well, and what was written makes room again', async () => {
  const long = 'x'.repeat(8000);
  const state = harness({ ...SMALL, maxBytes: 100_000 });
  const gate = withResolvers();
  state.beforeWrite = () => gate.promise;
  for (let index = 0; index < 50; index += 1) state.recorder.offer(sampleRecord({ query: long }));
  const { backlog } = state.recorder;
  expect(backlog).toBeGreaterThan(5);
  expect(backlog).toBeLessThan(13);
  expect(state.recorder.backlogBytes).toBeLessThanOrEqual(100_000);
  expect(state.dropped).toBe(50 - backlog);
  gate.resolve();
  await state.recorder.flush();
  expect(state.recorder.backlogBytes).toBe(0);
  state.recorder.offer(sampleRecord({ query: long }));
  expect(state.dropped).toBe(50 - backlog);
});

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describe('a store that fails', () => {
  test('a batch is tried again until it is written, and nothing is lost or doubled', async () => {
    const state = harness();
    let failures = 40;
    state.beforeWrite = async () => {
      if (failures === 0) return;
      failures -= 1;
      throw unavailable('locked');
    };
    const offered = offerNumbered(state.recorder, 0, 7);
    await state.recorder.flush();
    expect(state.written.flat()).toEqual(offered);
    expect(state.errors).toHaveLength(40);
    expect(state.dropped).toBe(0);
    expect(state.recorder.isFailing).toBe(false);
  });

  test('says why while it fails', async () => {
    const state = harness();
    const seen: unknown[] = [];
    state.beforeWrite = async () => {
      seen.push(state.recorder.lastError);
      if (seen.length < 3) throw unavailable(`full ${seen.length}`);
    };
    offerNumbered(state.recorder, 0, 1);
    await state.recorder.flush();
    expect(seen).toEqual([undefined, 'full 1', 'full 2']);
    expect(state.recorder.lastError).toBeUndefined();
  });

  test('a batch that no store can take is given up and counted, and the next ones are still tried', async () => {
    const state = harness();
    state.beforeWrite = async (batch) => {
      if (batch[0]?.requestId === 'r0') throw new TypeError('not to be sent');
    };
    offerNumbered(state.recorder, 0, 6);
    await state.recorder.flush();
    expect(state.errors).toHaveLength(1);
    expect(state.dropped).toBe(3);
    expect(state.written).toEqual([['r3', 'r4', 'r5']]);
    expect([state.recorder.backlog, state.recorder.backlogBytes]).toEqual([0, 0]);
  });

  test('a write that throws at once fails no offer', async () => {
    const state = harness();
    state.beforeWrite = () => {
      throw new Error('not even a promise');
    };
    expect(() => offerNumbered(state.recorder, 0, 9)).not.toThrow();
    await state.recorder.flush();
    expect(state.dropped).toBe(9);
  });
});

function unavailable(detail: string): RouterError {
  return new RouterError('monitor.unavailable', { detail });
}

describe('close', () => {
  test('writes what waits, then takes no more', async () => {
    const state = harness();
    const offered = offerNumbered(state.recorder, 0, 8);
    await state.recorder.close(10_000);
    expect(state.written.flat()).toEqual(offered);
    offerNumbered(state.recorder, 8, 2);
    expect(state.dropped).toBe(2);
  });

  test('gives up at the deadline and counts what is left once', async () => {
    const state = harness();
    const gate = withResolvers();
    state.beforeWrite = () => gate.promise;
    offerNumbered(state.recorder, 0, 8);
    await state.recorder.close(1);
    expect(state.dropped).toBe(8);
    gate.resolve();
    await state.recorder.flush();
    expect(state.dropped).toBe(8);
    expect(state.recorder.backlog).toBe(0);
  });
});
