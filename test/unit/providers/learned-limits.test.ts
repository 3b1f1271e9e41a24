import { expect, onTestFinished, test, vi } from 'vitest';
import type { LearnedLimit, LearnedLimitStore } from '../../../src/canonical/learned-limit.ts';
import { NO_NEEDS } from '../../../src/canonical/needs.ts';
import { RouterError } from '../../../src/errors/router-error.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { KeyRing } from '../../../src/providers/key-ring.ts';
import type { LearnedByProvider } from '../../../src/providers/learned-limits.ts';
import { LearnedLimits } from '../../../src/providers/learned-limits.ts';

const WALL = Date.UTC(2026, 10, 20, 12, 0, 0);
const clock = { now: () => 0, wallTime: () => WALL };

const REST: LearnedByProvider = {
  provider: 'p',
  keyId: 'k',
  model: '',
  name: 'quota',
  unit: 'rest',
  limit: undefined,
  remaining: 0,
  isSteady: false,
  resetMs: 60_000,
};

/** Keeps what is saved in memory; `fails` makes it throw. */
class ListStore implements LearnedLimitStore {
  saved: readonly LearnedLimit[][] = [];
  fails = false;
  isClosed = false;

  load(): readonly LearnedLimit[] {
    if (this.fails) throw new Error('disk');
    return this.saved.at(-1) ?? [];
  }

  save(limits: readonly LearnedLimit[]): void {
    if (this.fails) throw new Error('disk');
    this.saved = [...this.saved, [...limits]];
  }

  close(): void {
    this.isClosed = true;
  }
}

function setUp(collected: readonly LearnedByProvider[]) {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const store = new ListStore();
  const errors: unknown[] = [];
  const options = { clock, store, onError: (error: unknown) => errors.push(error) };
  return { store, errors, learned: new LearnedLimits(options, () => collected) };
}

test('many changes are one save, at most every two seconds', () => {
  const { store, learned } = setUp([REST]);
  for (let change = 0; change < 100; change += 1) learned.changed();
  vi.advanceTimersByTime(1999);
  expect(store.saved).toEqual([]);
  vi.advanceTimersByTime(1);
  const { resetMs: _, ...row } = REST;
  expect(store.saved).toEqual([[{ ...row, resetsAt: WALL + 60_000 }]]);
  vi.advanceTimersByTime(60_000);
  expect(store.saved).toHaveLength(1);
  learned.changed();
  vi.advanceTimersByTime(2000);
  expect(store.saved).toHaveLength(2);
});

test('what has not been saved is at the end, and nothing is written where nothing has changed', () => {
  const changed = setUp([REST]);
  changed.learned.changed();
  changed.learned.close();
  expect([changed.store.saved.length, changed.store.isClosed]).toEqual([1, true]);
  const quiet = setUp([REST]);
  quiet.learned.close();
  expect([quiet.store.saved.length, quiet.store.isClosed]).toEqual([0, true]);
});

test('of very many only those that last longest are kept', () => {
  const many = Array.from({ length: 5000 }, (_, index) => ({ ...REST, model: `m${index}`, resetMs: index + 1 }));
  const { store, learned } = setUp(many);
  learned.changed();
  vi.advanceTimersByTime(2000);
  expect(store.saved[0]).toHaveLength(4096);
  expect(store.saved[0]?.[0]?.model).toBe('m4999');
});

test('what is over is not loaded, and a store that fails is told and tried again', () => {
  const { store, errors, learned } = setUp([REST]);
  store.save([
    { ...REST, resetsAt: WALL + 5000 },
    { ...REST, resetsAt: WALL },
  ]);
  expect(learned.load().map(({ resetMs }) => resetMs)).toEqual([5000]);
  store.fails = true;
  expect(learned.load()).toEqual([]);
  learned.changed();
  vi.advanceTimersByTime(2000);
  expect(errors).toHaveLength(2);
  store.fails = false;
  learned.changed();
  vi.advanceTimersByTime(2000);
  expect(store.saved).toHaveLength(2);
});

test('a ring gives back in another run what it has learned, but not what it merely suspects', () => {
  const ring = () => new KeyRing([new Secret('a'), new Secret('b')]);
  const first = ring();
  const [a, b] = [first.pick(0, 'p/m'), first.pick(0, 'p/m')];
  if (a === undefined || b === undefined) throw new Error('no key');
  first.report(a, 'p/m', new RouterError('upstream.rate_limited', { retryAfterMs: 60_000 }), 0);
  first.report(a, 'p/other', new RouterError('upstream.auth', { upstreamStatus: 403 }), 0);
  first.observe(
    b,
    'p/m',
    [{ name: 'w', unit: 'requests', limit: 10, remaining: 1, resetMs: 30_000, isSteady: false }],
    0,
  );
  const second = ring();
  second.restore(first.learned(10_000), 500_000);
  expect(second.msUntilKey('p/other', NO_NEEDS, 500_000)).toBe(0);
  expect(second.pick(500_000, 'p/m')?.id).toBe(b.id);
  expect(second.pick(500_000, 'p/m')).toBeUndefined();
  expect(second.msUntilKey('p/m', NO_NEEDS, 500_000)).toBe(20_000);
  expect(second.soonestRest('p/m', 500_000)).toBeUndefined();
  expect(second.msUntilKey('p/m', NO_NEEDS, 520_000)).toBe(0);
  expect(first.learned(59_000)).toEqual([]);
});
