import { describe, expect, it } from 'vitest';
import { makeWorld, modelOf, needing, snapshotOf } from './limits-world.ts';

const DONE = { usedTokens: undefined, refund: 'none' } as const;

describe('waiting for time to pass', () => {
  it('spaces those who wait and turns away who would wait too long', async () => {
    const { admit, wait, time, limits } = makeWorld();
    const model = modelOf(snapshotOf({ m: { maxRequests: 2, maxWaitMs: 1000 } }), 'm');
    admit(model);
    admit(model);
    const tooShort = wait(model, 0, 499);
    const waiting = [wait(model), wait(model), wait(model)];
    await time.advance(0);
    expect([tooShort, ...waiting].map(({ outcome }) => outcome)).toEqual(['refused', 'waits', 'waits', 'refused']);
    expect(limits.msUntilAdmitted(model, needing(0), 0)).toBe(1500);
    await time.advance(2000);
    expect(waiting.map(({ outcome, at }) => [outcome, at])).toEqual([
      ['admitted', 500],
      ['admitted', 1000],
      ['refused', 0],
    ]);
    expect(time.pending).toBe(0);
  });

  it('never waits where max_wait_ms is 0', async () => {
    const { admit, wait, time } = makeWorld();
    const model = modelOf(snapshotOf({ m: { maxRequests: 1, maxConcurrency: 1, maxWaitMs: 0 } }), 'm');
    const first = wait(model);
    await time.advance(0);
    first.admission?.settle({ usedTokens: 0, refund: 'all' }, 0);
    expect(admit(model)).toBeDefined();
    const second = wait(model);
    await time.advance(0);
    expect([first.outcome, second.outcome]).toEqual(['admitted', 'refused']);
  });

  it('is as patient as the model says, else as its provider does', async () => {
    const { admit, wait, time } = makeWorld();
    const provider = { maxConcurrency: 1, maxWaitMs: 300 };
    const snapshot = snapshotOf({ own: { maxRequests: 9, maxWaitMs: 100 }, none: undefined }, provider);
    admit(modelOf(snapshot, 'none'));
    const waiting = [
      wait(modelOf(snapshot, 'own')),
      wait(modelOf(snapshot, 'none')),
      wait(modelOf(snapshot, 'none'), 0, 50),
    ];
    await time.advance(1000);
    expect(waiting.map(({ outcome, at }) => [outcome, at])).toEqual([
      ['refused', 100],
      ['refused', 300],
      ['refused', 50],
    ]);
    expect(time.pending).toBe(0);
  });

  it('lets in at the very end of its patience', async () => {
    const { admit, wait, time } = makeWorld();
    const model = modelOf(snapshotOf({ m: { maxRequests: 1, maxWaitMs: 1000 } }), 'm');
    admit(model);
    const asked = wait(model);
    await time.advance(1000);
    expect(asked).toMatchObject({ outcome: 'admitted', at: 1000 });
  });

  it('moves those up who stand behind one who leaves', async () => {
    const { admit, wait, time } = makeWorld();
    const model = modelOf(snapshotOf({ m: { maxRequests: 1 } }), 'm');
    admit(model);
    const waiting = [wait(model), wait(model), wait(model)];
    await time.advance(200);
    waiting[0]?.cancel();
    waiting[0]?.cancel();
    await time.advance(5000);
    expect(waiting.map(({ outcome, at }) => [outcome, at])).toEqual([
      ['refused', 200],
      ['admitted', 1000],
      ['admitted', 2000],
    ]);
  });

  it('lets in earlier when tokens come back, and later when more was used than reserved', async () => {
    const { admit, wait, time } = makeWorld();
    const model = modelOf(snapshotOf({ m: { maxTokens: 100 } }), 'm');
    const [one, other] = [admit(model, 50), admit(model, 50)];
    const waiting = [wait(model, 40), wait(model, 40)];
    await time.advance(100);
    one?.settle({ usedTokens: 10, refund: 'none' }, 100);
    await time.advance(0);
    other?.settle({ usedTokens: 90, refund: 'none' }, 100);
    await time.advance(5000);
    expect(waiting.map(({ outcome, at }) => [outcome, at])).toEqual([
      ['admitted', 100],
      ['admitted', 800],
    ]);
  });

  it('does not let small requests overtake a large one', async () => {
    const { admit, wait, time } = makeWorld();
    const model = modelOf(snapshotOf({ m: { maxTokens: 100 } }), 'm');
    admit(model, 80);
    const large = wait(model, 100);
    await time.advance(100);
    expect(admit(model, 1)).toBeUndefined();
    const small = wait(model, 1);
    await time.advance(5000);
    expect([large, small]).toMatchObject([
      { outcome: 'admitted', at: 800 },
      { outcome: 'admitted', at: 810 },
    ]);
  });

  it('lets a request that is larger than the bucket in once that is full', async () => {
    const { admit, wait, time } = makeWorld();
    const model = modelOf(snapshotOf({ m: { maxTokens: 100 } }), 'm');
    admit(model, 60);
    const huge = wait(model, 250);
    const next = wait(model, 10);
    await time.advance(10_000);
    expect([huge.at, next.at]).toEqual([600, 2200]);
  });
});

