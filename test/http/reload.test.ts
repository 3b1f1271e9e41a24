import { writeFileSync } from 'node:fs';
import { Pool } from 'undici';
import { expect, test } from 'vitest';
import { chunkOf, DONE, FakeProvider, startStream } from '../support/fake-provider.ts';
import { startRouter, type TestRouter } from '../support/start-router.ts';

const MOCK = `
[[providers]]
name = "mock"
type = "mock"
`;

const model = (name: string, extra = ''): string => `
[[models]]
name = "${name}"
provider = "mock"
tags = ["chat"]
${extra}
`;

const REQUEST = JSON.stringify({ model: 'steady', messages: [{ role: 'user', content: 'Hi' }] });

/** Saves the file and waits until the router has looked at it. */
async function save(router: TestRouter, text: string): Promise<string> {
  const outcome = router.runtime.reloader.next();
  writeFileSync(router.file, text);
  return (await outcome).kind;
}

const ask = (router: TestRouter) => router.post('/route/invoke', { tags: ['chat'], prompt: 'Hi' });

test('a save changes the next request, and a model that vanished stops serving', async () => {
  const router = await startRouter(MOCK + model('first'));
  expect((await ask(router)).body.model).toBe('first');
  expect(await save(router, MOCK + model('first') + model('second', 'config = { priority = 1 }'))).toBe('swapped');
  expect((await ask(router)).body.model).toBe('second');
  expect(await save(router, MOCK + model('first'))).toBe('swapped');
  expect((await ask(router)).body.model).toBe('first');
  expect((await router.post('/models/mock/second/invoke', { prompt: 'Hi' })).status).toBe(400);
  await router.stop();
});

test('a broken file changes nothing and is shown with its problems', async () => {
  const router = await startRouter(MOCK + model('first'));
  expect(await save(router, `${MOCK}${model('first')}\n[[models]]\nname = 7\nprovider = "mock"\n`)).toBe('rejected');
  expect((await ask(router)).body.model).toBe('first');
  const { config } = (await router.get('/health/detail')).body;
  expect(config.version).toBe(1);
  expect(config.last_reload.ok).toBe(false);
  expect(config.last_reload.problems[0]).toMatchObject({ level: 'error', path: 'models[1].name', line: 13 });
  expect(await save(router, MOCK + model('second'))).toBe('swapped');
  expect((await ask(router)).body.model).toBe('second');
  await router.stop();
});

test('a stream goes on with the configuration it began with, the next request follows the file', async () => {
  const provider = await FakeProvider.start();
  let finish: () => void = () => undefined;
  provider.respond = (_request, response) => {
    startStream(response);
    response.write(chunkOf({ role: 'assistant', content: 'one ' }));
    finish = () => response.end(chunkOf({ content: 'two' }) + chunkOf({}, 'stop') + DONE);
  };
  const before = `
[[providers]]
name = "fake"
type = "openai"
base_url = "${provider.url}"
api_key = "k"

[[models]]
name = "old"
provider = "fake"
tags = ["chat"]
`;
  const router = await startRouter(before);
  const streaming = await router.send('/v1/chat/completions', {
    model: 'old',
    stream: true,
    messages: [{ role: 'user', content: 'Hi' }],
  });
  const reader = (streaming.body as ReadableStream<Uint8Array>).getReader();
  let text = Buffer.from((await reader.read()).value ?? []).toString();
  expect(text).toContain('one ');

  expect(await save(router, MOCK + model('new'))).toBe('swapped');
  expect((await ask(router)).body).toMatchObject({ provider: 'mock', model: 'new' });

  finish();
  for (let read = await reader.read(); !read.done; read = await reader.read())
    text += Buffer.from(read.value).toString();
  expect(text).toContain('two');
  expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true);
  const { items } = (await router.get('/monitor/invocations?model_name=old')).body;
  expect(items[0]).toMatchObject({ status: 'success', snapshot_version: 1 });
  await router.stop();
  await provider.stop();
});

test('buckets keep their level over a reload', async () => {
  const limited = (priority: number): string =>
    MOCK +
    model(
      'small',
      `config = { priority = ${priority} }\n[models.rate_limit]\nmax_requests = 2\nper_seconds = 3600\nmax_wait_ms = 0`,
    );
  const router = await startRouter(limited(1));
  for (let call = 0; call < 2; call += 1) expect((await ask(router)).status).toBe(200);
  const refused = await ask(router);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(1000);
  expect(await save(router, limited(2))).toBe('swapped');
  expect((await ask(router)).status).toBe(429);
  await router.stop();
});

test('10,000 requests during 200 reloads, broken ones among them: none fails', async () => {
  const router = await startRouter(MOCK + model('steady'));
  const versions = (index: number): string =>
    index % 4 === 3
      ? `${MOCK}${model('steady')}\n[[models]\nbroken = `
      : MOCK + model('steady') + model(`extra-${index}`);
  const pool = new Pool(router.url, { connections: 16 });
  const statuses = new Map<number, number>();
  const call = async (): Promise<void> => {
    const { statusCode, body } = await pool.request({ path: '/v1/chat/completions', method: 'POST', body: REQUEST });
    await body.dump();
    statuses.set(statusCode, (statuses.get(statusCode) ?? 0) + 1);
  };
  const kinds: string[] = [];
  for (let index = 0; index < 200; index += 1) {
    writeFileSync(router.file, versions(index));
    const reload = router.runtime.watch.trigger();
    await Promise.all(Array.from({ length: 50 }, call));
    kinds.push((await reload).kind);
  }
  expect([...statuses]).toEqual([[200, 10_000]]);
  // What the watcher has found by itself in between is `unchanged` for whoever asks again.
  expect(kinds.filter((kind) => kind === 'swapped' || kind === 'unchanged')).toHaveLength(150);
  expect(kinds.filter((kind) => kind === 'rejected')).toHaveLength(50);
  expect(router.runtime.services.store.current.version).toBeGreaterThan(100);
  await pool.close();
  await router.stop();
}, 90_000);
