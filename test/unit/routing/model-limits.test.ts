import { describe, expect, it } from 'vitest';
import type { ModelEntry, RouterSnapshot } from '../../../src/config/snapshot.ts';
import { anyModel } from '../../../src/routing/any-model.ts';
import { ModelLimits } from '../../../src/routing/model-limits.ts';
import { makeProvider, makeSnapshot } from '../../support/make-snapshot.ts';

const limited = { maxRequests: 2, perSeconds: 1, burstSize: 2, maxWaitMs: 1000 };

function modelOf(snapshot: RouterSnapshot): ModelEntry {
  const [model] = snapshot.ranked;
  if (model === undefined) throw new Error('no model');
  return model;
}

function limitedSnapshot(rateLimit: Partial<typeof limited> = {}): RouterSnapshot {
  return makeSnapshot({ models: [{ name: 'mini', rateLimit: { ...limited, ...rateLimit } }] });
}

describe('ModelLimits', () => {
  it('counts every model for itself', () => {
    const snapshot = makeSnapshot({
      models: [
        { name: 'a', rateLimit: limited },
        { name: 'b', rateLimit: limited },
      ],
    });
    const limits = new ModelLimits();
    const [b, a] = snapshot.ranked as [ModelEntry, ModelEntry];
    expect([limits.take(a, 0), limits.take(a, 0), limits.take(a, 0)]).toEqual([true, true, false]);
    expect(limits.take(b, 0)).toBe(true);
    expect(limits.msUntilToken(a, 0)).toBe(500);
    expect(limits.msUntilToken(b, 0)).toBe(0);
    expect(limits.take(a, 500)).toBe(true);
  });

  it('always has a token where there is no limit', () => {
    const snapshot = makeSnapshot({ models: [{ name: 'free' }], providers: [{ name: 'openai', anyModel: true }] });
    const limits = new ModelLimits();
    for (const model of [modelOf(snapshot), anyModel(snapshot, makeProvider({ name: 'openai' }), 'other')]) {
      for (let index = 0; index < 1000; index += 1) expect(limits.take(model, 0)).toBe(true);
      expect(limits.msUntilToken(model, 0)).toBe(0);
      expect(limits.reserve(model, 0)?.waitMs).toBe(0);
    }
    expect(limits.levels(0)).toEqual([]);
  });

  it('reserves within the patience of the model and of the request', () => {
    const model = modelOf(limitedSnapshot());
    const limits = new ModelLimits();
    limits.take(model, 0);
    limits.take(model, 0);
    expect(limits.reserve(model, 0, 499)).toBeUndefined();
    expect(limits.reserve(model, 0)?.waitMs).toBe(500);
    expect(limits.reserve(model, 0)?.waitMs).toBe(1000);
    expect(limits.reserve(model, 0)).toBeUndefined();
  });

  it('never waits where max_wait_ms is 0', () => {
    const model = modelOf(limitedSnapshot({ maxWaitMs: 0 }));
    const limits = new ModelLimits();
    expect(limits.reserve(model, 0)?.waitMs).toBe(0);
    expect(limits.reserve(model, 0)?.waitMs).toBe(0);
    expect(limits.reserve(model, 0)).toBeUndefined();
  });

  it('takes a reservation back once', () => {
    const model = modelOf(limitedSnapshot());
    const limits = new ModelLimits();
    limits.take(model, 0);
    limits.take(model, 0);
    const reservation = limits.reserve(model, 0);
    limits.reserve(model, 0)?.giveBack(10);
    reservation?.giveBack(20);
    reservation?.giveBack(20);
    expect(limits.levels(20)).toMatchObject([{ tokens: 0.04 }]);
  });

  it('admits exactly what there is in a million takes by 64 workers', async () => {
    const model = modelOf(limitedSnapshot({ maxRequests: 50, perSeconds: 1, burstSize: 500 }));
    const limits = new ModelLimits();
    const workers = 64;
    const takesEach = 15_625;
    let ticks = 0;
    let admitted = 0;
    const work = async (): Promise<void> => {
      for (let index = 0; index < takesEach; index += 1) {
        ticks += 1;
        if (limits.take(model, ticks * 0.125)) admitted += 1;
        if (index % 500 === 0) await Promise.resolve();
      }
    };
    await Promise.all(Array.from({ length: workers }, work));
    expect(ticks).toBe(1_000_000);
    // Eight takes a millisecond keep the bucket empty, so that every token that came into being has gone.
    const seconds = ((ticks - 1) * 0.125) / 1000;
    expect(admitted).toBe(500 + Math.floor(seconds * 50));
  });
});

describe('ModelLimits.reconcile', () => {
  it('keeps the level of unchanged limits', () => {
    const limits = new ModelLimits();
    limits.take(modelOf(limitedSnapshot()), 0);
    const next = limitedSnapshot({ maxWaitMs: 5 });
    limits.reconcile(next, 100);
    expect(limits.levels(100)).toMatchObject([{ model: 'openai/mini', tokens: 1.2, burstSize: 2 }]);
    expect(limits.reserve(modelOf(next), 100)?.waitMs).toBe(0);
    expect(limits.reserve(modelOf(next), 100)).toBeUndefined();
  });

  it('keeps the fraction that is full of changed ones', () => {
    const limits = new ModelLimits();
    limits.take(modelOf(limitedSnapshot()), 0);
    limits.reconcile(limitedSnapshot({ maxRequests: 100, burstSize: 100 }), 0);
    expect(limits.levels(0)).toEqual([
      { model: 'openai/mini', tokens: 50, burstSize: 100, maxRequests: 100, perSeconds: 1, retryAfterMs: 0 },
    ]);
  });

  it('forgets models that are gone or no longer limited', () => {
    const limits = new ModelLimits();
    const before = makeSnapshot({
      models: [
        { name: 'gone', rateLimit: limited },
        { name: 'freed', rateLimit: limited },
      ],
    });
    for (const model of before.ranked) limits.take(model, 0);
    const after = makeSnapshot({ models: [{ name: 'freed' }] });
    limits.reconcile(after, 0);
    expect(limits.levels(0)).toEqual([]);
    for (let index = 0; index < 10; index += 1) expect(limits.take(modelOf(after), 0)).toBe(true);
  });

  it('makes no bucket of the old limits for requests that began before a reload', () => {
    const limits = new ModelLimits();
    const before = limitedSnapshot({ maxRequests: 50, burstSize: 50 });
    limits.reconcile(limitedSnapshot({ maxRequests: 1, burstSize: 1 }), 0);
    expect([limits.take(modelOf(before), 0), limits.take(modelOf(before), 0)]).toEqual([true, false]);
  });
});
