import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startRouter, type TestRouter } from '../support/start-router.ts';

const MODELS = `
[[providers]]
name = "mock"
type = "mock"

[[providers]]
name = "second"
type = "mock"

[[models]]
name = "echo"
provider = "mock"
tags = ["chat"]

[[models]]
name = "other"
provider = "mock"
tags = ["chat"]
config = { priority = 5 }

[[models]]
name = "echo"
provider = "second"
tags = ["chat"]
config = { priority = 9 }
`;

const KEYS = `
[[api_keys]]
key = "full-key, spare-key"
name = "full"

[[api_keys]]
key_env = "TEAM_KEY"
name = "team"
allowed_models = ["mock/echo", "nothing"]

[[api_keys]]
key = "one-provider"
name = "one-provider"
allowed_providers = ["mock"]

[[api_keys]]
key = "nothing-at-all"
name = "nothing"
allowed_models = []

[[api_keys]]
key = "sleeping-key"
name = "sleeping"
is_active = false
`;

const chat = { model: 'tag:chat', messages: [{ role: 'user', content: 'Hi' }] };

describe('with keys', () => {
  let router: TestRouter;

  beforeAll(async () => {
    router = await startRouter(MODELS + KEYS, { env: { TEAM_KEY: 'team-key', LLM_ROUTER_API_KEYS: 'env-key' } });
  });

  afterAll(() => router.stop());

  test.each([
    ['authorization', 'Bearer full-key'],
    ['authorization', 'bearer spare-key'],
    ['x-api-key', 'env-key'],
    ['x-goog-api-key', 'full-key'],
    ['api-key', 'full-key'],
  ])('%s: %s is known', async (name, value) => {
    expect((await router.post('/v1/chat/completions', chat, { [name]: value })).status).toBe(200);
  });

  test('a local caller needs none', async () => {
    expect((await router.post('/v1/chat/completions', chat)).status).toBe(200);
  });

  test.each([
    ['authorization', 'Bearer wrong'],
    ['authorization', 'Basic ZnVsbC1rZXk6'],
    ['authorization', 'full-key'],
    ['x-api-key', 'wrong'],
    ['x-api-key', 'sleeping-key'],
    ['api-key', ''],
  ])('a wrong credential is refused, also from here: %s: %s', async (name, value) => {
    const openai = await router.post('/v1/chat/completions', chat, { [name]: value });
    expect(openai.status).toBe(401);
    expect(openai.body.error).toMatchObject({ type: 'authentication_error', code: 'auth.unknown_key' });
    const native = await router.post('/route/invoke', { tags: ['chat'], prompt: 'Hi' }, { [name]: value });
    expect(native.status).toBe(403);
    expect(typeof native.body.detail).toBe('string');
  });

  test('of two credentials both have to be right', async () => {
    const headers = { authorization: 'Bearer full-key', 'x-api-key': 'wrong' };
    expect((await router.post('/v1/chat/completions', chat, headers)).status).toBe(401);
  });

  const PROTECTED = [
    ['GET', '/providers'],
    ['GET', '/models'],
    ['GET', '/models/mock'],
    ['GET', '/models/mock/echo'],
    ['GET', '/v1/models'],
    ['GET', '/route/pairs'],
    ['GET', '/monitor/invocations'],
    ['GET', '/monitor/invocations/1'],
    ['GET', '/health/detail'],
    ['POST', '/route'],
    ['POST', '/route/invoke'],
    ['POST', '/route/explain'],
    ['POST', '/v1/chat/completions'],
    ['POST', '/mock/v1/chat/completions'],
    ['POST', '/models/mock/echo/invoke'],
    ['POST', '/models/mock/echo/v1/chat/completions'],
  ] as const;

  const STRANGERS: Record<string, string>[] = [
    { 'x-forwarded-for': '203.0.113.7' },
    { forwarded: 'for=127.0.0.1' },
    { via: '1.1 proxy' },
    { origin: 'https://evil.example' },
    { 'sec-fetch-site': 'cross-site' },
  ];

  test.each(PROTECTED)('%s %s, below /api too, is closed to strangers', async (method, path) => {
    for (const headers of STRANGERS) {
      for (const prefix of ['', '/api']) {
        const body = method === 'POST' ? '{}' : null;
        const response = await fetch(router.url + prefix + path, { method, headers, body });
        expect(response.status).toBe(401);
        expect(response.headers.get('x-request-id')).toBeTruthy();
      }
    }
  });

  test.each(['/health', '/health/liveliness', '/health/readiness'])('%s is open to everybody', async (path) => {
    for (const headers of STRANGERS) {
      expect((await router.get(path, headers)).status).toBe(200);
      expect((await router.get(`/api${path}`, headers)).status).toBe(200);
    }
  });

  test('a restricted key gets its models and no others', async () => {
    const team = { authorization: 'Bearer team-key' };
    const byTag = await router.post('/route/invoke', { tags: ['chat'], prompt: 'Hi' }, team);
    expect([byTag.body.provider, byTag.body.model]).toEqual(['mock', 'echo']);
    const forbidden = await router.post('/v1/chat/completions', { ...chat, model: 'mock/other' }, team);
    expect(forbidden.status).toBe(403);
    const listed = await router.get('/v1/models', team);
    expect(listed.body.data.map((model: { id: string }) => model.id)).toEqual(['mock/echo']);
    const explained = await router.post('/route/explain', { tags: ['chat'] }, team);
    expect(explained.body.excluded.map((entry: { rule: string }) => entry.rule)).toEqual([
      'key-forbids',
      'key-forbids',
    ]);
  });

  test('allowed_providers and an empty list', async () => {
    const one = await router.post('/route/invoke', { tags: ['chat'], prompt: 'Hi' }, { 'x-api-key': 'one-provider' });
    expect([one.body.provider, one.body.model]).toEqual(['mock', 'other']);
    const none = await router.post(
      '/route/invoke',
      { tags: ['chat'], prompt: 'Hi' },
      { 'x-api-key': 'nothing-at-all' },
    );
    expect(none.status).toBe(403);
  });

  test('a restricted key may neither name a remote model nor look at states, and sees only its own records', async () => {
    const team = { authorization: 'Bearer team-key' };
    const override = { prompt: 'Hi', remote_identifier_override: 'expensive' };
    expect((await router.post('/models/mock/echo/invoke', override, team)).status).toBe(403);
    const otherName = { model: 'expensive', messages: chat.messages };
    expect((await router.post('/models/mock/echo/v1/chat/completions', otherName, team)).status).toBe(403);
    expect((await router.get('/health/detail', team)).status).toBe(403);
    const own = (await router.get('/monitor/invocations', team)).body.items;
    expect(own.length).toBeGreaterThan(0);
    expect(new Set(own.map((record: { api_key_name: string }) => record.api_key_name))).toEqual(new Set(['team']));
    const all = (await router.get('/monitor/invocations', { authorization: 'Bearer full-key' })).body.items;
    const foreign = all.find((record: { api_key_name: string | null }) => record.api_key_name !== 'team');
    expect((await router.get(`/monitor/invocations/${foreign.id}`, team)).status).toBe(404);
  });
});

