import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { RateLimits } from '../../../src/providers/rate-limits.ts';
import type { Admission } from '../../../src/routing/limits/admission.ts';
import { settled } from '../../support/stepped-time.ts';
import { ExactPool } from './exact-limits.ts';
import { type Asked, limitsOf, makeWorld, modelOf, needing, snapshotOf } from './limits-world.ts';

/** Whole quarters of a millisecond are whole microseconds. */
const QUARTER_MS = 0.25;

const limitsDraft = fc.record(
  {
    maxRequests: fc.integer({ min: 1, max: 20 }),
    maxTokens: fc.integer({ min: 20, max: 400 }),
    maxConcurrency: fc.integer({ min: 1, max: 5 }),
  },
  { requiredKeys: [] },
);

const acts = fc.array(
  fc.record({
    quarters: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 400 })),
    kind: fc.constantFrom('admit', 'admit', 'wait', 'wait', 'wait', 'settle', 'settle', 'leave'),
    model: fc.constantFrom('a', 'b', 'c'),
    tokens: fc.integer({ min: 0, max: 500 }),
    used: fc.integer({ min: 0, max: 500 }),
    place: fc.nat(),
  }),
  { maxLength: 60, size: 'max' },
);

interface Held {
  readonly admission: Admission;
  readonly pools: readonly ExactPool[];
  readonly tokens: number;
}

interface Waiting {
  readonly asked: Asked;
  readonly model: string;
  readonly tokens: number;
}

class Play {
  readonly world = makeWorld();
  readonly held: Held[] = [];
  waiting: Waiting[] = [];
  admittedAfterWaiting = 0;
  readonly #snapshot: ReturnType<typeof snapshotOf>;
  readonly #pools: ReadonlyMap<string, readonly ExactPool[]>;

  constructor(models: Readonly<Record<string, Partial<RateLimits>>>, provider: Partial<RateLimits>) {
    this.#snapshot = snapshotOf(models, provider);
    const shared = new ExactPool(limitsOf(provider));
    const own = ([name, limits]: [string, Partial<RateLimits>]): [string, ExactPool[]] => [
      name,
      [new ExactPool(limitsOf(limits)), shared],
    ];
    this.#pools = new Map(Object.entries(models).map(own));
  }