describe('waiting for calls to end', () => {
  it('wakes exactly as many as have room, first come first served', async () => {
    const { admit, wait, time } = makeWorld();
    const model = modelOf(snapshotOf({ m: { maxConcurrency: 2 } }), 'm');
    const calls = [admit(model), admit(model)];
    const waiting = [wait(model), wait(model), wait(model)];
    await time.advance(700);
    for (const call of calls) call?.settle(DONE, 700);
    await time.advance(50);
    waiting[0]?.admission?.settle(DONE, 750);
    await time.advance(0);
    expect(waiting.map(({ outcome, at }) => [outcome, at])).toEqual([
      ['admitted', 700],
      ['admitted', 700],
      ['admitted', 750],
    ]);
    expect(time.pending).toBe(0);
  });

  it('does not ask again and again meanwhile', async () => {
    const { admit, wait, time } = makeWorld();
    let started = 0;
    const { start } = time.timers;
    time.timers.start = (run, delayMs) => {
      started += 1;
      return start(run, delayMs);
    };
    const model = modelOf(snapshotOf({ m: { maxRequests: 100, maxConcurrency: 1, maxWaitMs: 60_000 } }), 'm');
    admit(model);
    const asked = wait(model);
    await time.advance(59_999);
    expect(asked.outcome).toBe('waits');
    expect(started).toBe(1);
  });

  it('waits for both where both stand in the way', async () => {
    const { admit, wait, time } = makeWorld();
    const model = modelOf(snapshotOf({ m: { maxRequests: 1, maxConcurrency: 1 } }), 'm');
    const first = admit(model);
    const waiting = [wait(model), wait(model)];
    await time.advance(300);
    first?.settle(DONE, 300);
    await time.advance(5000);
    expect(waiting[0]).toMatchObject({ outcome: 'admitted', at: 1000 });
    waiting[0]?.admission?.settle(DONE, 5300);
    await time.advance(0);
    expect(waiting[1]).toMatchObject({ outcome: 'admitted', at: 5300 });
  });

  it('does not wait for calls where time alone would take too long', async () => {
    const { admit, wait, time } = makeWorld();
    const limits = { maxRequests: 1, perSeconds: 3600, maxConcurrency: 1, maxWaitMs: 2000 };
    const snapshot = snapshotOf(
      { own: limits, none: undefined },
      { maxRequests: 2, perSeconds: 3600, maxConcurrency: 2 },
    );
    admit(modelOf(snapshot, 'own'));
    const own = wait(modelOf(snapshot, 'own'));
    admit(modelOf(snapshot, 'none'));
    const none = wait(modelOf(snapshot, 'none'));
    await time.advance(0);
    expect([own.outcome, none.outcome]).toEqual(['refused', 'refused']);
  });

  it('lets nobody in for a client that has left, though its turn comes in the same moment', async () => {
    const { limits, admit, wait, time } = makeWorld();
    const model = modelOf(snapshotOf({ m: { maxConcurrency: 1 } }), 'm');
    const call = admit(model);
    const [gone, next] = [wait(model), wait(model)];
    await time.advance(10);
    gone.cancel();
    call?.settle(DONE, 10);
    await time.advance(0);
    expect([gone.outcome, next.outcome]).toEqual(['refused', 'admitted']);
    expect(limits.levels(10)).toMatchObject([{ calls: { underWay: 1 }, waiting: 0 }]);
  });

  it('is over at once for a client that has left already', async () => {
    const { limits, admit, time } = makeWorld();
    const model = modelOf(snapshotOf({ m: { maxConcurrency: 1 } }), 'm');
    admit(model);
    const leave = (cancel: () => void): void => cancel();
    expect(await limits.admitWithin(model, needing(0), { withinMs: 1000, onCancel: leave })).toBeUndefined();
    expect(limits.levels(0)).toMatchObject([{ waiting: 0 }]);
    expect(time.pending).toBe(0);
  });

  it('has a bound on how many may wait', async () => {
    const { admit, wait, time, line, limits } = makeWorld(3);
    const snapshot = snapshotOf({ a: { maxConcurrency: 1 }, b: { maxRequests: 1 } });
    const [a, b] = [modelOf(snapshot, 'a'), modelOf(snapshot, 'b')];
    admit(a);
    admit(b);
    const waiting = [wait(a), wait(b), wait(a), wait(a), wait(b)];
    await time.advance(0);
    expect(waiting.map(({ outcome }) => outcome)).toEqual(['waits', 'waits', 'waits', 'refused', 'refused']);
    expect(line.length).toBe(3);
    expect(limits.levels(0).map(({ waiting: count }) => count)).toEqual([2, 1]);
    await time.advance(1000);
    expect(waiting[1]).toMatchObject({ outcome: 'admitted', at: 1000 });
  });
});