describe('without any key', () => {
  test('a local caller passes with whatever credential its SDK sends', async () => {
    const router = await startRouter(MODELS);
    expect((await router.post('/v1/chat/completions', chat, { authorization: 'Bearer sk-anything' })).status).toBe(200);
    expect((await router.post('/v1/chat/completions', chat, { 'x-forwarded-for': '1.2.3.4' })).status).toBe(401);
    await router.stop();
  });

  test('keys that are all switched off still close the door', async () => {
    const router = await startRouter(`${MODELS}
[server]
allow_unauthenticated = true
[[api_keys]]
key = "sleeping-key"
name = "sleeping"
is_active = false
`);
    expect((await router.post('/v1/chat/completions', chat, { 'x-api-key': 'sleeping-key' })).status).toBe(401);
    await router.stop();
  });

  test('a listener for the network refuses to start, unless it is told to', async () => {
    await expect(startRouter(MODELS, { host: '0.0.0.0' })).rejects.toThrow(/no API key/);
    const router = await startRouter(`${MODELS}\n[server]\nallow_unauthenticated = true\n`, { host: '0.0.0.0' });
    expect((await router.post('/v1/chat/completions', chat)).status).toBe(200);
    await router.stop();
  });

  test('on a listener for the network nobody is trusted for being local', async () => {
    const router = await startRouter(MODELS + KEYS, { host: '0.0.0.0', env: { TEAM_KEY: 'team-key' } });
    expect((await router.post('/v1/chat/completions', chat)).status).toBe(401);
    expect((await router.post('/v1/chat/completions', chat, { 'x-api-key': 'team-key' })).status).toBe(200);
    await router.stop();
  });
});
