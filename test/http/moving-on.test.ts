import { afterEach, beforeEach, expect, test } from 'vitest';
import { chatCompletion, FakeProvider, type Responder, sendJson } from '../support/fake-provider.ts';
import { startRouter, type TestRouter } from '../support/start-router.ts';

let providers: Record<'one' | 'two' | 'three', FakeProvider>;
let router: TestRouter | undefined;

beforeEach(async () => {
  const [one, two, three] = await Promise.all([FakeProvider.start(), FakeProvider.start(), FakeProvider.start()]);
  providers = { one, two, three };
  for (const [name, provider] of Object.entries(providers)) provider.respond = answer(name);
});

afterEach(async () => {
  await router?.stop();
  router = undefined;
  await Promise.all(Object.values(providers).map((provider) => provider.stop()));
});

function answer(text: string): Responder {
  return (_request, response) => sendJson(response, 200, chatCompletion(text));
}

function refuse(status: number, headers: Record<string, string> = {}): Responder {
  return (_request, response) => sendJson(response, status, { error: { message: 'no' } }, headers);
}

/** Plays one responder after the other; the last one stays. */
function inTurn(...responders: Responder[]): Responder {
  return (request, response) => (responders.length > 1 ? responders.shift() : responders[0])?.(request, response);
}

interface ModelLines {
  readonly one?: string;
  readonly two?: string;
  readonly three?: string;
}

async function start(head: string, lines: ModelLines = {}, tail = ''): Promise<TestRouter> {
  const entries = (['one', 'two', 'three'] as const).map(
    (name, index) => `
[[providers]]
name = "${name}"
type = "openai"
base_url = "${providers[name].url}"
api_key = "key"
[[models]]
name = "model-${name}"
provider = "${name}"
tags = ["chat"]
config = { priority = ${9 - index} }
${lines[name] ?? ''}
`,
  );
  router = await startRouter(`${head}\n${entries.join('')}${tail}`);
  return router;
}

const QUICK = '[retry]\nbase_delay_ms = 1\nmax_delay_ms = 2';
const ask = { tags: ['chat'], prompt: 'Hi' };
const named = { model: 'one/model-one', messages: [{ role: 'user', content: 'Hi' }] };

function counts(): number[] {
  return Object.values(providers).map((provider) => provider.requests.length);
}

test.each([500, 502, 503, 529, 409, 425])('after a passing %d the same model is asked again first', async (status) => {
  providers.one.respond = inTurn(refuse(status), answer('second try'));
  const { body, headers } = await (await start(QUICK)).post('/route/invoke', ask);
  expect(body.output_text).toBe('second try');
  expect(headers.get('x-router-attempts')).toBe('2');
  expect(counts()).toEqual([2, 0, 0]);
});

test('max_attempts counts them all, then the next model answers', async () => {
  providers.one.respond = refuse(500);
  const { body } = await (await start(`${QUICK}\nmax_attempts = 3`)).post('/route/invoke', ask);
  expect(body.output_text).toBe('two');
  expect(counts()).toEqual([3, 1, 0]);
});

test.each([
  ['429', refuse(429)],
  ['503 that names a time', refuse(503, { 'retry-after': '1' })],
  ['401', refuse(401)],
  ['404', refuse(404)],
])('after %s the next model is asked at once', async (_name, responder) => {
  providers.one.respond = responder;
  const { body } = await (await start(QUICK)).post('/route/invoke', ask);
  expect(body.output_text).toBe('two');
  expect(counts()).toEqual([1, 1, 0]);
});

test('the one that asked for time is asked again when nobody else has answered', async () => {
  providers.one.respond = inTurn(refuse(503, { 'retry-after-ms': '5' }), answer('later'));
  providers.two.respond = refuse(404);
  providers.three.respond = refuse(404);
  const { body, headers } = await (await start(QUICK)).post('/route/invoke', ask);
  expect(body.output_text).toBe('later');
  expect(headers.get('x-router-attempts')).toBe('4');
  expect(counts()).toEqual([2, 1, 1]);
});

