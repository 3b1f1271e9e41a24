import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  chatAnswer,
  chatCompletion,
  chunkOf,
  DONE,
  FakeProvider,
  failWith,
  sendJson,
  startStream,
} from '../support/fake-provider.ts';
import { type Answer, startRouter, type TestRouter } from '../support/start-router.ts';

/** For what comes sooner or later; the machine may be busy. */
const PATIENT = { timeout: 10_000 };

const HOUR = 'cooldown_seconds = 3600';
const NOW = 'cooldown_seconds = 0.001';

let first: FakeProvider;
let second: FakeProvider;
let router: TestRouter | undefined;

beforeEach(async () => {
  first = await FakeProvider.start();
  second = await FakeProvider.start();
  first.respond = failWith(500);
  second.respond = chatAnswer('second');
});

afterEach(async () => {
  await router?.stop();
  router = undefined;
  await Promise.all([first.stop(), second.stop()]);
});

const target = (name: string, provider: FakeProvider, priority: number, extra = ''): string => `
[[providers]]
name = "${name}"
type = "openai"
base_url = "${provider.url}"
api_key = "k"

[[models]]
name = "${name}"
provider = "${name}"
tags = ["chat"]
config = { priority = ${priority} }
${extra}
`;

const fileOf = (breaker: string, extra = ''): string => `
[retry]
max_attempts = 1
[circuit_breaker]
${breaker}
${target('first', first, 9, extra)}`;

const both = (breaker: string, extra = ''): string => fileOf(breaker, extra) + target('second', second, 1);

async function start(toml: string): Promise<TestRouter> {
  router = await startRouter(toml);
  return router;
}

async function save(toml: string): Promise<void> {
  const outcome = router?.runtime.reloader.next();
  writeFileSync(router?.file ?? '', toml);
  expect((await outcome)?.kind).toBe('swapped');
}

const CHAT = { model: 'auto', messages: [{ role: 'user', content: 'Hi' }] };

const ask = (running: TestRouter): Promise<Answer> => running.post('/v1/chat/completions', CHAT);

const modelOf = (answer: Answer): string | null => answer.headers.get('x-router-model');

async function failFiveTimes(running: TestRouter): Promise<void> {
  for (let call = 0; call < 5; call += 1) await ask(running);
  expect(first.requests).toHaveLength(5);
}

/** Collects requests and answers them when the test says so. */
function holding(provider: FakeProvider): { readonly release: () => void; readonly arrived: Promise<void> } {
  let release: () => void = () => undefined;
  let arrive: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  provider.respond = async (_request, response) => {
    arrive();
    await released;
    sendJson(response, 200, chatCompletion('first'));
  };
  return { release, arrived };
}

test('after five failures the next request goes straight to the next model, and everybody can see why', async () => {
  const running = await start(both(HOUR));
  await failFiveTimes(running);
  const answer = await ask(running);
  expect([answer.status, modelOf(answer), answer.headers.get('x-router-attempts')]).toEqual([
    200,
    'second/second',
    '1',
  ]);
  expect(first.requests).toHaveLength(5);
  const { body } = await running.post('/route/explain', CHAT);
  expect(body.candidates).toMatchObject([{ model: 'second/second' }]);
  expect(body.excluded).toMatchObject([{ model: 'first/first', rule: 'unhealthy', detail: 'failed 5 times in a row' }]);
  expect(body.excluded[0].retry_after_ms).toBeGreaterThan(3_000_000);
  const detail = (await running.get('/health/detail')).body;
  expect(detail.targets).toMatchObject([
    { model: 'first/first', breaker: 'open', failures_in_row: 5, last_error: { code: 'upstream.failed' } },
  ]);
});

test('after the cool-down one of twenty requests tries it, and with its answer all may go there again', async () => {
  const running = await start(both(HOUR));
  await failFiveTimes(running);
  await save(both(NOW));
  const { release, arrived } = holding(first);
  const models = Array.from({ length: 20 }, () => ask(running).then(modelOf));
  await arrived;
  await expect.poll(() => second.requests.length, PATIENT).toBe(5 + 19);
  release();
  expect((await Promise.all(models)).filter((model) => model === 'first/first')).toHaveLength(1);
  expect(first.requests).toHaveLength(6);
  const answers = await Promise.all(Array.from({ length: 20 }, () => ask(running)));
  expect(answers.map(modelOf)).toEqual(Array.from({ length: 20 }, () => 'first/first'));
});

test('a trial that fails lets the model rest for longer', async () => {
  const running = await start(both('cooldown_seconds = 0.001\nfailure_threshold = 1'));
  await ask(running);
  await save(both('cooldown_seconds = 1800\nfailure_threshold = 1'));
  expect(modelOf(await ask(running))).toBe('second/second');
  expect(first.requests).toHaveLength(2);
  const { excluded } = (await running.post('/route/explain', CHAT)).body;
  expect(excluded).toMatchObject([{ rule: 'unhealthy', detail: 'failed again when it was tried' }]);
  expect(excluded[0].retry_after_ms).toBeGreaterThan(3_000_000);
});

test('a reload keeps the rest, unless the model is another one now', async () => {
  const running = await start(both(HOUR));
  await failFiveTimes(running);
  await save(both(HOUR, 'description = "new"'));
  expect(modelOf(await ask(running))).toBe('second/second');
  expect(first.requests).toHaveLength(5);
  first.respond = chatAnswer('first');
  await save(both(HOUR, 'remote_identifier = "first-2"'));
  expect(modelOf(await ask(running))).toBe('first/first');
});