  admit(model: string, tokens: number): void {
    const admission = this.world.admit(modelOf(this.#snapshot, model), tokens);
    if (admission === undefined) return;
    expect(this.waiting.filter((other) => other.model === model)).toEqual([]);
    this.#hold(model, tokens, admission);
  }

  wait(model: string, tokens: number, withinMs?: number): void {
    this.waiting.push({ asked: this.world.wait(modelOf(this.#snapshot, model), tokens, withinMs), model, tokens });
  }

  settle(place: number, usedTokens: number): void {
    const [ended] = this.held.splice(place % Math.max(1, this.held.length), 1);
    if (ended === undefined) return;
    const now = this.world.time.current;
    for (const pool of ended.pools) pool.settle(ended.tokens, usedTokens, now * 1000);
    ended.admission.settle({ usedTokens, refund: 'none' }, now);
  }

  leave(place: number): void {
    this.waiting[place % Math.max(1, this.waiting.length)]?.asked.cancel();
  }

  /** From timer to timer, so that whoever is let in is looked at before time goes on. */
  async advance(ms: number): Promise<void> {
    const { time } = this.world;
    const end = time.current + ms;
    await this.#collect();
    for (let due = time.nextDueAt; due !== undefined && due <= end; due = time.nextDueAt) {
      await time.advance(due - time.current);
      await this.#collect();
    }
    await time.advance(end - time.current);
    await this.#collect();
  }

  /** Those who have been let in, in that order: first come first served at each model, within every limit. */
  async #collect(): Promise<void> {
    await settled();
    const admitted = this.waiting.filter(({ asked }) => asked.outcome === 'admitted');
    for (const { asked, model, tokens } of admitted.sort((one, other) => one.asked.order - other.asked.order)) {
      if (asked.admission === undefined) throw new Error('let in without an admission');
      const before = this.waiting.find((other) => other.model === model && other.asked.outcome !== 'refused');
      expect(before?.asked).toBe(asked);
      this.waiting = this.waiting.filter((other) => other.asked !== asked);
      this.#hold(model, tokens, asked.admission);
      this.admittedAfterWaiting += 1;
    }
    this.waiting = this.waiting.filter(({ asked }) => asked.outcome === 'waits');
  }

  #hold(model: string, tokens: number, admission: Admission): void {
    const pools = this.#pools.get(model) ?? [];
    for (const pool of pools) expect(pool.hasRoom(tokens, this.world.time.current * 1000)).toBe(true);
    for (const pool of pools) pool.take(tokens);
    this.held.push({ admission, pools, tokens });
  }
}

it('lets in only what every limit has room for, in the order of arrival, and forgets nobody', async () => {
  let admittedAfterWaiting = 0;
  const drafts = fc.record({ a: limitsDraft, b: limitsDraft, c: fc.constant({}) });
  const property = fc.asyncProperty(drafts, limitsDraft, acts, async (models, provider, steps) => {
    const play = new Play(models, provider);
    for (const { quarters, kind, model, tokens, used, place } of steps) {
      await play.advance(quarters * QUARTER_MS);
      if (kind === 'admit') play.admit(model, tokens);
      else if (kind === 'wait') play.wait(model, tokens, place % 3 === 0 ? place % 5000 : undefined);
      else if (kind === 'settle') play.settle(place, used);
      else play.leave(place);
    }
    // Where every call ends some day, nobody waits for ever.
    for (let round = 0; round < 200 && (play.held.length > 0 || play.waiting.length > 0); round += 1) {
      await play.advance(1000);
      for (let ends = play.held.length; ends > 0; ends -= 1) {
        play.settle(0, 0);
        await play.advance(0);
      }
    }
    await play.advance(0);
    expect(play.waiting).toEqual([]);
    expect(play.world.time.pending).toBe(0);
    for (const level of play.world.limits.levels(play.world.time.current)) {
      expect(level.waiting).toBe(0);
      expect(level.calls?.underWay ?? 0).toBe(0);
    }
    admittedAfterWaiting += play.admittedAfterWaiting;
  });
  await fc.assert(property, { numRuns: 300 });
  expect(admittedAfterWaiting).toBeGreaterThan(500);
});

it('says to the millisecond when a request will be let in, if nobody else comes', () => {
  const request = fc.record({ tokens: fc.integer({ min: 0, max: 500 }), used: fc.integer({ min: 0, max: 500 }) });
  const timed = fc.record({
    maxRequests: fc.integer({ min: 1, max: 20 }),
    maxTokens: fc.integer({ min: 20, max: 400 }),
  });
  const before = fc.array(request, { minLength: 1, maxLength: 20 });
  let waits = 0;
  fc.assert(
    fc.property(timed, timed, before, fc.nat(600), fc.nat(1e6), (own, provider, requests, tokens, startMs) => {
      const { limits } = makeWorld();
      const model = modelOf(snapshotOf({ m: own }, provider), 'm');
      for (const { tokens: reserved, used } of requests) {
        limits.admit(model, needing(reserved), startMs)?.settle({ usedTokens: used, refund: 'none' }, startMs);
      }
      const waitMs = limits.msUntilAdmitted(model, needing(tokens), startMs);
      if (waitMs > 0) expect(limits.admit(model, needing(tokens), startMs + waitMs - 1)).toBeUndefined();
      expect(limits.admit(model, needing(tokens), startMs + waitMs)).toBeDefined();
      waits += waitMs > 0 ? 1 : 0;
    }),
    { numRuns: 500 },
  );
  expect(waits).toBeGreaterThan(100);
});