test.each([400, 413, 422])('%d is told at once', async (status) => {
  providers.one.respond = refuse(status);
  await (await start(QUICK)).post('/route/invoke', ask);
  expect(counts()).toEqual([1, 0, 0]);
});

test('max_targets bounds how many models fail one request', async () => {
  for (const provider of Object.values(providers)) provider.respond = refuse(404);
  await (await start(`${QUICK}\nmax_targets = 2`)).post('/route/invoke', ask);
  expect(counts()).toEqual([1, 1, 0]);
});

test('without fallback only the first model is asked, again too', async () => {
  for (const provider of Object.values(providers)) provider.respond = refuse(500);
  const { status } = await (await start(`${QUICK}\n[routing]\nfallback = false`)).post('/route/invoke', ask);
  expect(status).toBe(502);
  expect(counts()).toEqual([2, 0, 0]);
});

test('a budget of nothing allows no second try, only the next model', async () => {
  providers.one.respond = refuse(500);
  const { body } = await (await start(`${QUICK}\nbudget_percent = 0`)).post('/route/invoke', ask);
  expect(body.output_text).toBe('two');
  expect(counts()).toEqual([1, 1, 0]);
});

test('retries of all requests together stay a share of them', async () => {
  providers.one.respond = refuse(500);
  const served = await start(`${QUICK}\n[circuit_breaker]\nenabled = false`);
  const answers = [];
  for (let round = 0; round < 10; round += 1) {
    answers.push(...(await Promise.all(Array.from({ length: 10 }, () => served.post('/route/invoke', ask)))));
  }
  expect(answers.every(({ body }) => body.output_text === 'two')).toBe(true);
  const [first = 0, second = 0] = counts();
  expect(second).toBe(100);
  // Ten are always allowed, then one in five.
  expect(first).toBeGreaterThan(100);
  expect(first).toBeLessThanOrEqual(120);
});

test('fallbacks come before the next candidate, also where a model was named', async () => {
  providers.one.respond = refuse(404);
  const served = await start(QUICK, { one: 'fallbacks = ["three/model-three"]' });
  expect((await served.post('/route/invoke', ask)).body.output_text).toBe('three');
  expect(counts()).toEqual([1, 0, 1]);
  const { body, headers } = await served.post('/v1/chat/completions', named);
  expect(body.choices[0].message.content).toBe('three');
  expect(headers.get('x-router-model')).toBe('three/model-three');
});

test('a named model without fallbacks is the only one asked', async () => {
  providers.one.respond = refuse(404);
  expect((await (await start(QUICK)).post('/v1/chat/completions', named)).status).toBe(404);
  expect(counts()).toEqual([1, 0, 0]);
});

test('chains are not followed further, and nobody is asked twice', async () => {
  for (const provider of Object.values(providers)) provider.respond = refuse(404);
  const lines = {
    one: 'fallbacks = ["two/model-two", "one/model-one"]',
    two: 'fallbacks = ["three/model-three", "one/model-one"]',
  };
  await (await start(QUICK, lines)).post('/v1/chat/completions', named);
  expect(counts()).toEqual([1, 1, 0]);
});

test('a fallback has to satisfy the question and the key as well', async () => {
  providers.one.respond = refuse(404);
  const served = await start(
    QUICK,
    { one: 'fallbacks = ["two/model-two", "three/model-three"]' },
    `
[[api_keys]]
name = "narrow"
key = "narrow-key"
allowed_models = ["one/model-one", "three/model-three"]
`,
  );
  const { body } = await served.post('/v1/chat/completions', named, { authorization: 'Bearer narrow-key' });
  expect(body.choices[0].message.content).toBe('three');
  expect(counts()).toEqual([1, 0, 1]);
  const filtered = await served.post('/route/invoke', { ...ask, exclude_providers: ['three', 'two'] });
  expect(filtered.status).toBe(404);
});

