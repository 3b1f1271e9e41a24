import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BreakerPolicy } from '../../../src/config/snapshot.ts';
import {
  type AttemptOutcome,
  type BreakerPass,
  type BreakerState,
  CircuitBreaker,
} from '../../../src/routing/circuit-breaker.ts';

const POLICY: BreakerPolicy = {
  failureThreshold: 5,
  errorRate: 0.5,
  minRequests: 20,
  windowSeconds: 30,
  cooldownSeconds: 30,
  halfOpenMaxRequests: 1,
};

const LIMIT_MS = 600_000;

const make = (policy: Partial<BreakerPolicy> = {}): CircuitBreaker => new CircuitBreaker({ ...POLICY, ...policy });

/** One call from its beginning to its end; false where it was not let in. */
function call(breaker: CircuitBreaker, outcome: AttemptOutcome, now: number): boolean {
  const pass = breaker.enter(now, LIMIT_MS);
  if (pass === undefined) return false;
  breaker.leave(pass, outcome, now);
  return true;
}

function failTimes(breaker: CircuitBreaker, count: number, now: number): void {
  for (let done = 0; done < count; done += 1) call(breaker, 'failure', now);
}

describe('a closed breaker', () => {
  test('opens with the fifth failure in a row, not with the fourth', () => {
    const breaker = make();
    failTimes(breaker, 4, 0);
    expect(breaker.state(0)).toBe('closed');
    failTimes(breaker, 1, 0);
    expect(breaker.state(0)).toBe('open');
    expect(breaker.reason).toBe('failed 5 times in a row');
    expect(breaker.enter(29_999, LIMIT_MS)).toBeUndefined();
    expect(breaker.msUntilEntry(10_000)).toBe(20_000);
  });

  test('forgets the row with a success, not with what says nothing about the model', () => {
    const breaker = make();
    failTimes(breaker, 4, 0);
    call(breaker, 'success', 0);
    failTimes(breaker, 4, 0);
    for (let count = 0; count < 10; count += 1) call(breaker, 'neutral', 0);
    expect(breaker.state(0)).toBe('closed');
    failTimes(breaker, 1, 0);
    expect(breaker.state(0)).toBe('open');
  });

  test('opens where half of at least 20 calls within the window fail', () => {
    const breaker = make();
    for (let count = 0; count < 9; count += 1) {
      call(breaker, 'success', 1000);
      call(breaker, 'failure', 1000);
    }
    call(breaker, 'success', 1000);
    expect(breaker.state(1000)).toBe('closed');
    call(breaker, 'failure', 1000);
    expect(breaker.state(1000)).toBe('open');
    expect(breaker.reason).toBe('failed in 10 of the 20 calls of 30 s');
  });

  test('does not mind as many failures that lie further apart', () => {
    const breaker = make();
    for (let count = 0; count < 100; count += 1) {
      call(breaker, 'success', count * 4000);
      call(breaker, 'failure', count * 4000);
    }
    expect(breaker.state(400_000)).toBe('closed');
  });
});