describe('models of one provider', () => {
  it('take turns at what they share, in the order in which the requests came', async () => {
    const { limits, admit, wait, time } = makeWorld();
    const snapshot = snapshotOf({ a: { maxRequests: 100 }, b: undefined, c: { maxRequests: 100 } }, { maxTokens: 100 });
    const [a, b, c] = [modelOf(snapshot, 'a'), modelOf(snapshot, 'b'), modelOf(snapshot, 'c')];
    admit(a, 100);
    const large = wait(a, 90);
    const small = wait(b, 5);
    await time.advance(200);
    // There are twenty tokens now, and nobody waits for this model; but they are the first comer's.
    expect(admit(c, 1)).toBeUndefined();
    expect(limits.msUntilAdmitted(c, needing(1), 200)).toBe(760);
    await time.advance(2000);
    expect([large.at, small.at]).toEqual([900, 950]);
  });

  it('do not stand in the way of each other with limits of their own', async () => {
    const { limits, admit, wait, time } = makeWorld();
    const snapshot = snapshotOf({ a: { maxRequests: 1, perSeconds: 10 }, b: undefined }, { maxTokens: 100 });
    const [a, b] = [modelOf(snapshot, 'a'), modelOf(snapshot, 'b')];
    admit(a, 1);
    const stuck = wait(a, 90);
    await time.advance(100);
    expect(limits.msUntilAdmitted(b, needing(50), 100)).toBe(0);
    expect(admit(b, 50)).toBeDefined();
    expect(stuck.outcome).toBe('waits');
    await time.advance(10_000);
    expect(stuck).toMatchObject({ outcome: 'admitted', at: 10_000 });
  });

  it('wake each other when a call of the other one ends', async () => {
    const { admit, wait, time } = makeWorld();
    const snapshot = snapshotOf({ a: { maxConcurrency: 1 }, b: { maxConcurrency: 1 } }, { maxConcurrency: 1 });
    const call = admit(modelOf(snapshot, 'a'));
    const other = wait(modelOf(snapshot, 'b'));
    await time.advance(40);
    call?.settle(DONE, 40);
    await time.advance(0);
    expect(other).toMatchObject({ outcome: 'admitted', at: 40 });
  });
});
