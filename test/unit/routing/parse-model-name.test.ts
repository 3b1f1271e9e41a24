import { describe, expect, it } from 'vitest';
import { RouterError } from '../../../src/errors/router-error.ts';
import { parseModelName } from '../../../src/routing/parse-model-name.ts';
import { makeSnapshot } from '../../support/make-snapshot.ts';

const snapshot = makeSnapshot({
  providers: [
    { name: 'open', anyModel: true },
    { name: 'glm (cn)' },
    { name: 'asleep', anyModel: true, isActive: false },
  ],
  models: [
    { name: 'mini', provider: 'openai', priority: 5, remoteIdentifier: 'gpt-5-mini' },
    { name: 'mini', provider: 'azure', priority: 9, remoteIdentifier: 'gpt-5-mini' },
    { name: 'mini', provider: 'retired', priority: 99, isActive: false },
    { name: 'off', provider: 'openai', isActive: false },
    { name: 'meta/llama:70b', provider: 'router', remoteIdentifier: 'meta-llama/llama-3.3-70b' },
    { name: 'glm 4', provider: 'glm (cn)' },
    { name: 'listed', provider: 'open', remoteIdentifier: 'vendor/real-name' },
    { name: 'sonnet', provider: 'anthropic' },
    { name: 'coder', provider: 'openai' },
  ],
  routes: [
    { name: 'coder', tags: ['coding'], anyTags: ['fast', 'cheap'], notTags: ['local'], prefer: ['free'] },
    { name: 'plain', tags: ['chat'] },
  ],
});

/** Keys of the models that a name stands for. */
function modelsOf(name: string, from = snapshot): string[] {
  const target = parseModelName(from, name);
  if (target.kind !== 'models') throw new Error(`${name} is a question about ${target.kind}`);
  return target.models.map((model) => model.key);
}

function errorOf(name: string, from = snapshot): RouterError {
  try {
    parseModelName(from, name);
  } catch (thrown) {
    if (thrown instanceof RouterError) return thrown;
  }
  throw new Error(`${name} was accepted`);
}

