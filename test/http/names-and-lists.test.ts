import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startRouter, type TestRouter } from '../support/start-router.ts';

let router: TestRouter;

beforeAll(async () => {
  router = await startRouter(`
[routing]
default_tags = ["general"]
default_pair = "daily"
analyzer_model = "mock/judge"

[[routing.pairs]]
name = "daily"
strong_model = "mock/big"
weak_model = "mock/small"

[[providers]]
name = "mock"
type = "mock"

[[providers]]
name = "glm (cn)"
type = "mock"
any_model = true

[[providers]]
name = "needs-key"
type = "groq"
api_key_env = "UNSET_KEY_VARIABLE"

[[models]]
name = "big"
provider = "mock"
tags = ["chat", "coding", "image"]
config = { priority = 5, context_window = "8k" }

[[models]]
name = "small"
provider = "mock"
remote_identifier = "vendor/small-2026"
tags = ["chat", "general", "fast", "writing"]
default_params = { temperature = 0.2 }

[[models]]
name = "small"
provider = "glm (cn)"
tags = ["chat", "local"]
config = { priority = 7 }

[[models]]
name = "judge"
provider = "mock"
tags = ["judge"]

[[models]]
name = "off"
provider = "mock"
is_active = false

[[models]]
name = "keyless"
provider = "needs-key"
tags = ["chat"]
config = { priority = 100 }

[[routes]]
name = "coder"
tags = ["coding"]
not_tags = ["local"]
`);
});

afterAll(() => router.stop());

const messages = [{ role: 'user', content: 'Hi' }];

async function served(model: string, headers: Record<string, string> = {}): Promise<string | null> {
  const answer = await router.post('/v1/chat/completions', { model, messages }, headers);
  return answer.status === 200 ? answer.headers.get('x-router-model') : `${answer.status}`;
}

describe('the name of a model', () => {
  test.each([
    ['mock/big', 'mock/big'],
    ['big', 'mock/big'],
    ['small', 'glm (cn)/small'],
    ['strong', 'mock/big'],
    ['weak', 'mock/small'],
    ['glm (cn)/small', 'glm (cn)/small'],
    ['vendor/small-2026', 'mock/small'],
    ['glm (cn)/anything/at:all', 'glm (cn)/anything/at:all'],
    ['coder', 'mock/big'],
    ['route:coder', 'mock/big'],
    ['auto', 'mock/small'],
    ['tag:chat', 'glm (cn)/small'],
    ['tag:chat+!local', 'mock/big'],
    ['tag:coding|fast+!image', 'mock/small'],
    ['tag:chat?prefer=fast', 'mock/small'],
    ['mock/off', '400'],
    ['needs-key/keyless', '503'],
    ['nothing', '404'],
    ['tag:quantum', '404'],
  ])('%s is served by %s', async (model, expected) => {
    expect(await served(model)).toBe(expected);
  });

  test('headers narrow a named model', async () => {
    expect(await served('big', { 'x-router-tags': 'local' })).toBe('404');
    expect(await served('auto', { 'x-router-tags': 'coding' })).toBe('mock/big');
    expect(await served('', { 'x-router-tags': 'coding' })).toBe('mock/big');
    expect(await served('')).toBe('400');
  });

  test('the body of any endpoint may select', async () => {
    const body = { messages, tags: ['coding'], providers: ['mock'] };
    const answer = await router.post('/v1/chat/completions', body);
    expect(answer.headers.get('x-router-model')).toBe('mock/big');
    const mode = await router.post('/v1/chat/completions', { messages, routing_mode: 'strong' });
    expect(mode.headers.get('x-router-model')).toBe('mock/big');
  });

  test('what the request needs counts', async () => {
    const picture = [
      { role: 'user', content: [{ type: 'image_url', image_url: { url: 'https://example.org/a.png' } }] },
    ];
    const seen = await router.post('/v1/chat/completions', { model: 'tag:chat', messages: picture });
    expect(seen.headers.get('x-router-model')).toBe('mock/big');
    const long = [{ role: 'user', content: 'word '.repeat(8000) }];
    const explained = await router.post('/route/explain', { tags: ['coding'], messages: long });
    expect(explained.body.candidates).toEqual([]);
    const excluded = explained.body.excluded.find((entry: { model: string }) => entry.model === 'mock/big');
    expect(excluded.rule).toBe('cannot-serve');
  });
});

