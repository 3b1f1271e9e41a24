import { describe, expect, test } from 'vitest';
import type { BreakerPolicy, ModelEntry, RouterSnapshot } from '../../../src/config/snapshot.ts';
import { RouterError } from '../../../src/errors/router-error.ts';
import { anyModel } from '../../../src/routing/any-model.ts';
import { type AttemptOutcome, FIRST_PASS } from '../../../src/routing/circuit-breaker.ts';
import { TargetHealth } from '../../../src/routing/target-health.ts';
import { type ModelDraft, makeSnapshot, type SnapshotDraft } from '../../support/make-snapshot.ts';

const POLICY: BreakerPolicy = {
  failureThreshold: 2,
  errorRate: 0.5,
  minRequests: 20,
  windowSeconds: 30,
  cooldownSeconds: 30,
  halfOpenMaxRequests: 1,
};

const FAILED = new RouterError('upstream.failed', { upstreamStatus: 500 });

const snapshotOf = (models: readonly ModelDraft[], rest: SnapshotDraft = {}): RouterSnapshot => ({
  ...makeSnapshot({ models: models.map((model) => ({ breaker: POLICY, ...model })), ...rest }),
  breaker: POLICY,
});

function modelOf({ ranked }: RouterSnapshot, name = 'm'): ModelEntry {
  const model = ranked.find((candidate) => candidate.name === name);
  if (model === undefined) throw new Error(`no model ${name}`);
  return model;
}

function follow(snapshot: RouterSnapshot): TargetHealth {
  const health = new TargetHealth();
  health.reconcile(snapshot);
  return health;
}

function call(health: TargetHealth, model: ModelEntry, outcome: AttemptOutcome, now: number, error?: RouterError) {
  const pass = health.enter(model, now);
  if (pass !== undefined) health.leave(model, pass, outcome, now, error);
}

function open(health: TargetHealth, model: ModelEntry, now = 0): void {
  for (let count = 0; count < 2; count += 1) call(health, model, 'failure', now, FAILED);
}

describe('a model', () => {
  test('that never failed is not known', () => {
    const snapshot = snapshotOf([{ name: 'm' }]);
    const health = follow(snapshot);
    expect(health.enter(modelOf(snapshot), 0)).toBe(FIRST_PASS);
    health.leave(modelOf(snapshot), FIRST_PASS, 'success', 0);
    call(health, modelOf(snapshot), 'neutral', 0, new RouterError('client.closed'));
    expect(health.states(0)).toEqual([]);
    expect(health.restOf(modelOf(snapshot), 0)).toBeUndefined();
  });

  test('that fails too often rests, and says why and for how long', () => {
    const snapshot = snapshotOf([{ name: 'm' }, { name: 'other' }]);
    const health = follow(snapshot);
    open(health, modelOf(snapshot));
    expect(health.restOf(modelOf(snapshot), 10_000)).toEqual({
      detail: 'failed 2 times in a row',
      retryAfterMs: 20_000,
    });
    expect(health.enter(modelOf(snapshot), 10_000)).toBeUndefined();
    expect(health.restOf(modelOf(snapshot, 'other'), 10_000)).toBeUndefined();
    expect(health.states(10_000)).toEqual([
      {
        model: 'openai/m',
        breaker: 'open',
        failuresInRow: 2,
        calls: 2,
        failures: 2,
        rest: { detail: 'failed 2 times in a row', retryAfterMs: 20_000 },
        lastError: { code: 'upstream.failed', upstreamStatus: 500, agoMs: 10_000 },
      },
    ]);
  });

  test('that came in before anything was known may open its breaker', () => {
    const snapshot = snapshotOf([{ name: 'm' }]);
    const health = follow(snapshot);
    const passes = [health.enter(modelOf(snapshot), 0), health.enter(modelOf(snapshot), 0)];
    for (const pass of passes) health.leave(modelOf(snapshot), pass ?? 0, 'failure', 1, FAILED);
    expect(health.restOf(modelOf(snapshot), 1)).toBeDefined();
  });

  test('whose breaker is switched off never rests, but its last error is known', () => {
    const snapshot = snapshotOf([{ name: 'm', breaker: undefined }]);
    const health = follow(snapshot);
    for (let count = 0; count < 100; count += 1) call(health, modelOf(snapshot), 'failure', 0, FAILED);
    expect(health.restOf(modelOf(snapshot), 0)).toBeUndefined();
    expect(health.states(5)).toMatchObject([{ breaker: undefined, lastError: { code: 'upstream.failed', agoMs: 5 } }]);
  });

  test('whose key is refused does not rest for that, but the error is known', () => {
    const snapshot = snapshotOf([{ name: 'm' }]);
    const health = follow(snapshot);
    const refused = new RouterError('upstream.auth', { upstreamStatus: 401 });
    for (let count = 0; count < 100; count += 1) call(health, modelOf(snapshot), 'neutral', 0, refused);
    expect(health.states(0)).toMatchObject([{ breaker: 'closed', calls: 0, lastError: { upstreamStatus: 401 } }]);
  });

  test('may be tried at once where its rest is ended', () => {
    const snapshot = snapshotOf([{ name: 'm' }]);
    const health = follow(snapshot);
    open(health, modelOf(snapshot));
    expect(health.resting(1)).toEqual([modelOf(snapshot)]);
    health.endRest(modelOf(snapshot), 1);
    expect(health.resting(1)).toEqual([]);
    const trial = health.enter(modelOf(snapshot), 1);
    expect(health.enter(modelOf(snapshot), 1)).toBeUndefined();
    health.commit(modelOf(snapshot), trial ?? 0);
    expect(health.states(1)).toMatchObject([{ breaker: 'closed', rest: undefined }]);
  });
});

