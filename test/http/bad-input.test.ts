import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startRouter, type TestRouter } from '../support/start-router.ts';

let router: TestRouter;

beforeAll(async () => {
  router = await startRouter(`
[server]
max_body_bytes = 4096

[[providers]]
name = "mock"
type = "mock"

[[models]]
name = "echo"
provider = "mock"
tags = ["chat"]
`);
});

afterAll(() => router.stop());

const CHAT = '/v1/chat/completions';
const messages = [{ role: 'user', content: 'Hi' }];

describe('a body that is no request', () => {
  test.each([
    ['nothing', ''],
    ['half of JSON', '{"model": "echo", "mess'],
    ['a list', '[1, 2]'],
    ['a string', '"hello"'],
    ['a number', '7'],
    ['null', 'null'],
    ['deep nesting', `{"a":${'['.repeat(5000 / 4)}${']'.repeat(5000 / 4)}}`],
  ])('400 for %s, in the words of the endpoint', async (_what, text) => {
    for (const path of [CHAT, '/route/invoke', '/models/mock/echo/invoke', '/route/explain', '/route']) {
      const response = await fetch(router.url + path, { method: 'POST', body: text });
      const body = (await response.json()) as { detail: string; error?: { code: string } };
      expect(response.status).toBe(400);
      expect(body.detail).toContain('JSON');
      expect(body.error?.code).toBe(path === CHAT ? 'request.invalid_json' : undefined);
      expect(response.headers.get('x-request-id')).toMatch(/^[0-9A-Z]{26}$/);
    }
  });

  test.each([
    [{ model: 7, messages }, 'model'],
    [{ model: 'echo' }, 'messages'],
    [{ model: 'echo', messages: [] }, 'messages'],
    [{ model: 'echo', messages: 'Hi' }, 'messages'],
    [{ model: 'echo', messages: ['Hi'] }, 'messages[0]'],
    [{ model: 'echo', messages: [{ content: 'Hi' }] }, 'messages[0].role'],
    [{ model: 'echo', messages: [{ role: 'wizard', content: 'Hi' }] }, 'messages[0].role'],
    [{ model: 'echo', messages: [{ role: 'user', content: 7 }] }, 'messages[0].content'],
    [{ model: 'echo', messages, stream: 'yes' }, 'stream'],
  ])('%j names the field %s', async (body, param) => {
    const answer = await router.post(CHAT, body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.param).toBe(param);
    expect(answer.body.error.type).toBe('invalid_request_error');
  });

  test.each([
    [{ tags: 7, prompt: 'Hi' }, 'tags'],
    [{ tags: [7], prompt: 'Hi' }, 'tags'],
    [{ query: 'chat', request: { prompt: 'Hi' } }, 'query'],
    [{ query: {}, request: 'Hi' }, 'request'],
    [{ tags: ['chat'] }, 'messages'],
    [{ tags: ['chat'], prompt: 7 }, 'prompt'],
    [{ tags: ['chat'], batch: ['Hi'] }, 'batch[0]'],
    [{ provider_types: ['mok'], prompt: 'Hi' }, 'provider_types'],
    [{ providers: ['mok'], prompt: 'Hi' }, 'providers'],
    [{ tags: ['chat'], prompt: 'Hi', strategy: 'cheapest' }, 'strategy'],
  ])('%j names the field %s', async (body, name) => {
    const answer = await router.post('/route/invoke', body);
    expect(answer.status).toBe(400);
    expect(answer.body.param).toBe(name);
  });

  test('413 for a body over the limit, with and without a length', async () => {
    const text = JSON.stringify({ model: 'echo', messages: [{ role: 'user', content: 'x'.repeat(5000) }] });
    const known = await fetch(router.url + CHAT, { method: 'POST', body: text });
    expect(known.status).toBe(413);
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(router.url + CHAT, { method: 'POST', headers: { 'transfer-encoding': 'chunked' } });
      request.on('response', (response) => resolve(response.resume().statusCode ?? 0));
      request.on('error', reject);
      request.end(text);
    });
    expect(status).toBe(413);
  });

  test('415 for a compressed body', async () => {
    const response = await fetch(router.url + CHAT, {
      method: 'POST',
      body: 'x',
      headers: { 'content-encoding': 'gzip' },
    });
    expect(response.status).toBe(415);
  });
});

