import { describe, expect, it } from 'vitest';
import { anyModel } from '../../../src/routing/any-model.ts';
import { UNLIMITED } from '../../../src/routing/limits/admission.ts';
import { makeProvider, makeSnapshot } from '../../support/make-snapshot.ts';
import { ExactPool } from './exact-limits.ts';
import { limitsOf, makeWorld, modelOf, needing, snapshotOf } from './limits-world.ts';

describe('ModelLimits.admit', () => {
  it('counts every model for itself', () => {
    const { limits } = makeWorld();
    const snapshot = snapshotOf({ a: { maxRequests: 2 }, b: { maxRequests: 2 } });
    const [a, b] = [modelOf(snapshot, 'a'), modelOf(snapshot, 'b')];
    const admit = (model: typeof a, now: number): boolean => limits.admit(model, needing(0), now) !== undefined;
    expect([admit(a, 0), admit(a, 0), admit(a, 0)]).toEqual([true, true, false]);
    expect(admit(b, 0)).toBe(true);
    expect(limits.msUntilAdmitted(a, needing(0), 0)).toBe(500);
    expect(limits.msUntilAdmitted(b, needing(0), 0)).toBe(0);
    expect(admit(a, 500)).toBe(true);
  });

  it('lets everything in where there is no limit, and keeps nothing about it', async () => {
    const { limits, admit, wait, time } = makeWorld();
    const snapshot = makeSnapshot({ models: [{ name: 'free' }], providers: [{ name: 'openai', anyModel: true }] });
    const free = snapshot.ranked.slice(0, 1);
    for (const model of [...free, anyModel(snapshot, makeProvider({ name: 'openai' }), 'other')]) {
      for (let index = 0; index < 1000; index += 1) expect(admit(model, 1e9)).toBe(UNLIMITED);
      expect(limits.msUntilAdmitted(model, needing(1e9), 0)).toBe(0);
      const asked = wait(model);
      await time.advance(0);
      expect(asked.admission).toBe(UNLIMITED);
    }
    expect(limits.levels(0)).toEqual([]);
  });

  it('reserves what a request may come to use, all or nothing', () => {
    const { limits, admit } = makeWorld();
    const model = modelOf(snapshotOf({ m: { maxRequests: 10, maxTokens: 200, perSeconds: 60 } }), 'm');
    const admitted = Array.from({ length: 5 }, () => admit(model, 100)).filter((admission) => admission !== undefined);
    expect(admitted).toHaveLength(2);
    // What was refused has cost no request either.
    expect(limits.levels(0)).toMatchObject([{ model: 'p/m', requests: { left: 8 }, tokens: { left: 0 } }]);
    expect(limits.msUntilAdmitted(model, needing(50), 0)).toBe(15_000);
  });

  it.each([
    ['the provider has seen nothing', { usedTokens: undefined, refund: 'all' }, { requests: 10, tokens: 200 }],
    ['the provider has counted the request alone', { usedTokens: 70, refund: 'tokens' }, { requests: 9, tokens: 200 }],
    ['less was used', { usedTokens: 30, refund: 'none' }, { requests: 9, tokens: 170 }],
    ['more was used', { usedTokens: 330.5, refund: 'none' }, { requests: 9, tokens: -131 }],
    ['nobody can say', { usedTokens: undefined, refund: 'none' }, { requests: 9, tokens: 100 }],
    ['the provider counts nonsense', { usedTokens: Number.NaN, refund: 'none' }, { requests: 9, tokens: 100 }],
    ['the provider counts less than nothing', { usedTokens: -5, refund: 'none' }, { requests: 9, tokens: 200 }],
    ['the provider counts without end', { usedTokens: 1e300, refund: 'none' }, { requests: 9, tokens: -1600 }],
  ] as const)('settles once, where %s', (_case, settlement, left) => {
    const { limits, admit } = makeWorld();
    const model = modelOf(
      snapshotOf({ m: { maxRequests: 10, maxTokens: 200, perSeconds: 60 } }, { maxTokens: 200 }),
      'm',
    );
    const admission = admit(model, 100);
    for (let time = 0; time < 3; time += 1) admission?.settle(settlement, 0);
    expect(limits.levels(0)).toMatchObject([
      { model: undefined, tokens: { left: left.tokens } },
      { model: 'p/m', requests: { left: left.requests }, tokens: { left: left.tokens } },
    ]);
  });

  it('lets a request that is larger than the whole bucket in when that is full, and it owes', () => {
    const { limits, admit } = makeWorld();
    const model = modelOf(snapshotOf({ m: { maxTokens: 100, perSeconds: 1 } }), 'm');
    const small = admit(model, 1);
    expect(admit(model, 300)).toBeUndefined();
    small?.settle({ usedTokens: 0, refund: 'none' }, 0);
    const large = admit(model, 300);
    expect(large).toBeDefined();
    expect(limits.msUntilAdmitted(model, needing(50), 0)).toBe(2500);
    large?.settle({ usedTokens: 120, refund: 'none' }, 0);
    expect(limits.msUntilAdmitted(model, needing(50), 0)).toBe(700);
  });

  it('counts calls under way until they are settled', () => {
    const { limits, admit } = makeWorld();
    const model = modelOf(snapshotOf({ m: { maxConcurrency: 2 } }), 'm');
    const first = admit(model);
    expect([admit(model), admit(model)].map((admission) => admission !== undefined)).toEqual([true, false]);
    first?.settle({ usedTokens: undefined, refund: 'none' }, 5);
    first?.settle({ usedTokens: undefined, refund: 'none' }, 5);
    expect([admit(model), admit(model)].map((admission) => admission !== undefined)).toEqual([true, false]);
    expect(limits.levels(0)).toMatchObject([{ calls: { underWay: 2, max: 2 } }]);
  });

  it('guesses from the length of calls when one of them will end', () => {
    const { limits, admit, time } = makeWorld();
    const model = modelOf(snapshotOf({ m: { maxConcurrency: 2 } }), 'm');
    expect(limits.msUntilAdmitted(model, needing(0), 0)).toBe(0);
    const [first] = [admit(model), admit(model)];
    expect(limits.msUntilAdmitted(model, needing(0), 0)).toBeGreaterThan(0);
    time.current = 8000;
    first?.settle({ usedTokens: undefined, refund: 'none' }, 8000);
    // A call that never began says nothing about the others.
    admit(model)?.settle({ usedTokens: 0, refund: 'all' }, 8000);
    admit(model);
    expect(limits.msUntilAdmitted(model, needing(0), 8000)).toBe(4000);
  });

  it('counts all models of a provider together, whether the file lists them or not', () => {
    const { limits, admit } = makeWorld();
    const snapshot = snapshotOf({ a: { maxRequests: 5 }, b: undefined }, { maxRequests: 3, maxConcurrency: 8 });
    const provider = snapshot.providers.get('p') ?? makeProvider({ name: 'p' });
    const models = [modelOf(snapshot, 'a'), modelOf(snapshot, 'b'), anyModel(snapshot, provider, 'unlisted')];
    expect(models.map((model) => admit(model) !== undefined)).toEqual([true, true, true]);
    expect(models.map((model) => admit(model) !== undefined)).toEqual([false, false, false]);
    expect(models.map((model) => limits.msUntilAdmitted(model, needing(0), 0))).toEqual([334, 334, 334]);
    // The model's own counter has not moved for the one that its provider refused.
    expect(limits.levels(0)).toMatchObject([
      { model: undefined, provider: 'p', requests: { left: 0 }, calls: { underWay: 3, max: 8 } },
      { model: 'p/a', requests: { left: 4 } },
    ]);
  });

  it('keeps one counter for any number of names that the file does not list', () => {
    const { limits, admit } = makeWorld();
    const snapshot = snapshotOf({}, { maxConcurrency: 1_000_000 });
    const provider = snapshot.providers.get('p') ?? makeProvider({ name: 'p' });
    for (let index = 0; index < 5000; index += 1) admit(anyModel(snapshot, provider, `name ${index}`));
    expect(limits.levels(0)).toMatchObject([{ calls: { underWay: 5000 } }]);
    expect(limits.levels(0)).toHaveLength(1);
  });

  it('admits exactly what there is in a million takes by 64 workers', async () => {
    const { limits } = makeWorld();
    const model = modelOf(snapshotOf({ m: { maxRequests: 50, burstSize: 500 } }), 'm');
    const workers = 64;
    const takesEach = 15_625;
    let ticks = 0;
    let admitted = 0;
    const work = async (): Promise<void> => {
      for (let index = 0; index < takesEach; index += 1) {
        ticks += 1;
        if (limits.admit(model, needing(0), ticks * 0.125) !== undefined) admitted += 1;
        if (index % 500 === 0) await Promise.resolve();
      }
    };
    await Promise.all(Array.from({ length: workers }, work));
    expect(ticks).toBe(1_000_000);
    // Eight takes a millisecond keep the bucket empty, so that every token that came into being has gone.
    const seconds = ((ticks - 1) * 0.125) / 1000;
    expect(admitted).toBe(500 + Math.floor(seconds * 50));
  });

  it('admits in a million takes by 64 workers exactly what six counters allow', async () => {
    const { limits } = makeWorld();
    const ofModel = { maxRequests: 400, burstSize: 500, maxTokens: 20_000, maxConcurrency: 40 };
    const ofProvider = { maxRequests: 700, burstSize: 800, maxTokens: 30_000, maxConcurrency: 50 };
    const snapshot = snapshotOf({ a: ofModel, b: undefined }, ofProvider);
    const shared = new ExactPool(limitsOf(ofProvider));
    const ways = [
      { model: modelOf(snapshot, 'a'), pools: [shared, new ExactPool(limitsOf(ofModel))] },
      { model: modelOf(snapshot, 'b'), pools: [shared] },
    ];
    const random = seeded(7);
    let ticks = 0;
    const counts = { admitted: 0, refused: 0, wrong: 0 };
    const work = async (): Promise<void> => {
      const held: (() => void)[] = [];
      for (let index = 0; index < 15_625; index += 1) {
        ticks += 1;
        const way = ways[random(2)];
        const tokens = 1 + random(120);
        const admission = way && limits.admit(way.model, needing(tokens), ticks / 8);
        const isRoom = way?.pools.every((pool) => pool.hasRoom(tokens, ticks * 125));
        if ((admission !== undefined) !== isRoom) counts.wrong += 1;
        counts[admission === undefined ? 'refused' : 'admitted'] += 1;
        if (admission !== undefined) for (const pool of way?.pools ?? []) pool.take(tokens);
        if (admission !== undefined) {
          const usedTokens = random(150);
          held.push(() => {
            admission.settle({ usedTokens, refund: 'none' }, ticks / 8);
            for (const pool of way?.pools ?? []) pool.settle(tokens, usedTokens, ticks * 125);
          });
        }
        if (random(40) === 0) held.shift()?.();
        if (index % 50 === 0) await Promise.resolve();
      }
      for (const end of held) end();
    };
    await Promise.all(Array.from({ length: 64 }, work));
    expect(ticks).toBe(1_000_000);
    expect(counts.wrong).toBe(0);
    expect(counts.admitted).toBeGreaterThan(5000);
    expect(counts.refused).toBeGreaterThan(5000);
  });
});