describe('parseModelName', () => {
  it.each([undefined, '', '   ', 'auto'])('takes %j for no model in particular', (name) => {
    expect(parseModelName(snapshot, name)).toEqual({ kind: 'any' });
  });

  it.each(['tag:a+b|c', 'tags:a+b|c'])('reads the tag expression of %s', (name) => {
    const selection = { tags: ['a'], anyTags: [['b', 'c']], notTags: [], prefer: [] };
    expect(parseModelName(snapshot, name)).toEqual({ kind: 'tags', selection });
  });

  it.each(['route:coder', 'route: coder', 'coder'])('finds the route of %s', (name) => {
    const selection = { tags: ['coding'], anyTags: [['fast', 'cheap']], notTags: ['local'], prefer: ['free'] };
    expect(parseModelName(snapshot, name)).toEqual({ kind: 'tags', selection });
  });

  it('makes no group of a route without any_tags', () => {
    const selection = { tags: ['chat'], anyTags: [], notTags: [], prefer: [] };
    expect(parseModelName(snapshot, 'plain')).toEqual({ kind: 'tags', selection });
  });

  it.each([
    ['openai/mini', ['openai/mini']],
    [' openai/mini ', ['openai/mini']],
    ['router/meta/llama:70b', ['router/meta/llama:70b']],
    ['glm (cn)/glm 4', ['glm (cn)/glm 4']],
    ['openai/coder', ['openai/coder']],
    ['mini', ['azure/mini', 'openai/mini']],
    ['meta/llama:70b', ['router/meta/llama:70b']],
    ['gpt-5-mini', ['azure/mini', 'openai/mini']],
    ['openai/gpt-5-mini', ['openai/mini']],
    ['meta-llama/llama-3.3-70b', ['router/meta/llama:70b']],
    ['open/some/new:model', ['open/some/new:model']],
    ['open/listed', ['open/listed']],
    ['open/vendor/real-name', ['open/listed']],
    ['retired/mini', ['retired/mini']],
    ['off', ['openai/off']],
    ['asleep/anything', ['asleep/anything']],
  ])('finds the models of %s', (name, expected) => {
    expect(modelsOf(name)).toEqual(expected);
  });

  it('sends a name that the file does not list as it is', () => {
    const target = parseModelName(snapshot, 'open/some/new:model');
    const [model] = target.kind === 'models' ? target.models : [];
    expect(model).toMatchObject({
      name: 'some/new:model',
      upstreamName: 'some/new:model',
      isActive: true,
      rateLimit: undefined,
    });
    expect(model?.timeouts).toBe(snapshot.timeouts);
    expect(model?.tags.size).toBe(0);
  });

  it.each([
    ['openai/minni', ['openai/mini']],
    ['sonet', ['sonnet']],
    ['codr', ['coder']],
    ['plane', ['plain']],
  ])('suggests what %s may have meant', (name, nearest) => {
    const error = errorOf(name);
    expect([error.code, error.status, error.param]).toEqual(['model.unknown', 404, 'model']);
    expect(error.hints?.['nearest']).toEqual(expect.arrayContaining(nearest));
    expect(error.publicMessage).toContain(`There is no model \`${name}\`. Did you mean \``);
  });

  it('suggests nothing where nothing is near', () => {
    expect(errorOf('something-else-entirely').publicMessage).toBe('There is no model `something-else-entirely`.');
    expect(errorOf('open/').code).toBe('model.unknown');
    expect(errorOf('constructor').code).toBe('model.unknown');
  });

  it('suggests routes for a route', () => {
    expect(errorOf('route:codr')).toMatchObject({
      code: 'model.unknown',
      publicMessage: 'There is no route `codr`. Did you mean `coder`?',
    });
  });

  it.each(['a\u0000b', 'a\nb', 'a\u007fb', 'a\u0085b', 'a\ud800b', `x${'y'.repeat(512)}`])('refuses %j', (name) => {
    expect(errorOf(name)).toMatchObject({ code: 'request.invalid', param: 'model' });
  });

  it('accepts a name as long as allowed', () => {
    expect(modelsOf(`open/${'y'.repeat(507)}`)).toHaveLength(1);
  });
});

describe('strong and weak', () => {
  const models = [
    { name: 'sonnet', provider: 'anthropic' },
    { name: 'mini', provider: 'openai' },
  ];

  it('go through the default pair', () => {
    const paired = makeSnapshot({
      models,
      routing: {
        defaultPair: 'daily',
        pairs: [{ name: 'daily', strongModel: 'anthropic/sonnet', weakModel: 'mini' }],
        defaultStrongModel: 'openai/mini',
      },
    });
    expect([modelsOf('strong', paired), modelsOf('weak', paired)]).toEqual([['anthropic/sonnet'], ['openai/mini']]);
  });

  it('go to the default models without a pair', () => {
    const defaults = makeSnapshot({ models, routing: { defaultStrongModel: 'anthropic/sonnet' } });
    expect(modelsOf('strong', defaults)).toEqual(['anthropic/sonnet']);
    expect(errorOf('weak', defaults)).toMatchObject({ code: 'model.unknown' });
  });

  it('give way to a model of that name', () => {
    const named = makeSnapshot({ models: [...models, { name: 'strong' }], routing: { defaultStrongModel: 'mini' } });
    expect(modelsOf('strong', named)).toEqual(['openai/strong']);
  });

  it('name the configured model where it does not exist', () => {
    const wrong = makeSnapshot({ models, routing: { defaultStrongModel: 'anthropic/sonet' } });
    expect(errorOf('strong', wrong)).toMatchObject({
      code: 'model.unknown',
      publicMessage: expect.stringContaining('There is no model `anthropic/sonet`. Did you mean `anthropic/sonnet`'),
    });
  });
});
