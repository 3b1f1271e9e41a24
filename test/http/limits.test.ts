import { expect, test } from 'vitest';
import { startRouter } from '../support/start-router.ts';

const MOCK = `
[[providers]]
name = "mock"
type = "mock"
`;

const limited = (name: string, priority: number, limit: string): string => `
[[models]]
name = "${name}"
provider = "mock"
tags = ["chat"]
config = { priority = ${priority} }
[models.rate_limit]
${limit}
`;

const ask = { tags: ['chat'], prompt: 'Hi' };

test('a limited model is passed over for the next candidate', async () => {
  const router = await startRouter(
    MOCK +
      limited('best', 9, 'max_requests = 2\nper_seconds = 3600') +
      limited('next', 1, 'max_requests = 100\nper_seconds = 3600'),
  );
  const models = [];
  for (let call = 0; call < 4; call += 1) models.push((await router.post('/route/invoke', ask)).body.model);
  expect(models).toEqual(['best', 'best', 'next', 'next']);
  const { body } = await router.post('/route/explain', ask);
  expect(body.candidates.map((candidate: { model: string }) => candidate.model)).toEqual(['mock/next']);
  expect(body.excluded[0]).toMatchObject({ model: 'mock/best', rule: 'rate-limited', detail: '2 per 3600 s' });
  expect(body.excluded[0].retry_after_ms).toBeGreaterThan(1_000_000);
  await router.stop();
});

test('where it is the only one, the request waits for a token', async () => {
  const router = await startRouter(
    MOCK + limited('only', 1, 'max_requests = 10\nper_seconds = 1\nburst_size = 10\nmax_wait_ms = 5000'),
  );
  const answers = await Promise.all(Array.from({ length: 15 }, () => router.post('/route/invoke', ask)));
  expect(answers.map((answer) => answer.status)).toEqual(Array.from({ length: 15 }, () => 200));
  await router.stop();
});

test('but not longer than max_wait_ms: then 429 with the time to come back, and a record', async () => {
  const router = await startRouter(MOCK + limited('only', 1, 'max_requests = 1\nper_seconds = 600\nmax_wait_ms = 50'));
  expect((await router.post('/route/invoke', ask)).status).toBe(200);
  const { status, headers, body } = await router.post('/v1/chat/completions', {
    model: 'only',
    messages: [{ role: 'user', content: 'Hi' }],
  });
  expect(status).toBe(429);
  expect(body.error).toMatchObject({ type: 'rate_limit_error', code: 'limit.model_exhausted' });
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(590);
  expect(Number(headers.get('retry-after'))).toBeLessThanOrEqual(600);
  expect(await router.lastRecord()).toMatchObject({
    status: 'error',
    error_code: 'limit.model_exhausted',
    attempt_count: 0,
  });
  await router.stop();
});

test('a burst may exceed the rate, the rate holds afterwards', async () => {
  const router = await startRouter(
    MOCK + limited('only', 1, 'max_requests = 2\nper_seconds = 3600\nburst_size = 5\nmax_wait_ms = 0'),
  );
  const statuses = [];
  for (let call = 0; call < 7; call += 1) statuses.push((await router.post('/route/invoke', ask)).status);
  expect(statuses).toEqual([200, 200, 200, 200, 200, 429, 429]);
  await router.stop();
});

test('an explanation and a dry run take no token', async () => {
  const router = await startRouter(MOCK + limited('only', 1, 'max_requests = 1\nper_seconds = 3600\nmax_wait_ms = 0'));
  for (let call = 0; call < 5; call += 1) {
    await router.post('/route/explain', ask);
    await router.post('/route/invoke', ask, { 'x-router-dry-run': '1' });
    await router.post('/route', { model: 'only' });
  }
  expect((await router.post('/route/invoke', ask)).status).toBe(200);
  await router.stop();
});
