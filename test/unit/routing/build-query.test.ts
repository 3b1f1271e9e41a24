import { describe, expect, it } from 'vitest';
import { RouterError } from '../../../src/errors/router-error.ts';
import { buildQuery } from '../../../src/routing/build-query.ts';
import type { RouteQuery } from '../../../src/routing/decision.ts';
import { describeQuery } from '../../../src/routing/describe-query.ts';
import type { Selection } from '../../../src/routing/read-selection.ts';
import { makeSnapshot } from '../../support/make-snapshot.ts';

const snapshot = makeSnapshot({
  providers: [{ name: 'groq' }, { name: 'work', type: 'openai' }, { name: 'home', type: 'openai' }],
  models: [
    { name: 'mini', provider: 'work' },
    { name: 'llama', provider: 'groq' },
  ],
  routes: [{ name: 'coder', tags: ['coding'], anyTags: ['fast', 'cheap'], notTags: ['local'], prefer: ['free'] }],
  routing: { defaultTags: ['chat'] },
});

function query(modelName: string | undefined, ...selections: Selection[]): RouteQuery {
  return buildQuery(snapshot, { modelName, selections });
}

describe('buildQuery', () => {
  it.each([undefined, '', ' ', 'auto'])('asks for the default tags with the model %j', (modelName) => {
    expect(query(modelName)).toMatchObject({ tags: ['chat'], named: undefined });
    expect(query(modelName, { prefer: ['x'], notTags: ['y'], providers: ['groq'] }).tags).toEqual(['chat']);
  });

  it.each<Selection>([{ tags: ['a'] }, { anyTags: ['a', 'b'] }, { name: 'mini' }])(
    'does not mix the default tags with a question of one’s own: %j',
    (selection) => {
      expect(query('auto', selection).tags).toEqual(selection.tags ?? []);
      expect(query(undefined, {}, selection).tags).toEqual(selection.tags ?? []);
    },
  );

  it('keeps the default tags away from models and expressions', () => {
    expect(query('mini').tags).toEqual([]);
    expect(query('tag:!local').tags).toEqual([]);
  });

  it('remembers how the model was written', () => {
    expect([
      query(undefined).requested,
      query(' ').requested,
      query('auto').requested,
      query(' mini').requested,
    ]).toEqual([undefined, undefined, 'auto', 'mini']);
  });

  it('narrows a model, a route and an expression by everything beside it', () => {
    const selection: Selection = { tags: ['a'], anyTags: ['b', 'c'], notTags: ['d'], prefer: ['e'] };
    expect(query('mini', selection)).toMatchObject({
      named: [{ key: 'work/mini' }],
      tags: ['a'],
      anyTags: [['b', 'c']],
    });
    expect(query('coder', selection)).toMatchObject({
      tags: ['coding', 'a'],
      anyTags: [
        ['fast', 'cheap'],
        ['b', 'c'],
      ],
      notTags: ['local', 'd'],
      prefer: ['free', 'e'],
    });
    expect(query('tag:a+x|y?prefer=e', selection)).toMatchObject({
      tags: ['a'],
      anyTags: [
        ['x', 'y'],
        ['b', 'c'],
      ],
      prefer: ['e'],
    });
  });

  it('lets several selections narrow each other', () => {
    const first: Selection = {
      tags: ['a'],
      anyTags: ['b', 'c'],
      providers: ['groq', 'work'],
      excludeProviders: ['home'],
    };
    const second: Selection = {
      tags: ['a', 'z'],
      anyTags: ['b', 'c'],
      providers: ['work', 'home'],
      includeInactive: true,
    };
    expect(query(undefined, first, second)).toMatchObject({
      tags: ['a', 'z'],
      anyTags: [['b', 'c']],
      providers: ['work'],
      excludeProviders: ['home'],
      includeInactive: true,
    });
    expect(query(undefined, { providers: ['groq'] }, { providers: ['home'] }).providers).toEqual([]);
    expect(query(undefined, { name: 'first' }, { name: 'second' }).name).toBe('first');
  });

  it('knows the difference between no filter and one that nothing passes', () => {
    expect(query(undefined, { providers: [], providerTypes: [] })).toMatchObject({
      providers: undefined,
      providerTypes: undefined,
    });
    const nothing = query('mini', { providers: ['groq'] }, { providers: ['home'] });
    expect(describeQuery(nothing)).toEqual({ model: 'mini', providers: [] });
    expect(describeQuery(query('mini', { notTags: [], includeInactive: true }))).toEqual({
      model: 'mini',
      include_inactive: true,
    });
  });

  it.each<[Selection, string, string]>([
    [{ providers: ['groc'] }, 'providers', 'There is no provider `groc`. Did you mean `groq`?'],
    [{ excludeProviders: ['hume'] }, 'providers', 'There is no provider `hume`. Did you mean `home`?'],
    [{ providerTypes: ['opnai'] }, 'provider_types', 'There is no provider of type `opnai`. Did you mean `openai`?'],
    [{ excludeProviderTypes: ['azure'] }, 'provider_types', 'There is no provider of type `azure`.'],
  ])('refuses %j', (selection, param, message) => {
    let error: unknown;
    try {
      query('auto', {}, selection);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(RouterError);
    expect(error).toMatchObject({ code: 'request.invalid', param, publicMessage: message });
  });

  it('speaks of the model before it speaks of the filters', () => {
    expect(() => query('minni', { providers: ['nobody'] })).toThrowError(
      expect.objectContaining({ code: 'model.unknown' }),
    );
  });
});