describe('a reload', () => {
  const before = snapshotOf([{ name: 'm' }]);

  test('keeps the rest of a model whose tags and priority change', () => {
    const health = follow(before);
    open(health, modelOf(before));
    const after = snapshotOf([{ name: 'm', tags: ['new'], priority: 9 }]);
    health.reconcile(after);
    expect(health.restOf(modelOf(after), 0)).toBeDefined();
    expect(health.restOf(modelOf(before), 0)).toBeDefined();
    expect(health.resting(0)).toEqual([modelOf(after)]);
  });

  test.each<[string, RouterSnapshot]>([
    ['another name at the provider', snapshotOf([{ name: 'm', remoteIdentifier: 'm-2' }])],
    ['another address', snapshotOf([{ name: 'm' }], { providers: [{ name: 'openai', fingerprint: 'elsewhere' }] })],
  ])('forgets what it knew of a model with %s, and does not listen to calls to the old one', (_what, after) => {
    const health = follow(before);
    open(health, modelOf(before));
    const late = health.enter(modelOf(before), 30_000);
    health.reconcile(after);
    expect(health.states(0)).toEqual([]);
    health.leave(modelOf(before), late ?? 0, 'failure', 30_000, FAILED);
    open(health, modelOf(before), 30_000);
    expect(health.states(0)).toEqual([]);
    open(health, modelOf(after), 30_000);
    open(health, modelOf(before), 30_000);
    expect(health.states(30_000)).toMatchObject([{ breaker: 'open', failures: 2 }]);
    expect(health.restOf(modelOf(before), 30_000)).toBeUndefined();
  });

  test('forgets a model that is gone', () => {
    const health = follow(before);
    open(health, modelOf(before));
    health.reconcile(snapshotOf([{ name: 'other' }]));
    open(health, modelOf(before));
    expect(health.states(0)).toEqual([]);
  });

  test('switches breakers off and on', () => {
    const health = follow(before);
    open(health, modelOf(before));
    health.reconcile(snapshotOf([{ name: 'm', breaker: undefined }]));
    expect(health.restOf(modelOf(before), 0)).toBeUndefined();
    health.reconcile(before);
    expect(health.restOf(modelOf(before), 0)).toBeUndefined();
    open(health, modelOf(before));
    expect(health.restOf(modelOf(before), 0)).toBeDefined();
  });
});

describe('models that the file does not list', () => {
  const listing = (isOpen: boolean): RouterSnapshot =>
    snapshotOf([{ name: 'm', provider: 'any' }], { providers: [{ name: 'any', anyModel: isOpen }] });
  const snapshot = listing(true);
  const provider = modelOf(snapshot).provider;
  const unlisted = (name: string): ModelEntry => anyModel(snapshot, provider, name);

  test('rest like others, as long as they may be asked for', () => {
    const health = follow(snapshot);
    open(health, unlisted('x'));
    expect(health.restOf(unlisted('x'), 0)).toBeDefined();
    health.reconcile(listing(true));
    expect(health.restOf(unlisted('x'), 0)).toBeDefined();
    health.reconcile(listing(false));
    expect(health.states(0)).toEqual([]);
  });

  test('are no more than a thousand; those that rest are kept longest, listed ones for ever', () => {
    const health = follow(snapshot);
    open(health, modelOf(snapshot));
    open(health, unlisted('rests'));
    for (let count = 0; count < 3000; count += 1) call(health, unlisted(`x${count}`), 'failure', 0, FAILED);
    expect(health.states(0)).toHaveLength(1001);
    expect(health.restOf(unlisted('rests'), 0)).toBeDefined();
    expect(health.restOf(modelOf(snapshot), 0)).toBeDefined();
    for (let count = 0; count < 3000; count += 1) open(health, unlisted(`y${count}`));
    expect(health.states(0)).toHaveLength(1001);
    expect(health.restOf(modelOf(snapshot), 0)).toBeDefined();
    expect(health.restOf(unlisted('y2999'), 0)).toBeDefined();
  });
});
