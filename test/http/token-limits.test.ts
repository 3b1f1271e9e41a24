import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDeferred } from '../../src/lib/deferred.ts';
import {
  chatAnswer,
  chatCompletion,
  chunkOf,
  FakeProvider,
  failWith,
  sendJson,
  startStream,
} from '../support/fake-provider.ts';
import { startRouter, type TestRouter } from '../support/start-router.ts';

let provider: FakeProvider;

beforeAll(async () => {
  provider = await FakeProvider.start();
});

beforeEach(() => {
  provider.respond = chatAnswer('Hello');
});

afterAll(() => provider.stop());

/** So slow a refill that a test sees none of it. */
const SLOW = 'per_seconds = 86_400, max_wait_ms = 0';

const file = (providerLimit: string, ...models: readonly string[]): string => `
[[providers]]
name = "p"
type = "openai-compatible"
base_url = "${provider.url}/v1"
api_key = "k"
retry = { max_attempts = 1 }
${providerLimit}
${models.map((lines, index) => `[[models]]\nname = "m${index}"\nprovider = "p"\n${lines}`).join('\n')}
`;

const limited = (limits: string): string => `rate_limit = { max_requests = 1000, ${SLOW}, ${limits} }`;

/** A machine may be busy. */
const PATIENT = { timeout: 15_000, interval: 10 };

/** Ten tokens of prompt, by the router's estimate. */
const PROMPT = 'x'.repeat(40);

const ask = (extra: Record<string, unknown> = {}): Record<string, unknown> => ({
  model: 'm0',
  messages: [{ role: 'user', content: PROMPT }],
  max_tokens: 90,
  ...extra,
});

/** Holds every answer back until it is told to give them. `arrived`: so many requests have come. */
function holdAnswers(count = 1): { readonly arrived: Promise<void>; readonly release: () => void } {
  const arrived = createDeferred<void>();
  const held = createDeferred<void>();
  const answer = provider.respond;
  let missing = count;
  provider.respond = async (request, response) => {
    missing -= 1;
    if (missing === 0) arrived.resolve();
    await held.promise;
    await answer(request, response);
  };
  return { arrived: arrived.promise, release: () => held.resolve() };
}

/** Whole units that are left of the first limit of this kind, nearly. */
async function left(router: TestRouter, kind: 'requests' | 'tokens'): Promise<number> {
  const { body } = await router.get('/health/detail');
  return Math.floor(body.limits.find((level: Record<string, unknown>) => level[kind] !== null)[kind].left);
}

test('of five requests at once only those are let in that the tokens are enough for', async () => {
  const router = await startRouter(file('', limited('max_tokens = 200')));
  const { release } = holdAnswers();
  let answered = 0;
  const calls = Array.from({ length: 5 }, async () => {
    const { status } = await router.post('/v1/chat/completions', ask());
    answered += 1;
    // The three that are refused are answered before the two that wait for the provider.
    if (answered === 3) release();
    return status;
  });
  const statuses = await Promise.all(calls);
  expect(statuses.toSorted()).toEqual([200, 200, 429, 429, 429]);
  expect(await left(router, 'tokens')).toBe(200 - 2 * 15);
  expect(await left(router, 'requests')).toBe(998);
  await router.stop();
});

/** What each model says beside its limit; the last figure is what the request is reckoned with. */
const RESERVATIONS: readonly (readonly [name: string, path: string, body: object, model: string, tokens: number])[] = [
  ['prompt and longest answer', '/v1/chat/completions', ask(), '', 100],
  ['four answers', '/v1/chat/completions', ask({ n: 4 }), '', 370],
  ['the longest answer of the model', '/v1/chat/completions', ask(), 'max_output_tokens = 50', 60],
  ['an answer of unknown length', '/v1/chat/completions', ask({ max_tokens: undefined }), '', 1034],
  [
    'what default_params allow',
    '/v1/chat/completions',
    ask({ max_tokens: undefined }),
    'default_params.max_tokens = 20',
    30,
  ],
  ['candidates', '/v1beta/models/m5:generateContent', gemini({ candidateCount: 3, maxOutputTokens: 20 }), '', 70],
  ['a hundred texts', '/v1/embeddings', { input: Array(100).fill(PROMPT) }, 'capabilities.embedding = true', 1000],
  [
    'two prompts, the best of three answers each',
    '/v1/completions',
    { prompt: [PROMPT, PROMPT], max_tokens: 20, best_of: 3, n: 2 },
    'capabilities.completion = true',
    140,
  ],
];

test('a request is reckoned with its prompt and all its answers', async () => {
  const models = RESERVATIONS.map(([, , , model]) => `${model}\n${limited('max_tokens = 5000')}`);
  const router = await startRouter(file('', ...models));
  const { arrived, release } = holdAnswers(RESERVATIONS.length);
  const calls = RESERVATIONS.map(([, path, body], index) => router.post(path, { ...body, model: `m${index}` }));
  await arrived;
  const { limits } = (await router.get('/health/detail')).body;
  const reserved = RESERVATIONS.map(([name], index) => {
    const level = limits.find(({ model }: { model: string }) => model === `p/m${index}`);
    return [name, 5000 - Math.floor(level.tokens.left)];
  });
  expect(reserved).toEqual(RESERVATIONS.map(([name, , , , tokens]) => [name, tokens]));
  release();
  await Promise.all(calls);
  await router.stop();
});

