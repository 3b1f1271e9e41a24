import { describe, expect, it } from 'vitest';
import { type Ability, NO_NEEDS, type RequestNeeds } from '../../../src/canonical/needs.ts';
import type { RouterSnapshot } from '../../../src/config/snapshot.ts';
import { buildQuery, type Question } from '../../../src/routing/build-query.ts';
import {
  type Explanation,
  type RoutingState,
  type SelectionContext,
  SKIP_RULES,
} from '../../../src/routing/decision.ts';
import { decide, explain } from '../../../src/routing/router-engine.ts';
import { IDLE_STATE } from '../../../src/routing/routing-state.ts';
import { type ModelDraft, makeSnapshot } from '../../support/make-snapshot.ts';
import { limitedState, makeLimits } from '../../support/routing-state.ts';

function contextWith(facts: Partial<SelectionContext> = {}): SelectionContext {
  return { needs: NO_NEEDS, permits: undefined, state: IDLE_STATE, now: 0, ...facts };
}

function needing(...abilities: Ability[]): RequestNeeds {
  return { ...NO_NEEDS, abilities: new Set(abilities) };
}

interface Answer {
  readonly candidates: readonly string[];
  readonly excluded: Readonly<Record<string, string>>;
}

/** What both ways of asking say; they must not differ. */
function ask(snapshot: RouterSnapshot, question: Partial<Question>, facts: Partial<SelectionContext> = {}): Answer {
  const query = buildQuery(snapshot, { modelName: undefined, selections: [], ...question });
  const context = contextWith(facts);
  const candidates = decide(snapshot, query, context).candidates.map((model) => model.key as string);
  const explanation = explain(snapshot, query, context);
  expect(explanation.candidates.map(({ model }) => model)).toEqual(candidates);
  return { candidates, excluded: Object.fromEntries(explanation.excluded.map(({ model, rule }) => [model, rule])) };
}

function detailOf(explanation: Explanation, model: string): string | undefined {
  return explanation.excluded.find((entry) => entry.model === model)?.detail;
}

describe('the order of candidates', () => {
  it('is by priority, then by name descending, then as in the file', () => {
    const snapshot = makeSnapshot({
      models: [
        { name: 'alpha' },
        { name: 'zulu' },
        { name: 'same', provider: 'second' },
        { name: 'same', provider: 'first' },
        { name: 'best', priority: 20 },
        { name: 'worst', priority: -1 },
      ],
    });
    expect(ask(snapshot, {}).candidates).toEqual([
      'openai/best',
      'openai/zulu',
      'second/same',
      'first/same',
      'openai/alpha',
      'openai/worst',
    ]);
  });

  it('puts those with more preferred tags first and keeps the order among equals', () => {
    const snapshot = makeSnapshot({
      models: [
        { name: 'none', priority: 9 },
        { name: 'one', priority: 5, tags: ['free'] },
        { name: 'other', priority: 7, tags: ['qwen', 'chat'] },
        { name: 'both', tags: ['free', 'qwen'] },
      ],
    });
    const question = { selections: [{ prefer: ['free', 'qwen', 'unheard-of'] }] };
    expect(ask(snapshot, question).candidates).toEqual(['openai/both', 'openai/other', 'openai/one', 'openai/none']);
    const query = buildQuery(snapshot, { modelName: undefined, ...question });
    const [first] = explain(snapshot, query, contextWith()).candidates;
    expect(first).toEqual({
      model: 'openai/both',
      provider_type: 'openai',
      priority: 0,
      order: { prefer: 2, strategy: 'priority' },
    });
  });
});

