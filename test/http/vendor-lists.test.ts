import { afterAll, describe, expect, test } from 'vitest';
import { startRouter } from '../support/start-router.ts';

const router = await startRouter(`
[[providers]]
name = "mock"
type = "mock"

[[models]]
name = "big"
provider = "mock"
display_name = "Big one"
tags = ["chat"]
context_window = "128k"
max_output_tokens = 4096

[[models]]
name = "org/deep"
provider = "mock"
tags = ["chat", "reasoning"]

[[models]]
name = "off"
provider = "mock"
is_active = false
`);
afterAll(() => router.stop());

const ANTHROPIC = { 'anthropic-version': '2023-06-01' };

describe('each vendor’s clients find the models in their own shape', () => {
  test('OpenAI', async () => {
    const { body } = await router.get('/v1/models');
    expect(body.data.map(({ id }: { id: string }) => id)).toEqual(['mock/big', 'mock/org/deep']);
    expect((await router.get('/v1/models/mock/big')).body).toMatchObject({ id: 'mock/big', object: 'model' });
    expect((await router.get('/v1/models/mock/org/deep')).body.id).toBe('mock/org/deep');
    expect((await router.get('/v1/models/mock%2Forg%2Fdeep')).body.id).toBe('mock/org/deep');
    const missing = await router.get('/v1/models/mock/off');
    expect([missing.status, missing.body.error.code]).toEqual([404, 'model.unknown']);
  });

  test('Anthropic, at the same path', async () => {
    const { body } = await router.get('/v1/models?limit=1000', ANTHROPIC);
    expect(body).toMatchObject({ has_more: false, first_id: 'mock/big', last_id: 'mock/org/deep' });
    expect(body.data[0]).toMatchObject({ type: 'model', id: 'mock/big', display_name: 'Big one', max_tokens: 4096 });
    expect((await router.get('/v1/models/mock/big', ANTHROPIC)).body.type).toBe('model');
    const missing = await router.get('/v1/models/none', ANTHROPIC);
    expect([missing.status, missing.body.type, missing.body.error.type]).toEqual([404, 'error', 'not_found_error']);
  });

  test('Gemini', async () => {
    const { body } = await router.get('/v1beta/models');
    expect(body.models[0]).toMatchObject({ name: 'models/mock/big', inputTokenLimit: 128_000, outputTokenLimit: 4096 });
    expect((await router.get('/v1beta/models/mock/org/deep')).body).toMatchObject({ thinking: true });
    const missing = await router.get('/v1beta/models/none');
    expect([missing.status, missing.body.error.status]).toEqual([404, 'NOT_FOUND']);
  });

  test('Ollama', async () => {
    const { body } = await router.get('/api/tags');
    expect(body.models.map(({ model }: { model: string }) => model)).toEqual(['mock/big', 'mock/org/deep']);
    expect((await router.get('/api/version')).body.version).toMatch(/^\d+\.\d+\.\d+$/);
    const shown = await router.post('/api/show', { model: 'mock/big:latest' });
    expect(shown.body.model_info['llm-router.context_length']).toBe(128_000);
    expect(shown.body.capabilities).toContain('completion');
    expect((await router.post('/api/show', { model: 'none' })).status).toBe(404);
    expect((await router.get('/api/ps')).body).toEqual({ models: [] });
  });
});

describe('paths as today’s clients spell them', () => {
  const ask = { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] };

  test.each([
    '/v1beta/models/mock/big:generateContent',
    '/v1beta/mock/big:generateContent',
    '/v1/models/mock/big:generateContent',
    '/v1beta/models/mock%2Fbig:generateContent',
    '/v1beta/models/tag:chat:generateContent',
  ])('Gemini at %s', async (path) => {
    const { status, body } = await router.post(path, ask);
    expect(status).toBe(200);
    expect(body.candidates[0].content.parts[0].text).not.toBe('');
  });

  test('Gemini streams events where they are asked for, else one array', async () => {
    const events = await router.send('/v1beta/models/mock/big:streamGenerateContent?alt=sse', ask);
    expect(events.headers.get('content-type')).toBe('text/event-stream');
    expect(await events.text()).toMatch(/^data: \{/);
    const array = await router.send('/v1beta/models/mock/big:streamGenerateContent', ask);
    expect(array.headers.get('content-type')).toBe('application/json');
    expect(JSON.parse(await array.text()).at(-1).candidates[0].finishReason).toBe('STOP');
  });

  test('Claude Code asks the base URL whether anybody is there', async () => {
    const response = await fetch(router.url, { method: 'HEAD' });
    expect(response.status).toBe(200);
  });

  test('Ollama loads a model by a call without words', async () => {
    const { body } = await router.post('/api/generate', { model: 'mock/big', keep_alive: 0 });
    expect(body).toMatchObject({ model: 'mock/big', done: true, done_reason: 'unload' });
  });

  test('below a provider and below a model', async () => {
    const messages = [{ role: 'user', content: 'Hi' }];
    const own = { max_tokens: 9, messages };
    expect((await router.post('/mock/v1/messages', { ...own, model: 'big' })).body.type).toBe('message');
    expect((await router.post('/models/mock/org/deep/v1/messages', own)).body.model).toBe('org/deep');
    expect((await router.post('/models/mock/big/v1/responses', { input: 'Hi' })).body.object).toBe('response');
  });

  test.each([
    ['/v1/messages', { model: 'mock/big' }, 'type'],
    ['/v1beta/models/mock/big:generateContent', {}, 'error'],
    ['/v1beta/models/:generateContent', { contents: [{ parts: [{ text: 'Hi' }] }] }, 'error'],
    ['/v1beta/models/:countTokens', { contents: [{ parts: [{ text: 'Hi' }] }] }, 'error'],
    ['/v1/responses', { model: 'mock/big' }, 'error'],
    ['/api/chat', { model: 'mock/big', messages: 'x' }, 'error'],
  ])('bad input at %s is refused in the client’s own shape', async (path, body, member) => {
    const answer = await router.post(path, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toHaveProperty(member);
    expect(answer.headers.get('x-request-id')).not.toBeNull();
  });
});
