import { expect, test } from 'vitest';
import { FakeProvider, failWith } from '../support/fake-provider.ts';
import { startRouter } from '../support/start-router.ts';

const MOCK = `
[[providers]]
name = "mock"
type = "mock"

[[models]]
name = "echo"
provider = "mock"
tags = ["chat"]
config = { priority = 50 }
`;

const ask = { tags: ['chat'], prompt: 'Hi' };

test('a scripted answer never takes the place of a real one', async () => {
  const provider = await FakeProvider.start();
  const router = await startRouter(`${MOCK}
[retry]
max_attempts = 1

[[providers]]
name = "real"
type = "zhipu"
base_url = "${provider.url}"
api_key = "k"

[[models]]
name = "writer"
provider = "real"
tags = ["chat"]
`);
  expect((await router.post('/route/invoke', ask)).body.provider).toBe('real');
  provider.respond = failWith(500);
  expect((await router.post('/route/invoke', ask)).status).toBe(502);
  const { body } = await router.post('/route/explain', ask);
  expect(body.excluded).toEqual([
    { model: 'mock/echo', rule: 'stand-in', detail: 'stands in only where no other model matches' },
  ]);
  expect((await router.post('/models/mock/echo/invoke', { prompt: 'Hi' })).status).toBe(200);
  const byAlias = await router.post('/route/explain', { ...ask, provider_types: ['zhipu'] });
  expect(byAlias.body.candidates.map((entry: { model: string }) => entry.model)).toEqual(['real/writer']);
  await router.stop();
  await provider.stop();
});

test('where nothing else matches it serves', async () => {
  const router = await startRouter(MOCK);
  expect((await router.post('/route/invoke', ask)).body.provider).toBe('mock');
  const shown = { ...ask, include_inactive: true };
  expect((await router.post('/route/invoke', shown)).status).toBe(200);
  await router.stop();
});

test('models that are switched off can be looked at, not called', async () => {
  const router = await startRouter(MOCK.replace('name = "echo"', 'name = "echo"\nis_active = false'));
  const answer = await router.post('/route/invoke', { ...ask, include_inactive: true });
  expect(answer.status).toBe(400);
  expect(answer.body.code).toBe('model.inactive');
  await router.stop();
});
