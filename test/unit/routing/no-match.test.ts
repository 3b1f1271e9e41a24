import { describe, expect, it } from 'vitest';
import { NO_NEEDS } from '../../../src/canonical/needs.ts';
import type { RouterError } from '../../../src/errors/router-error.ts';
import { buildQuery, type Question } from '../../../src/routing/build-query.ts';
import type { SelectionContext } from '../../../src/routing/decision.ts';
import { exhaustedError, noMatchError } from '../../../src/routing/no-match.ts';
import { decide } from '../../../src/routing/router-engine.ts';
import { IDLE_STATE } from '../../../src/routing/routing-state.ts';
import { makeSnapshot } from '../../support/make-snapshot.ts';

const snapshot = makeSnapshot({
  providers: [
    { name: 'broken', unavailable: 'BROKEN_KEY is not set' },
    { name: 'deaf', unavailable: 'DEAF_KEY is not set' },
  ],
  models: [
    { name: 'one', tags: ['chat', 'coding'], priority: 9, abilities: { image: false } },
    { name: 'two', tags: ['chat', 'coding', 'fast'], abilities: { image: false } },
    { name: 'three', tags: ['chat', 'local'], contextWindow: 1000 },
    { name: 'off', tags: ['chat', 'retired'], isActive: false },
    { name: 'mute', provider: 'broken', tags: ['chat'] },
    { name: 'twin', provider: 'broken' },
    { name: 'twin', provider: 'deaf' },
    { name: 'mixed', provider: 'deaf' },
    { name: 'mixed', provider: 'openai', tags: ['chat'] },
  ],
});

function errorOf(question: Partial<Question>, facts: Partial<SelectionContext> = {}, from = snapshot): RouterError {
  const query = buildQuery(from, { modelName: undefined, selections: [], ...question });
  const context = { needs: NO_NEEDS, permits: undefined, state: IDLE_STATE, now: 0, ...facts };
  const decision = decide(from, query, context);
  expect([decision.candidates, decision.limited]).toEqual([[], []]);
  return noMatchError(from, query, context);
}

const wide = { ...NO_NEEDS, textLength: 100_000 };
const image = { ...NO_NEEDS, abilities: new Set(['image'] as const) };