describe('the rules', () => {
  /** One model for every rule, each also breaking all the rules that come later. */
  const rateLimit = { maxRequests: 1, perSeconds: 10, burstSize: 1 };
  const breaker = { tags: ['local'], abilities: { tools: false }, rateLimit };
  const snapshot = makeSnapshot({
    version: 12,
    providers: [
      { name: 'off', isActive: false, unavailable: 'OFF_KEY is not set' },
      { name: 'broken', unavailable: 'BROKEN_KEY is not set' },
      { name: 'unwanted', type: 'openai' },
    ],
    models: [
      { ...breaker, name: 'm', provider: 'off' },
      { ...breaker, name: 'm', provider: 'idle', isActive: false },
      { ...breaker, name: 'm', provider: 'broken' },
      { ...breaker, name: 'other', provider: 'unwanted' },
      { ...breaker, name: 'm', provider: 'unwanted' },
      { ...breaker, name: 'm', provider: 'any', tags: ['coding', 'local'] },
      { ...breaker, name: 'm', provider: 'not', tags: ['coding', 'fast', 'local'] },
      { ...breaker, name: 'm', provider: 'filtered', tags: ['coding', 'fast'] },
      { ...breaker, name: 'm', provider: 'forbidden', tags: ['coding', 'fast'] },
      { ...breaker, name: 'm', provider: 'unable', tags: ['coding', 'fast'] },
      { ...breaker, name: 'm', provider: 'ill', tags: ['coding', 'fast'], abilities: {} },
      { ...breaker, name: 'm', provider: 'limited', tags: ['coding', 'fast'], abilities: {} },
      { ...breaker, name: 'm', provider: 'good', tags: ['coding', 'fast'], abilities: {}, priority: -5 },
    ],
  });
  const question: Question = {
    modelName: 'tag:coding+fast|cheap+!local',
    selections: [{ name: 'm', excludeProviders: ['filtered'] }],
  };
  const limits = makeLimits();
  for (const model of snapshot.ranked) if (model.provider.name !== 'good') limits.admit(model, NO_NEEDS, 0);
  const permits: SelectionContext['permits'] = (model) => model.provider.name !== 'forbidden';
  const state: RoutingState = {
    ...limitedState(limits),
    restOf: ({ provider }) =>
      provider.name === 'ill' ? { detail: 'failed 5 times in a row', retryAfterMs: 700 } : undefined,
  };
  const facts = { permits, state, needs: needing('tools'), now: 1500 };

  it('are asked in their order, and the first one that applies is reported', () => {
    expect(ask(snapshot, question, facts)).toEqual({
      candidates: ['good/m'],
      excluded: {
        'off/m': 'inactive',
        'idle/m': 'inactive',
        'broken/m': 'unavailable',
        'unwanted/other': 'other-model',
        'unwanted/m': 'missing-tag',
        'any/m': 'no-any-tag',
        'not/m': 'forbidden-tag',
        'filtered/m': 'provider-filter',
        'forbidden/m': 'key-forbids',
        'unable/m': 'cannot-serve',
        'ill/m': 'unhealthy',
        'limited/m': 'rate-limited',
      },
    });
    // The one that is missing does not apply to models that were asked for by name.
    const reported = new Set<string>(Object.values(ask(snapshot, question, facts).excluded));
    expect(SKIP_RULES.filter((rule) => !reported.has(rule))).toEqual(['stand-in']);
  });

  it('give their reasons', () => {
    const explanation = explain(snapshot, buildQuery(snapshot, question), contextWith(facts));
    expect(explanation.snapshot).toBe(12);
    expect(explanation.needs).toEqual(['tools']);
    expect(explanation.query).toEqual({
      model: 'tag:coding+fast|cheap+!local',
      name: 'm',
      tags: ['coding'],
      any_tags: [['fast', 'cheap']],
      not_tags: ['local'],
      exclude_providers: ['filtered'],
    });
    expect(Object.fromEntries(explanation.excluded.map(({ model, detail }) => [model, detail]))).toEqual({
      'off/m': 'belongs to a provider that is switched off',
      'idle/m': 'is switched off',
      'broken/m': 'BROKEN_KEY is not set',
      'unwanted/other': 'is not the model that was named',
      'unwanted/m': 'has no tag `coding`',
      'any/m': 'has none of the tags `fast` and `cheap`',
      'not/m': 'has the tag `local`',
      'filtered/m': 'belongs to the provider `filtered` of type `filtered`',
      'forbidden/m': 'may not be used with this API key',
      'unable/m': 'cannot call tools',
      'ill/m': 'failed 5 times in a row',
      'limited/m': '1 per 10 s',
    });
    const limited = explanation.excluded.find(({ rule }) => rule === 'rate-limited');
    expect(limited).toEqual({ model: 'limited/m', rule: 'rate-limited', detail: '1 per 10 s', retry_after_ms: 8500 });
  });

  it('report limited models, best first, as those that could serve later', () => {
    const query = buildQuery(snapshot, question);
    const { limited } = decide(snapshot, query, contextWith(facts));
    expect(limited.map(({ model, retryAfterMs }) => [model.key, retryAfterMs])).toEqual([['limited/m', 8500]]);
  });

  it('leave inactive models in where the caller asks for them', () => {
    const selections = [{ ...question.selections[0], includeInactive: true }];
    const { excluded } = ask(snapshot, { ...question, selections }, facts);
    expect([excluded['off/m'], excluded['idle/m']]).toEqual(['unavailable', 'missing-tag']);
  });
});

describe('provider filters', () => {
  const snapshot = makeSnapshot({
    providers: [{ name: 'groq' }, { name: 'first', type: 'openai' }, { name: 'second', type: 'openai' }],
    models: [
      { name: 'm', provider: 'groq', priority: 3 },
      { name: 'm', provider: 'first', priority: 2 },
      { name: 'm', provider: 'second', priority: 1 },
    ],
  });

  it.each([
    [{ providers: ['first', 'groq'] }, ['groq/m', 'first/m']],
    [{ excludeProviders: ['first'] }, ['groq/m', 'second/m']],
    [{ providerTypes: ['openai'] }, ['first/m', 'second/m']],
    [{ excludeProviderTypes: ['openai'] }, ['groq/m']],
    [{ providerTypes: ['openai'], excludeProviders: ['first'] }, ['second/m']],
    [{ providers: ['groq'], providerTypes: ['openai'] }, []],
    [{ providers: [] }, ['groq/m', 'first/m', 'second/m']],
  ])('%j leaves %j', (selection, expected) => {
    expect(ask(snapshot, { selections: [selection] }).candidates).toEqual(expected);
  });
});