describe('paths and methods', () => {
  test.each(['/nothing', '/v1/nothing', '/models/mock/echo/nothing/at/all', '/v1/chat/completions/more'])(
    '404 for GET %s',
    async (path) => {
      expect((await router.get(path)).status).toBe(404);
    },
  );

  test.each([
    ['GET', CHAT],
    ['GET', '/route/invoke'],
    ['POST', '/health'],
    ['DELETE', '/models/mock/echo'],
    ['PUT', '/v1/models'],
    ['PATCH', '/providers'],
    ['OPTIONS', CHAT],
  ])('405 for %s %s, naming the method that would do', async (method, path) => {
    const response = await fetch(router.url + path, { method });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toMatch(/GET|POST/);
  });

  /** Sends a request line as it is: `fetch` would clean it up. */
  function rawStatus(target: string, host = 'localhost'): Promise<number> {
    return new Promise((resolve, reject) => {
      const socket = connect(Number(new URL(router.url).port), '127.0.0.1');
      let text = '';
      socket.on('data', (chunk) => {
        text += chunk;
      });
      socket.on('close', () => resolve(Number(text.split(' ')[1])));
      socket.on('error', reject);
      socket.end(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    });
  }

  test.each([
    '//health',
    '/models//echo',
    '/a/../health',
    '/./health',
    '/%2e%2e/health',
    '/models/mock/%2e%2e/echo',
    '/models\\mock',
    '/models/mock/echo%00',
    'http://evil.example/health',
    '/models/mock/%E0%A4%A',
  ])('400 for the target %s', async (target) => {
    expect(await rawStatus(target)).toBe(400);
  });

  test.each(['/health', '/api/health', '/health/', '/health?x=1'])('200 for the target %s', async (target) => {
    expect(await rawStatus(target)).toBe(200);
  });

  test.each(['evil.example', 'localhost.evil.example', 'a@localhost', '999.999.999.999', 'a..b'])(
    '403 for the host %s',
    async (host) => {
      expect(await rawStatus('/health', host)).toBe(403);
    },
  );

  test.each([
    'x'.repeat(600),
    '__proto__/constructor',
    'constructor',
    '../../etc/passwd',
    "'; DROP TABLE models; --",
    'a\r\nx-injected: 1',
    '\u0000',
    '\u{1F600}\uD800',
    'tag:',
    'tag:+++',
    'tag:a|!b?prefer',
    'route:',
    '/',
    '//',
    ' ',
    '%',
    '%E0%A4%A',
  ])('a hostile model name is a 4xx: %j', async (model) => {
    const answer = await router.post(CHAT, { model, messages });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(answer.headers.get('x-injected')).toBeNull();
    const byPath = await router.post(`/models/mock/${encodeURIComponent(model.toWellFormed())}/invoke`, {
      prompt: 'Hi',
    });
    expect(byPath.status).toBeGreaterThanOrEqual(400);
    expect(byPath.status).toBeLessThan(500);
  });

  test('malformed selection headers are a 400 that names them', async () => {
    const { status, body } = await router.post('/route/invoke', { prompt: 'Hi' }, { 'x-router-tags': '%E0%A4%A' });
    expect(status).toBe(400);
    expect(body.detail).toContain('x-router-tags');
  });

  test('every refused request is counted, whoever refuses it', async () => {
    const counted = async () => (await router.get('/health/detail')).body.counters;
    const before = await counted();
    await rawStatus('/health', 'evil.example');
    await rawStatus('/a/../health');
    await router.get('/nothing');
    await fetch(router.url + CHAT, { method: 'DELETE' });
    await router.post(CHAT, { model: 7, messages });
    const after = await counted();
    expect(after.requests['4xx'] - before.requests['4xx']).toBe(5);
    expect(after.refused.malformed - before.refused.malformed).toBe(4);
    expect(after.refused.unauthorised - before.refused.unauthorised).toBe(1);
  });

  test('the server still answers', async () => {
    expect((await router.post('/route/invoke', { tags: ['chat'], prompt: 'Hi' })).status).toBe(200);
  });
});