test('where nothing else matches: 503 with the time to come back, and nobody is asked', async () => {
  const running = await start(fileOf(HOUR));
  await failFiveTimes(running);
  const { status, headers, body } = await ask(running);
  expect([status, body.error.code]).toEqual([503, 'route.unhealthy']);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(3000);
  expect(first.requests).toHaveLength(5);
  expect(await running.lastRecord()).toMatchObject({ error_code: 'route.unhealthy', attempt_count: 0 });
});

test('while the only model is on trial, others are told to come back soon', async () => {
  const running = await start(fileOf(HOUR));
  await failFiveTimes(running);
  await save(fileOf(NOW));
  const { release, arrived } = holding(first);
  const trial = ask(running);
  await arrived;
  const others = await Promise.all(Array.from({ length: 5 }, () => ask(running)));
  expect(others.map(({ status, body }) => [status, body.error.code])).toEqual(
    Array.from({ length: 5 }, () => [503, 'route.unhealthy']),
  );
  expect(others[0]?.headers.get('retry-after')).toBe('1');
  release();
  expect((await trial).status).toBe(200);
  expect(first.requests).toHaveLength(6);
});

test('a stream on trial has passed with its first word', async () => {
  const running = await start(both(HOUR));
  await failFiveTimes(running);
  await save(both(NOW));
  let finish: () => void = () => undefined;
  first.respond = (_request, response) => {
    startStream(response);
    response.write(chunkOf({ role: 'assistant', content: 'first ' }));
    finish = () => response.end(`${chunkOf({}, 'stop')}${DONE}`);
  };
  const streaming = await running.send('/v1/chat/completions', { ...CHAT, stream: true });
  expect(streaming.headers.get('x-router-model')).toBe('first/first');
  const end = finish;
  first.respond = chatAnswer('first');
  expect(modelOf(await ask(running))).toBe('first/first');
  end();
  expect(await streaming.text()).toContain('[DONE]');
});

test('answers that break off count as well', async () => {
  const running = await start(both(HOUR));
  first.respond = (_request, response) => {
    startStream(response);
    response.write(chunkOf({ role: 'assistant', content: 'first ' }), () => response.destroy());
  };
  for (let call = 0; call < 5; call += 1) {
    const streaming = await running.send('/v1/chat/completions', { ...CHAT, stream: true });
    expect(await streaming.text()).toContain('first');
  }
  expect(modelOf(await ask(running))).toBe('second/second');
  expect(first.requests).toHaveLength(5);
});

test('refused requests, unknown models and rate limits never count', async () => {
  const running = await start(both('cooldown_seconds = 3600\nfailure_threshold = 1'));
  for (const status of [400, 404, 429]) {
    first.respond = failWith(status);
    for (let call = 0; call < 3; call += 1) await ask(running);
  }
  expect(first.requests.length).toBeGreaterThan(6);
  const { targets } = (await running.get('/health/detail')).body;
  expect(targets).toMatchObject([{ breaker: 'closed', failures: 0, last_error: { code: 'upstream.rate_limited' } }]);
});

test('a client that leaves says nothing about the model, and gives the place of its trial to the next', async () => {
  const running = await start(both(HOUR));
  await failFiveTimes(running);
  await save(both(NOW));
  const { arrived } = holding(first);
  const leaving = new AbortController();
  const left = fetch(`${running.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(CHAT),
    signal: leaving.signal,
  });
  await arrived;
  const closed = first.nextClose();
  leaving.abort();
  await expect(left).rejects.toThrow();
  await closed;
  first.respond = chatAnswer('first');
  await expect.poll(async () => modelOf(await ask(running)), PATIENT).toBe('first/first');
});

test('switched off for one model, it is asked every time', async () => {
  const running = await start(both(HOUR, 'circuit_breaker = { enabled = false }'));
  for (let call = 0; call < 7; call += 1) expect(modelOf(await ask(running))).toBe('second/second');
  expect(first.requests).toHaveLength(7);
});

test('probes, where they are asked for, bring a model back before its time and are no calls', async () => {
  let isWell = false;
  first.respond = ({ path, body }, response) => {
    if (path === '/v1/models') return sendJson(response, isWell ? 200 : 503, { data: [] });
    if (!isWell) return failWith(500)({ path, body, headers: {}, text: '' }, response);
    return sendJson(response, 200, chatCompletion('first'));
  };
  const probing = '[routing.health_check]\nenabled = true\ninterval_seconds = 0.02\n';
  const running = await start(probing + both(HOUR));
  for (let call = 0; call < 5; call += 1) await ask(running);
  const probes = () => first.requests.filter(({ path }) => path === '/v1/models').length;
  await expect.poll(probes, PATIENT).toBeGreaterThan(1);
  expect(modelOf(await ask(running))).toBe('second/second');
  isWell = true;
  await expect.poll(async () => modelOf(await ask(running)), PATIENT).toBe('first/first');
  expect(first.requests.length - probes()).toBe(6);
  const { items } = (await running.get('/monitor/invocations?model_name=first&limit=100')).body;
  expect(items).toHaveLength(1);
});