describe('lists', () => {
  test('GET /providers shows no key', async () => {
    const { body } = await router.get('/providers');
    expect(body.map((provider: { name: string }) => provider.name)).toEqual(['mock', 'glm (cn)', 'needs-key']);
    expect(body[2]).toMatchObject({ id: 3, type: 'groq', is_active: true, has_api_key: false, available: false });
    expect(body[2].unavailable_reason).toContain('UNSET_KEY_VARIABLE');
    expect(body[0]).not.toHaveProperty('api_key');
  });

  test.each([
    ['/models', ['big', 'small', 'small', 'judge', 'keyless']],
    ['/models?tag=chat&tag=fast', ['small']],
    ['/models?tags=chat,coding', ['big']],
    ['/models?provider_type=groq', ['keyless']],
    ['/models?provider_types=groq,mock&tags=image', ['big']],
    ['/models?include_inactive=1&tags=', ['big', 'small', 'small', 'judge', 'off', 'keyless']],
    ['/models/glm%20(cn)', ['small']],
    ['/models/unknown', []],
  ])('GET %s', async (path, names) => {
    const { status, body } = await router.get(path);
    expect(status).toBe(200);
    expect(body.map((model: { name: string }) => model.name)).toEqual(names);
  });

  test('GET /models/{provider}/{model}, inactive ones too', async () => {
    const { body } = await router.get('/api/models/mock/small');
    expect(body).toMatchObject({
      name: 'small',
      display_name: 'small',
      provider_name: 'mock',
      provider_type: 'mock',
      tags: ['chat', 'general', 'fast', 'writing'],
      default_params: { temperature: 0.2 },
      rate_limit: null,
      remote_identifier: 'vendor/small-2026',
      is_active: true,
    });
    expect((await router.get('/models/mock/off')).body.is_active).toBe(false);
    expect((await router.get('/models/mock/none')).status).toBe(404);
    expect((await router.get('/models?provider_type=grok2')).status).toBe(400);
  });

  test('GET /v1/models lists what can be called', async () => {
    const { body } = await router.get('/v1/models');
    expect(body.object).toBe('list');
    expect(body.data.map((model: { id: string }) => model.id)).toEqual([
      'glm (cn)/small',
      'mock/big',
      'mock/judge',
      'mock/small',
    ]);
    expect(body.data[1]).toMatchObject({
      object: 'model',
      owned_by: 'mock',
      context_window: 8000,
      tags: ['chat', 'coding', 'image'],
    });
  });

  test('GET /route/pairs', async () => {
    expect((await router.get('/route/pairs')).body).toEqual({
      default_pair: 'daily',
      pairs: [{ name: 'daily', strong_model: 'mock/big', weak_model: 'mock/small' }],
    });
  });
});

describe('POST /route decides without calling', () => {
  test.each([
    [{ model: 'mock/big' }, 'mock/big'],
    [{ model_hint: 'weak' }, 'mock/small'],
    [{ routing_mode: 'strong' }, 'mock/big'],
    [{ routing_mode: 'weak', routing_pair: 'daily' }, 'mock/small'],
    [{ routing_mode: 'auto', prompt: 'Hello' }, 'mock/small'],
    [{ routing_mode: 'auto', prompt: `Debug this algorithm: ${'x'.repeat(2500)}`, max_tokens: 4000 }, 'mock/big'],
    [{ role: 'writer', task: 'an essay' }, 'mock/small'],
  ])('%j', async (body, expected) => {
    const { status, body: answer } = await router.post('/route', body);
    expect(status).toBe(200);
    expect(answer.model).toBe(expected);
    expect(answer.provider).toBe('mock');
    expect(typeof answer.temperature).toBe('number');
  });

  test('the request and the defaults of the model give the parameters', async () => {
    expect((await router.post('/route', { model: 'mock/small', max_tokens: 7 })).body).toMatchObject({
      temperature: 0.2,
      max_tokens: 7,
    });
    expect((await router.post('/route', { model: 'mock/small', temperature: 0.9 })).body.temperature).toBe(0.9);
  });

  test('where counting leaves it open, the analyzer model is asked', async () => {
    const { total } = (await router.get('/monitor/invocations?model_name=judge')).body;
    const prompt = `Please reason about this: ${'word '.repeat(80)}`;
    expect((await router.post('/route', { routing_mode: 'auto', prompt })).status).toBe(200);
    expect((await router.get('/monitor/invocations?model_name=judge')).body.total).toBe(total + 1);
  });

  test.each([
    [{ routing_mode: 'medium' }, 'routing_mode'],
    [{ routing_mode: 'weak', routing_pair: 'nightly' }, 'routing_pair'],
    [{ model: 7 }, 'model'],
  ])('400 for %j', async (body, param) => {
    const answer = await router.post('/route', body);
    expect(answer.status).toBe(400);
    expect(answer.body.param).toBe(param);
  });
});

describe('records', () => {
  test('an unknown model, an unknown tag and no candidate leave a row; a malformed request does not', async () => {
    const { total } = (await router.get('/monitor/invocations')).body;
    await router.post('/v1/chat/completions', { model: 'nothing', messages });
    await router.post('/v1/chat/completions', { model: 'tag:quantum', messages });
    await router.post('/v1/chat/completions', { model: 'mock/big', messages: 7 });
    const after = (await router.get('/monitor/invocations?order_by=id')).body;
    expect(after.total).toBe(total + 2);
    expect(after.items.slice(0, 2).map((item: { error_code: string }) => item.error_code)).toEqual([
      'route.no_candidate',
      'model.unknown',
    ]);
  });

  test('a record has no word of what was said', async () => {
    await router.post('/route/invoke', { tags: ['fast'], prompt: 'canary-in-the-prompt' });
    const record = await router.lastRecord();
    expect(record).toMatchObject({
      status: 'success',
      provider_name: 'mock',
      model_name: 'small',
      auth_type: 'local',
      is_stream: false,
    });
    expect(record.query).toMatchObject({ tags: ['fast'] });
    expect(JSON.stringify(record)).not.toContain('canary');
    expect((await router.get(`/monitor/invocations/${record.id}`)).body).toEqual(record);
  });
});