test('fallbacks answer for a model whose limit is used up', async () => {
  const served = await start(QUICK, {
    one: 'fallbacks = ["two/model-two"]\nrate_limit = { max_requests = 1, per_seconds = 3600 }',
  });
  const answers = [await served.post('/v1/chat/completions', named), await served.post('/v1/chat/completions', named)];
  expect(answers.map(({ body }) => body.choices[0].message.content)).toEqual(['one', 'two']);
});

test('a fallback that is limited is waited for', async () => {
  providers.one.respond = refuse(404);
  const limit = 'rate_limit = { max_concurrency = 1, max_wait_ms = 10000 }';
  const served = await start(QUICK, { one: 'fallbacks = ["two/model-two"]', two: limit });
  const calls = [served.post('/v1/chat/completions', named), served.post('/v1/chat/completions', named)];
  const answers = await Promise.all(calls);
  expect(answers.map(({ body }) => body.choices?.[0].message.content)).toEqual(['two', 'two']);
});

test('a fallback that the file does not list is asked once, however often it is named', async () => {
  for (const provider of Object.values(providers)) provider.respond = refuse(404);
  const lines = { one: 'fallbacks = ["any/x", "two/model-two", "any/x"]' };
  const tail = `
[[providers]]
name = "any"
type = "openai"
base_url = "${providers.three.url}"
api_key = "key"
any_model = true
`;
  const served = await start(`${QUICK}\nmax_targets = 9`, lines, tail);
  expect((await served.post('/v1/chat/completions', named)).status).toBe(404);
  expect(counts()).toEqual([1, 1, 1]);
});

test('a limited model that is waited for is asked again like any other', async () => {
  const served = await start(QUICK, { one: 'rate_limit = { max_concurrency = 1, max_wait_ms = 10000 }' });
  let release: () => void = () => undefined;
  const isAsked = new Promise<void>((asked) => {
    providers.one.respond = inTurn(
      async (request, response) => {
        const released = new Promise<void>((resolve) => {
          release = resolve;
        });
        asked();
        await released;
        await answer('first')(request, response);
      },
      refuse(502),
      answer('after a failure'),
    );
  });
  const first = served.post('/v1/chat/completions', named);
  await isAsked;
  const second = served.post('/v1/chat/completions', named);
  await expect.poll(async () => (await served.get('/health/detail')).body.limits[0]?.waiting).toBe(1);
  release();
  expect((await first).body.choices[0].message.content).toBe('first');
  expect((await second).body.choices[0].message.content).toBe('after a failure');
});

test('a model that is switched off is never waited for', async () => {
  const served = await start(QUICK, {
    one: 'is_active = false\nrate_limit = { max_requests = 1, per_seconds = 1, max_wait_ms = 5000 }',
  });
  const asked = { ...ask, providers: ['one'], include_inactive: true };
  for (let call = 0; call < 2; call += 1) expect((await served.post('/route/invoke', asked)).status).toBe(400);
  expect(counts()).toEqual([0, 0, 0]);
});

test('nobody is asked when the time for the whole request is over', async () => {
  providers.one.respond = () => undefined;
  const served = await start('[timeouts]\ntotal_ms = 300');
  expect((await served.post('/route/invoke', ask)).status).toBe(504);
  expect(counts()).toEqual([1, 0, 0]);
});

test('"come back at once" after 429 is no invitation: the model rests a little', async () => {
  providers.one.respond = refuse(429, { 'retry-after': '0' });
  const served = await start(QUICK);
  for (let call = 0; call < 2; call += 1) {
    expect((await served.post('/route/invoke', ask)).body.output_text).toBe('two');
  }
  expect(counts()).toEqual([1, 2, 0]);
});

test('a stream moves on until its first content, and never afterwards', async () => {
  providers.one.respond = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end('data: {"error":{"message":"overloaded"}}\n\n');
  };
  const served = await start(QUICK);
  const response = await served.send('/v1/chat/completions', { ...named, model: 'tag:chat', stream: true });
  expect(response.headers.get('x-router-model')).toBe('two/model-two');
  const text = await response.text();
  expect(text).toContain('two');
  expect(text.trimEnd().endsWith('data: [DONE]')).toBe(true);
  expect(counts()).toEqual([2, 1, 0]);
});