function gemini(generationConfig: Record<string, unknown>): Record<string, unknown> {
  return { contents: [{ role: 'user', parts: [{ text: PROMPT }] }], generationConfig };
}

test('every item of a batch counts', async () => {
  const router = await startRouter(file('', limited('max_tokens = 200')));
  const { arrived, release } = holdAnswers();
  const item = { prompt: PROMPT, parameters: { max_tokens: 90 } };
  const call = router.post('/route/invoke', { query: { name: 'm0' }, request: { batch: [item, item, item] } });
  await arrived;
  release();
  const { status, body } = await call;
  expect(status).toBe(200);
  const codes = body.batch.map((answer: { raw: { code?: string } }) => answer.raw.code ?? 'ok');
  expect(codes.toSorted()).toEqual(['limit.model_exhausted', 'ok', 'ok']);
  await router.stop();
});

test('a stream settles by its usage when it is over', async () => {
  const router = await startRouter(file('', limited('max_tokens = 1000')));
  const { arrived, release } = holdAnswers();
  const call = router.send('/v1/chat/completions', ask({ stream: true }));
  await arrived;
  expect(await left(router, 'tokens')).toBe(900);
  release();
  await (await call).text();
  await expect.poll(() => left(router, 'tokens'), PATIENT).toBe(1000 - 15);
  await router.stop();
});

test('a client that leaves settles what it was sent', async () => {
  const router = await startRouter(file('', limited('max_tokens = 1000')));
  provider.respond = (_request, response) => {
    startStream(response);
    response.write(chunkOf({ role: 'assistant', content: 'word '.repeat(80) }));
  };
  const leaving = new AbortController();
  const answer = await fetch(`${router.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(ask({ stream: true, max_tokens: 800 })),
    signal: leaving.signal,
  });
  await answer.body?.getReader().read();
  expect(await left(router, 'tokens')).toBe(190);
  leaving.abort();
  await expect.poll(() => left(router, 'tokens'), PATIENT).toBeGreaterThan(190);
  const { total_tokens: sentTokens, cancelled } = await router.lastRecord();
  expect({ left: await left(router, 'tokens'), cancelled }).toEqual({ left: 1000 - sentTokens, cancelled: true });
  await router.stop();
});

test('a failed attempt gives its tokens back, the request has been made', async () => {
  const router = await startRouter(file('', limited('max_tokens = 1000')));
  provider.respond = failWith(500);
  expect((await router.post('/v1/chat/completions', ask())).status).toBe(502);
  expect(await left(router, 'tokens')).toBe(1000);
  expect(await left(router, 'requests')).toBe(999);
  await router.stop();
});

test('what was used beyond the estimate is owed', async () => {
  const router = await startRouter(file('', limited('max_tokens = 200')));
  const usage = { prompt_tokens: 300, completion_tokens: 50, total_tokens: 350 };
  provider.respond = (_request, response) => sendJson(response, 200, chatCompletion('Hi', { usage }));
  expect((await router.post('/v1/chat/completions', ask())).status).toBe(200);
  expect(await left(router, 'tokens')).toBe(-150);
  const { status, headers } = await router.post('/v1/chat/completions', ask({ max_tokens: 1 }));
  expect(status).toBe(429);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(60_000);
  await router.stop();
});

test('a provider counts its models together', async () => {
  const router = await startRouter(
    file(`rate_limit = { max_tokens = 250, ${SLOW} }`, '', limited('max_tokens = 1000')),
  );
  const { arrived, release } = holdAnswers();
  const calls = [router.post('/v1/chat/completions', ask()), router.post('/v1/chat/completions', ask({ model: 'm1' }))];
  await arrived;
  const refused = await router.post('/v1/chat/completions', ask());
  expect(refused.status).toBe(429);
  const explained = await router.post('/route/explain', { model: 'm1', messages: ask()['messages'], max_tokens: 90 });
  expect(explained.body.excluded[0]).toMatchObject({ model: 'p/m1', rule: 'rate-limited' });
  release();
  expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200]);
  await router.stop();
});

test('calls over the limit wait for one that ends, never two at once', async () => {
  const router = await startRouter(file('rate_limit = { max_concurrency = 1, max_wait_ms = 20_000 }', ''));
  let underWay = 0;
  let most = 0;
  provider.respond = async (request, response) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await new Promise((resolve) => setImmediate(resolve));
    underWay -= 1;
    await chatAnswer('Hello')(request, response);
  };
  const calls = Array.from({ length: 8 }, (_, index) =>
    index % 2 === 0
      ? router.post('/v1/chat/completions', ask()).then(({ status }) => status)
      : router.send('/v1/chat/completions', ask({ stream: true })).then(async (answer) => {
          await answer.text();
          return answer.status;
        }),
  );
  expect(await Promise.all(calls)).toEqual(Array(8).fill(200));
  expect(most).toBe(1);
  expect((await router.get('/health/detail')).body.limits).toMatchObject([
    { provider: 'p', model: null, waiting: 0, calls: { under_way: 0, max: 1 } },
  ]);
  await router.stop();
});