describe('noMatchError', () => {
  it.each<[string, Partial<Question>, Partial<SelectionContext>, string, string]>([
    [
      'a tag that nothing has',
      { modelName: 'tag:zebra' },
      {},
      'route.no_candidate',
      'No model has the tag `zebra`: it left none of 4 models.',
    ],
    [
      'the tag that emptied the choice',
      { modelName: 'tag:chat+coding+local' },
      {},
      'route.no_candidate',
      'No model has `chat`, `coding` and `local`: `local` left none of 2 models.',
    ],
    [
      'a mistyped tag',
      { modelName: 'tag:coding+fats' },
      {},
      'route.no_candidate',
      'No model has `coding` and `fats`: `fats` left none of 2 models. Did you mean `fast` instead of `fats`?',
    ],
    [
      'a tag of inactive models only',
      { modelName: 'tag:retired' },
      {},
      'route.no_candidate',
      'No model has the tag `retired`: it left none of 4 models.',
    ],
    [
      'a group of tags',
      { modelName: 'tag:coding+local|retired' },
      {},
      'route.no_candidate',
      'No model matches the request: each of the 2 models left has none of the tags `local` and `retired`.',
    ],
    [
      'a forbidden tag',
      { modelName: 'tag:coding+fast+!chat' },
      {},
      'route.no_candidate',
      'No model matches the request: the one model left has the tag `chat`.',
    ],
    [
      'a provider filter',
      { modelName: 'tag:fast', selections: [{ providers: ['broken'] }] },
      {},
      'route.no_candidate',
      'No model matches the request: the one model left belongs to the provider `openai` of type `openai`.',
    ],
    [
      'a name',
      { selections: [{ name: 'four' }] },
      {},
      'route.no_candidate',
      'No model matches the request: each of the 4 models left is not called `four`.',
    ],
    [
      'needs that nothing serves',
      { modelName: 'tag:coding' },
      { needs: image },
      'route.no_candidate',
      'No model matches the request: each of the 2 models left cannot take image input.',
    ],
    [
      'a key that forbids what matches',
      { modelName: 'tag:coding' },
      { permits: (model) => model.name === 'three' },
      'auth.forbidden_model',
      'This API key may not use any of the 2 models that match.',
    ],
    [
      'a key that forbids the one that matches',
      { modelName: 'tag:fast' },
      { permits: () => false },
      'auth.forbidden_model',
      'This API key may not use the one model that matches.',
    ],
    ['an inactive model', { modelName: 'off' }, {}, 'model.inactive', '`openai/off` is switched off.'],
    [
      'an unavailable model',
      { modelName: 'mute' },
      {},
      'model.unavailable',
      '`broken/mute` is not available: BROKEN_KEY is not set.',
    ],
    [
      'models that are unavailable for different reasons',
      { modelName: 'twin' },
      {},
      'model.unavailable',
      '`broken/twin` is not available: BROKEN_KEY is not set; `deaf/twin` is not available: DEAF_KEY is not set.',
    ],
    [
      'models that are kept out by different rules',
      { modelName: 'mixed', selections: [{ tags: ['local'] }] },
      {},
      'route.no_candidate',
      '`deaf/mixed` is not available: DEAF_KEY is not set; `openai/mixed` has no tag `local`.',
    ],
    [
      'a named model that the key forbids',
      { modelName: 'openai/one' },
      { permits: () => false },
      'auth.forbidden_model',
      '`openai/one` may not be used with this API key.',
    ],
    [
      'a named model that cannot serve',
      { modelName: 'one' },
      { needs: image },
      'model.cannot_serve',
      '`openai/one` cannot take image input.',
    ],
    [
      'a named model that is too small',
      { modelName: 'three' },
      { needs: wide },
      'model.cannot_serve',
      '`openai/three` has a context window of 1000 tokens, and the request needs about 25000.',
    ],
    [
      'a named model without a tag',
      { modelName: 'one', selections: [{ tags: ['local'] }] },
      {},
      'route.no_candidate',
      '`openai/one` has no tag `local`.',
    ],
  ])('tells of %s', (_what, question, facts, code, message) => {
    const error = errorOf(question, facts);
    expect([error.code, error.publicMessage]).toEqual([code, message]);
  });

  it('names the nearest models and what each of them misses', () => {
    expect(errorOf({ modelName: 'tag:coding+fast+local+!chat' }).hints).toEqual({
      nearest: [
        { model: 'openai/two', misses: ['has no tag `local`', 'has the tag `chat`'] },
        { model: 'openai/one', misses: ['has no tag `fast`', 'has no tag `local`', 'has the tag `chat`'] },
        { model: 'openai/three', misses: ['has no tag `coding`', 'has no tag `fast`', 'has the tag `chat`'] },
      ],
    });
  });

  it('names nothing that the caller may not use', () => {
    const hints = errorOf({ modelName: 'tag:coding+local' }, { permits: (model) => model.name === 'one' }).hints;
    expect(hints).toEqual({ nearest: [{ model: 'openai/one', misses: ['has no tag `local`'] }] });
  });

  it('says which tags nobody has', () => {
    expect(errorOf({ modelName: 'tag:codng+zebra' }).hints).toMatchObject({
      unknown_tags: [
        { tag: 'codng', nearest: ['coding'] },
        { tag: 'zebra', nearest: [] },
      ],
    });
  });

  it('speaks of a configuration without models', () => {
    const error = errorOf({}, {}, makeSnapshot());
    expect([error.code, error.publicMessage]).toEqual(['route.no_candidate', 'The configuration lists no models.']);
    expect(error.hints).toEqual({});
  });

  it('speaks for all where all models are switched off', () => {
    const models = [
      { name: 'a', isActive: false },
      { name: 'b', isActive: false },
    ];
    expect(errorOf({}, {}, makeSnapshot({ models })).publicMessage).toBe(
      'No model matches the request: each of the 2 models left is switched off.',
    );
    expect(errorOf({ modelName: 'tag:x' }, {}, makeSnapshot({ models })).publicMessage).toBe(
      'No model matches the request: each of the 2 models left is switched off.',
    );
  });

  it('speaks for all deployments of a name where they miss the same', () => {
    const models = [
      { name: 'm', provider: 'p', isActive: false },
      { name: 'm', provider: 'q', isActive: false },
    ];
    expect(errorOf({ modelName: 'm' }, {}, makeSnapshot({ models }))).toMatchObject({
      code: 'model.inactive',
      publicMessage: 'Each of the 2 models called `m` is switched off.',
    });
  });
});

describe('exhaustedError', () => {
  it('says when the soonest model has a token again', () => {
    const [one, two, three] = snapshot.ranked;
    if (one === undefined || two === undefined || three === undefined) throw new Error('too few models');
    const error = exhaustedError([
      { model: one, retryAfterMs: 900 },
      { model: two, retryAfterMs: 850 },
      { model: three, retryAfterMs: 9000 },
    ]);
    expect([error.code, error.status, error.retryAfterMs]).toEqual(['limit.model_exhausted', 429, 850]);
    expect(error.hints).toEqual({
      limited: [
        { model: two.key, retry_after_ms: 850 },
        { model: one.key, retry_after_ms: 900 },
        { model: three.key, retry_after_ms: 9000 },
      ],
    });
  });
});