describe('an open breaker', () => {
  test('lets one call in after the cool-down, and all when that one has begun to answer', () => {
    const breaker = make();
    failTimes(breaker, 5, 0);
    const trial = breaker.enter(30_000, LIMIT_MS) as BreakerPass;
    expect(breaker.state(30_000)).toBe('half-open');
    expect(breaker.enter(30_000, LIMIT_MS)).toBeUndefined();
    expect(breaker.msUntilEntry(30_000)).toBeGreaterThan(0);
    breaker.commit(trial);
    expect(breaker.state(30_000)).toBe('closed');
    expect(breaker.enter(30_000, LIMIT_MS)).toBeDefined();
    breaker.leave(trial, 'failure', 31_000);
    expect([breaker.state(31_000), breaker.failuresInRow]).toEqual(['closed', 1]);
  });

  test('rests twice as long after every failed trial, up to ten times the cool-down, and starts over after a success', () => {
    const breaker = make({ cooldownSeconds: 1 });
    failTimes(breaker, 5, 0);
    let now = 0;
    const rests = [];
    for (let trial = 0; trial < 6; trial += 1) {
      const restMs = breaker.msUntilEntry(now);
      rests.push(restMs);
      now += restMs;
      call(breaker, 'failure', now);
    }
    expect(rests).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
    now += breaker.msUntilEntry(now);
    call(breaker, 'success', now);
    failTimes(breaker, 5, now);
    expect(breaker.msUntilEntry(now)).toBe(1000);
  });

  test('gives the place of a trial that says nothing to the next call', () => {
    const breaker = make();
    failTimes(breaker, 5, 0);
    expect(call(breaker, 'neutral', 30_000)).toBe(true);
    expect(breaker.state(30_000)).toBe('half-open');
    expect(call(breaker, 'success', 30_000)).toBe(true);
    expect(breaker.state(30_000)).toBe('closed');
  });

  test('does not listen to calls that came in before it opened', () => {
    const breaker = make();
    const early = Array.from({ length: 3 }, () => breaker.enter(0, LIMIT_MS) as BreakerPass);
    failTimes(breaker, 5, 0);
    breaker.leave(early[0] ?? 0, 'success', 1);
    expect(breaker.state(1)).toBe('open');
    const trial = breaker.enter(30_000, LIMIT_MS) as BreakerPass;
    breaker.leave(early[1] ?? 0, 'failure', 30_001);
    breaker.commit(early[2] ?? 0);
    expect(breaker.state(30_001)).toBe('half-open');
    expect(breaker.enter(30_001, LIMIT_MS)).toBeUndefined();
    breaker.leave(trial, 'success', 30_002);
    expect(breaker.state(30_002)).toBe('closed');
  });

  test('frees the place of a trial that never reports, and does not believe it afterwards', () => {
    const breaker = make();
    failTimes(breaker, 5, 0);
    const lost = breaker.enter(30_000, 1000) as BreakerPass;
    expect(breaker.enter(30_999, 1000)).toBeUndefined();
    const next = breaker.enter(31_000, 1000) as BreakerPass;
    breaker.leave(lost, 'success', 31_001);
    expect(breaker.enter(31_001, 1000)).toBeUndefined();
    breaker.leave(next, 'failure', 31_002);
    expect(breaker.state(31_002)).toBe('open');
  });

  test('may be tried at once where its cool-down is ended, and closes only when that succeeds', () => {
    const breaker = make();
    failTimes(breaker, 5, 0);
    breaker.endCooldown(10);
    expect(breaker.state(10)).toBe('half-open');
    expect(call(breaker, 'failure', 10)).toBe(true);
    expect(breaker.msUntilEntry(10)).toBe(60_000);
  });

  test('follows a shorter cool-down at once', () => {
    const breaker = make();
    failTimes(breaker, 5, 0);
    breaker.follow({ ...POLICY, cooldownSeconds: 10 });
    expect(breaker.msUntilEntry(4000)).toBe(6000);
    breaker.follow({ ...POLICY, cooldownSeconds: 600, windowSeconds: 60 });
    expect(breaker.msUntilEntry(4000)).toBe(6000);
  });
});

/** The breaker by its definition: remembers everything and counts anew each time. */
class Oracle {
  state: 'closed' | 'resting' | 'trying' = 'closed';
  readonly #policy: BreakerPolicy;
  #results: { readonly at: number; readonly isFailure: boolean }[] = [];
  #restsUntil = 0;
  #openings = 0;
  /** Calls that may still speak for this period, with the time until which a trial may. */
  #heard = new Map<object, number>();

  constructor(policy: BreakerPolicy) {
    this.#policy = policy;
  }