describe('what a model can serve', () => {
  const chosen = (models: readonly ModelDraft[], needs: RequestNeeds, question: Partial<Question> = {}): string[] =>
    ask(makeSnapshot({ models }), question, { needs }).candidates.map((key) => key.slice('openai/'.length));

  it('excludes what was declared false, and nothing else, while nobody declares it true', () => {
    const models = [{ name: 'no', abilities: { image: false } }, { name: 'unknown' }];
    expect(chosen(models, needing('image'))).toEqual(['unknown']);
    expect(chosen(models, NO_NEEDS)).toEqual(['unknown', 'no']);
  });

  it('trusts those who declare it more than those who say nothing', () => {
    const models = [
      { name: 'yes', abilities: { image: true } },
      { name: 'unknown', priority: 9 },
    ];
    expect(chosen(models, needing('image'))).toEqual(['yes']);
    const snapshot = makeSnapshot({ models });
    const query = buildQuery(snapshot, { modelName: undefined, selections: [] });
    expect(detailOf(explain(snapshot, query, contextWith({ needs: needing('image') })), 'openai/unknown')).toBe(
      'does not say that it can take image input, while others do',
    );
  });

  it('takes the word of a caller who names the model', () => {
    const models = [{ name: 'yes', abilities: { image: true } }, { name: 'unknown' }];
    expect(chosen(models, needing('image'), { modelName: 'unknown' })).toEqual(['unknown']);
    const twins = [
      { name: 'twin', abilities: { image: true } },
      { name: 'twin', provider: 'silent' },
    ];
    for (const question of [{ modelName: 'twin' }, { selections: [{ name: 'twin' }] }]) {
      expect(ask(makeSnapshot({ models: twins }), question, { needs: needing('image') }).candidates).toHaveLength(2);
    }
  });

  it('listens only to models that pass the earlier rules', () => {
    const models = [{ name: 'yes', abilities: { image: true }, tags: ['x'] }, { name: 'unknown' }];
    expect(chosen(models, needing('image'), { selections: [{ notTags: ['x'] }] })).toEqual(['unknown']);
  });

  it('never leaves out the last model for what nobody says', () => {
    const models = [
      { name: 'a', abilities: { image: true, tools: false } },
      { name: 'b' },
      { name: 'c', abilities: { tools: true } },
    ];
    expect(chosen(models, needing('image', 'tools'))).toEqual(['c']);
    expect(chosen(models.slice(0, 2), needing('image', 'tools'))).toEqual(['b']);
    const crossed = [
      { name: 'd', abilities: { image: true } },
      { name: 'e', abilities: { tools: true } },
    ];
    expect(chosen(crossed, needing('image', 'tools'))).toEqual(['d']);
  });

  it('excludes for the context window only what cannot fit', () => {
    const models = [
      { name: 'small', contextWindow: 1000 },
      { name: 'large', contextWindow: 1001 },
      { name: 'unknown' },
    ];
    const needs = { ...NO_NEEDS, textLength: 2001, maxOutputTokens: 500 };
    expect(chosen(models, needs)).toEqual(['unknown', 'large']);
    expect(chosen(models, { ...needs, textLength: 2000 })).toEqual(['unknown', 'small', 'large']);
    const snapshot = makeSnapshot({ models });
    const query = buildQuery(snapshot, { modelName: 'small', selections: [] });
    expect(detailOf(explain(snapshot, query, contextWith({ needs })), 'openai/small')).toBe(
      'has a context window of 1000 tokens, and the request needs about 1001',
    );
  });
});

describe('a question about named models', () => {
  const snapshot = makeSnapshot({
    providers: [{ name: 'groq', anyModel: true }],
    models: [
      { name: 'mini', provider: 'openai', priority: 1 },
      { name: 'mini', provider: 'azure', priority: 2 },
      { name: 'big', provider: 'openai', tags: ['local'] },
    ],
  });

  it('reports all others as such', () => {
    expect(ask(snapshot, { modelName: 'mini' })).toEqual({
      candidates: ['azure/mini', 'openai/mini'],
      excluded: { 'openai/big': 'other-model' },
    });
  });

  it('may be about a model that the file does not list', () => {
    expect(ask(snapshot, { modelName: 'groq/llama:70b/free' })).toEqual({
      candidates: ['groq/llama:70b/free'],
      excluded: { 'azure/mini': 'other-model', 'openai/mini': 'other-model', 'openai/big': 'other-model' },
    });
  });

  it('is narrowed by tags', () => {
    expect(ask(snapshot, { modelName: 'openai/big', selections: [{ notTags: ['local'] }] })).toMatchObject({
      candidates: [],
      excluded: { 'openai/big': 'forbidden-tag' },
    });
  });
});