/** Whole numbers below `bound`, the same ones in every run. */
function seeded(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

describe('ModelLimits.reconcile', () => {
  it('keeps the level of unchanged limits', () => {
    const { limits, admit } = makeWorld();
    admit(modelOf(snapshotOf({ m: { maxRequests: 2 } }), 'm'));
    limits.reconcile(snapshotOf({ m: { maxRequests: 2, maxWaitMs: 5 } }), 100);
    expect(limits.levels(100)).toMatchObject([{ model: 'p/m', requests: { left: 1.2, burstSize: 2 } }]);
  });

  it('keeps the fraction that is full of changed ones, and of those that stay beside new ones', () => {
    const { limits, admit } = makeWorld();
    admit(modelOf(snapshotOf({ m: { maxRequests: 2, maxTokens: 100 } }, { maxTokens: 1000 }), 'm'), 25);
    limits.reconcile(snapshotOf({ m: { maxRequests: 100, maxTokens: 200 } }, { maxTokens: 10, maxRequests: 7 }), 0);
    expect(limits.levels(0)).toEqual([
      {
        provider: 'p',
        model: undefined,
        waiting: 0,
        requests: { left: 7, burstSize: 7, refillSize: 7, perSeconds: 1 },
        tokens: { left: 9.75, burstSize: 10, refillSize: 10, perSeconds: 1 },
        calls: undefined,
      },
      {
        provider: 'p',
        model: 'p/m',
        waiting: 0,
        requests: { left: 50, burstSize: 100, refillSize: 100, perSeconds: 1 },
        tokens: { left: 150, burstSize: 200, refillSize: 200, perSeconds: 1 },
        calls: undefined,
      },
    ]);
  });

  it('goes on counting calls under way, also those that a new limit finds', () => {
    const { limits, admit } = makeWorld();
    const before = modelOf(snapshotOf({ m: { maxRequests: 9 } }), 'm');
    const calls = [admit(before), admit(before)];
    const next = snapshotOf({ m: { maxRequests: 9, maxConcurrency: 2 } });
    limits.reconcile(next, 0);
    expect(admit(modelOf(next, 'm'))).toBeUndefined();
    limits.reconcile(snapshotOf({ m: { maxRequests: 9, maxConcurrency: 3 } }), 0);
    expect(admit(modelOf(next, 'm'))).toBeDefined();
    for (const call of calls) call?.settle({ usedTokens: undefined, refund: 'none' }, 0);
    expect(limits.levels(0)).toMatchObject([{ calls: { underWay: 1, max: 3 } }]);
  });

  it('forgets limits that are gone, and a call of theirs that ends later harms nobody', () => {
    const { limits, admit } = makeWorld();
    const before = snapshotOf({ gone: { maxRequests: 1 }, freed: { maxRequests: 1 } }, { maxRequests: 9 });
    const calls = [admit(modelOf(before, 'gone')), admit(modelOf(before, 'freed'))];
    const after = snapshotOf({ freed: undefined });
    limits.reconcile(after, 0);
    expect(limits.levels(0)).toEqual([]);
    for (const call of calls) call?.settle({ usedTokens: 5, refund: 'all' }, 0);
    for (let index = 0; index < 10; index += 1) expect(admit(modelOf(after, 'freed'))).toBe(UNLIMITED);
    // A request that began before the reload finds no limits either.
    for (let index = 0; index < 10; index += 1) expect(admit(modelOf(before, 'freed'))).toBeDefined();
    expect(limits.levels(0)).toEqual([]);
  });

  it('makes no counter of the old limits for requests that began before a reload', () => {
    const { limits, admit } = makeWorld();
    const before = modelOf(snapshotOf({ m: { maxRequests: 50 } }, { maxRequests: 50 }), 'm');
    limits.reconcile(snapshotOf({ m: { maxRequests: 1 } }, { maxRequests: 9 }), 0);
    expect([admit(before) !== undefined, admit(before) !== undefined]).toEqual([true, false]);
    expect(limits.levels(0)).toMatchObject([{ requests: { burstSize: 9 } }, { requests: { burstSize: 1 } }]);
  });

  it('lets those in at once whose limit is gone or larger now', async () => {
    const { limits, admit, wait, time } = makeWorld();
    const before = snapshotOf({ a: { maxConcurrency: 1 }, b: { maxConcurrency: 1 } });
    const [a, b] = [modelOf(before, 'a'), modelOf(before, 'b')];
    admit(a);
    admit(b);
    const waiting = [wait(a), wait(b), wait(b)];
    await time.advance(10);
    limits.reconcile(snapshotOf({ a: undefined, b: { maxConcurrency: 2 } }), 10);
    await time.advance(0);
    expect(waiting.map(({ outcome }) => outcome)).toEqual(['admitted', 'admitted', 'waits']);
  });
});