  stateAt(now: number): BreakerState {
    if (this.state === 'resting' && now >= this.#restsUntil) this.state = 'trying';
    return this.state === 'closed' ? 'closed' : this.state === 'resting' ? 'open' : 'half-open';
  }

  get trials(): number {
    return this.state === 'trying' ? this.#heard.size : 0;
  }

  enter(now: number, limitMs: number, who: object): boolean {
    const state = this.stateAt(now);
    if (state === 'open') return false;
    if (state === 'half-open' && this.#heard.size >= this.#policy.halfOpenMaxRequests) {
      if (now < Math.max(...this.#heard.values())) return false;
      this.#heard.clear();
    }
    this.#heard.set(who, now + limitMs);
    return true;
  }

  commit(who: object): void {
    if (this.state === 'trying' && this.#heard.has(who)) this.#close();
  }

  leave(who: object, outcome: AttemptOutcome, now: number): void {
    if (!this.#heard.delete(who) || outcome === 'neutral') return;
    if (this.state === 'trying') {
      if (outcome === 'success') this.#close();
      else this.#rest(now);
      return;
    }
    this.#results.push({ at: now, isFailure: outcome === 'failure' });
    if (outcome === 'failure' && this.#hasCause(now)) this.#rest(now);
  }

  endCooldown(now: number): void {
    if (this.state === 'resting') this.#restsUntil = Math.min(this.#restsUntil, now);
  }

  #hasCause(now: number): boolean {
    const { failureThreshold, errorRate, minRequests, windowSeconds } = this.#policy;
    const row = this.#results.length - 1 - this.#results.findLastIndex((result) => !result.isFailure);
    const tenth = (at: number): number => Math.floor((at / (windowSeconds * 1000)) * 10);
    const recent = this.#results.filter(({ at }) => tenth(at) > tenth(now) - 10);
    const failures = recent.filter((result) => result.isFailure).length;
    return row >= failureThreshold || (recent.length >= minRequests && failures >= errorRate * recent.length);
  }

  #rest(now: number): void {
    this.state = 'resting';
    this.#openings += 1;
    this.#restsUntil = now + this.#policy.cooldownSeconds * 1000 * Math.min(10, 2 ** (this.#openings - 1));
    this.#heard.clear();
  }

  #close(): void {
    this.state = 'closed';
    this.#openings = 0;
    this.#results = [];
  }
}

type Step =
  | { readonly kind: 'enter' | 'commit' | 'endCooldown' }
  | { readonly kind: 'leave'; readonly outcome: AttemptOutcome; readonly which: number }
  | { readonly kind: 'wait'; readonly ms: number };

const policies: fc.Arbitrary<BreakerPolicy> = fc.record({
  failureThreshold: fc.integer({ min: 1, max: 6 }),
  errorRate: fc.constantFrom(0.2, 0.5, 0.75, 1),
  minRequests: fc.integer({ min: 1, max: 12 }),
  windowSeconds: fc.constantFrom(0.5, 1, 4),
  cooldownSeconds: fc.constantFrom(0.2, 1, 3),
  halfOpenMaxRequests: fc.integer({ min: 1, max: 3 }),
});

const leaves = (outcome: fc.Arbitrary<AttemptOutcome>): fc.Arbitrary<Step> =>
  fc.record({ kind: fc.constant('leave' as const), outcome, which: fc.nat() });

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Step>({ kind: 'enter' }) },
    { weight: 3, arbitrary: leaves(fc.constant('failure')) },
    { weight: 2, arbitrary: leaves(fc.constantFrom('success', 'neutral', 'failure')) },
    { weight: 1, arbitrary: fc.constantFrom<Step>({ kind: 'commit' }, { kind: 'endCooldown' }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.oneof(fc.nat(60), fc.nat(4000)) }) },
  ),
  { maxLength: 300, size: 'max' },
);

const TRIAL_LIMIT_MS = 700;

test('any sequence of calls: it does what its definition says', () => {
  fc.assert(
    fc.property(policies, steps, (policy, sequence) => {
      const breaker = new CircuitBreaker(policy);
      const oracle = new Oracle(policy);
      const callers: { readonly pass: BreakerPass }[] = [];
      let now = 0;
      let agrees = true;
      const play: { readonly [Kind in Step['kind']]: (step: Extract<Step, { kind: Kind }>) => void } = {
        wait: ({ ms }) => {
          now += ms;
        },
        enter: () => {
          const isFree = breaker.msUntilEntry(now) === 0;
          const pass = breaker.enter(now, TRIAL_LIMIT_MS);
          const caller = { pass: pass ?? -1 };
          const isExpected = oracle.enter(now, TRIAL_LIMIT_MS, caller);
          agrees &&= isFree === (pass !== undefined) && isExpected === (pass !== undefined);
          if (pass !== undefined) callers.push(caller);
        },
        commit: () => {
          const caller = callers.at(-1);
          if (caller === undefined) return;
          breaker.commit(caller.pass);
          oracle.commit(caller);
        },
        leave: ({ outcome, which }) => {
          const [caller] = callers.splice(which % Math.max(1, callers.length), 1);
          if (caller === undefined) return;
          breaker.leave(caller.pass, outcome, now);
          oracle.leave(caller, outcome, now);
        },
        endCooldown: () => {
          breaker.endCooldown(now);
          oracle.endCooldown(now);
        },
      };
      for (const step of sequence) {
        (play[step.kind] as (step: Step) => void)(step);
        agrees &&= breaker.state(now) === oracle.stateAt(now) && oracle.trials <= policy.halfOpenMaxRequests;
      }
      return agrees;
    }),
    { numRuns: 300 },
  );
});
