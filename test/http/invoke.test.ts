import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
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

let good: FakeProvider;
let bad: FakeProvider;
let router: TestRouter;

beforeAll(async () => {
  good = await FakeProvider.start();
  bad = await FakeProvider.start();
  router = await startRouter(`
[retry]
max_attempts = 1
base_delay_ms = 1

[[providers]]
name = "good"
type = "openai"
base_url = "${good.url}"
api_key = "key-1"

[[providers]]
name = "bad"
type = "openai"
base_url = "${bad.url}"
api_key = "key-a,key-b"

[[models]]
name = "writer"
provider = "good"
tags = ["chat", "slow"]
default_params = { temperature = 0.1, top_p = 0.9 }
[models.config]
cost_per_1k_tokens = 0.01
cost_per_1k_completion_tokens = 0.03

[[models]]
name = "meta/llama 3:free"
provider = "good"
remote_identifier = "llama-3"
tags = ["odd-name"]

[[models]]
name = "shaky"
provider = "bad"
tags = ["chat"]
config = { priority = 10 }

[[models]]
name = "off"
provider = "good"
is_active = false
tags = ["chat"]
`);
});

afterAll(async () => {
  await router.stop();
  await good.stop();
  await bad.stop();
});

beforeEach(() => {
  good.respond = chatAnswer('Good ', 'words.');
  bad.respond = failWith(503);
  good.requests.length = 0;
  bad.requests.length = 0;
});

describe('POST /models/{provider}/{model}/invoke', () => {
  test('text, raw body, usage and cost', async () => {
    const { status, body } = await router.post('/models/good/writer/invoke', {
      prompt: 'Hi',
      parameters: { top_p: 0.5, vendor: 1 },
    });
    expect(status).toBe(200);
    expect(body.output_text).toBe('Good words.');
    expect(body.raw).toEqual(chatCompletion('Good words.'));
    expect(body.cost).toBeCloseTo(10 * 0.00001 + 5 * 0.00003, 9);
    expect(body.usage).toMatchObject({ prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 });
    expect([body.provider, body.model]).toEqual(['good', 'writer']);
    expect(good.last.body).toEqual({
      model: 'writer',
      messages: [{ role: 'user', content: 'Hi' }],
      temperature: 0.1,
      top_p: 0.5,
      vendor: 1,
    });
  });

  test('messages, with the prompt as the last one', async () => {
    await router.post('/models/good/writer/invoke', {
      messages: [{ role: 'system', content: 'Be brief.' }],
      prompt: 'Hi',
    });
    expect(good.last.body.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ]);
  });

  test.each(['meta/llama%203:free', 'meta%2Fllama%203%3Afree'])(
    'a model name with slashes and blanks: %s',
    async (name) => {
      const { status } = await router.post(`/models/good/${name}/invoke`, { prompt: 'Hi' });
      expect(status).toBe(200);
      expect(good.last.body.model).toBe('llama-3');
    },
  );

  test('remote_identifier_override names what is sent', async () => {
    await router.post('/models/good/writer/invoke', { prompt: 'Hi', remote_identifier_override: 'writer-beta' });
    expect(good.last.body.model).toBe('writer-beta');
  });

  test.each([
    ['an unknown model', '/models/good/writr/invoke', /writer/],
    ['an unknown provider', '/models/goood/writer/invoke', /good/],
    ['an inactive model', '/models/good/off/invoke', /off/],
  ])('400 for %s', async (_what, path, hint) => {
    const { status, body } = await router.post(path, { prompt: 'Hi' });
    expect(status).toBe(400);
    expect(body.detail).toMatch(hint);
  });

  test('a stream is JSON lines', async () => {
    const response = await router.send('/models/good/writer/invoke', { prompt: 'Hi', stream: true });
    expect(response.headers.get('content-type')).toContain('application/jsonl');
    const lines = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map((line) => line.text ?? '').join('')).toBe('Good words.');
    expect(lines.filter((line) => line.is_final)).toHaveLength(1);
    expect(lines.at(-1)).toEqual({ text: null, finish_reason: null, is_final: true });
    expect(lines.find((line) => line.finish_reason === 'stop')?.usage).toMatchObject({ total_tokens: 15 });
  });

  test('or events, where the client prefers them', async () => {
    const response = await router.send(
      '/models/good/writer/invoke',
      { prompt: 'Hi', stream: true },
      { accept: 'text/event-stream' },
    );
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    const frames = (await response.text()).split('\n\n').filter((text) => text !== '');
    expect(frames.every((text) => text.startsWith('data: {'))).toBe(true);
    expect(JSON.parse(frames.at(-1)?.slice(6) ?? '')).toMatchObject({ is_final: true });
  });

  test('a stream that breaks says so in its last line', async () => {
    good.respond = (_request, response) => {
      startStream(response);
      response.write(chunkOf({ content: 'Half' }), () => response.destroy());
    };
    const response = await router.send('/models/good/writer/invoke', { prompt: 'Hi', stream: true });
    const lines = (await response.text())
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0].text).toBe('Half');
    expect(lines.at(-1)).toMatchObject({ is_final: true, error: { code: 'upstream.truncated' } });
  });
});

describe('POST /route/invoke', () => {
  test('picks by tags, flat and nested alike', async () => {
    for (const body of [
      { tags: ['slow'], prompt: 'Hi' },
      { query: { tags: ['slow'] }, request: { prompt: 'Hi' } },
      { tags: ['slow'], messages: [{ role: 'user', content: 'Hi' }], parameters: { max_tokens: 5 } },
    ]) {
      const answer = await router.post('/route/invoke', body);
      expect(answer.body.model).toBe('writer');
    }
    expect(good.last.body.max_tokens).toBe(5);
    expect(good.last.body).not.toHaveProperty('tags');
  });

  test('moves on where the best model fails, and records both attempts', async () => {
    const { status, body, headers } = await router.post('/route/invoke', { tags: ['chat'], prompt: 'Hi' });
    expect(status).toBe(200);
    expect(body.model).toBe('writer');
    expect(headers.get('x-router-attempts')).toBe('2');
    expect(bad.requests).toHaveLength(1);
    const record = await router.lastRecord();
    expect(
      record.attempts.map((attempt: { model: string; outcome: string }) => [attempt.model, attempt.outcome]),
    ).toEqual([
      ['bad/shaky', 'failed'],
      ['good/writer', 'ok'],
    ]);
  });

  test('moves on before the first word of a stream', async () => {
    bad.respond = (_request, response) => {
      startStream(response);
      response.write(chunkOf({ role: 'assistant', content: '' }), () => response.destroy());
    };
    const response = await router.send('/route/invoke', { tags: ['chat'], prompt: 'Hi', stream: true });
    expect(await response.text()).toContain('Good ');
    expect(response.headers.get('x-router-model')).toBe('good/writer');
  });

  test('tries the next key of a provider before the next model', async () => {
    bad.respond = (request, response) => {
      if (request.headers.authorization === 'Bearer key-a') failWith(429)(request, response);
      else sendJson(response, 200, chatCompletion('second key'));
    };
    for (let call = 0; call < 2; call += 1) {
      const { body, headers } = await router.post('/route/invoke', { tags: ['chat'], prompt: 'Hi' });
      expect(body.output_text).toBe('second key');
      expect(headers.get('x-router-attempts')).toBe('1');
    }
  });

  test('400 names the tag that left nothing, and the nearest models', async () => {
    const { status, body } = await router.post('/route/invoke', { tags: ['chat', 'slow', 'quantum'], prompt: 'Hi' });
    expect(status).toBe(400);
    expect(body.detail).toContain('quantum');
    expect(JSON.stringify(body)).toContain('good/writer');
  });

  test('a batch runs item by item', async () => {
    good.respond = (request, response) => {
      const text = request.body.messages[0].content;
      if (text === 'two') failWith(400, 'no twos')(request, response);
      else sendJson(response, 200, chatCompletion(`echo ${text}`));
    };
    const batch = [{ prompt: 'one' }, { prompt: 'two' }, { prompt: 'three' }];
    const { status, body } = await router.post('/route/invoke', { query: { tags: ['slow'] }, request: { batch } });
    expect(status).toBe(200);
    expect(body.output_text).toBe('Batch processing completed');
    expect(body.batch.map((item: { output_text: string }) => item.output_text)).toEqual([
      'echo one',
      expect.stringContaining('Error: '),
      'echo three',
    ]);
    expect(body.batch[1].raw.error).toContain('no twos');
    const { items } = (await router.get('/monitor/invocations?limit=3&order_by=id')).body;
    expect(items.map((item: { batch_index: number }) => item.batch_index).sort()).toEqual([0, 1, 2]);
  });

  test('headers select too, and narrow what the body asks for', async () => {
    const headers = { 'x-router-not-tags': 'odd-name', 'x-router-providers': 'good', 'x-router-prefer': 'slow' };
    const { body } = await router.post('/route/invoke', { tags: ['chat'], prompt: 'Hi' }, headers);
    expect(body.model).toBe('writer');
    expect(bad.requests).toHaveLength(0);
  });
});

describe('explain', () => {
  test('the ordered candidates and one rule for every other model', async () => {
    const { body } = await router.post('/route/explain', { tags: ['chat'] });
    expect(body.candidates.map((candidate: { model: string }) => candidate.model)).toEqual([
      'bad/shaky',
      'good/writer',
    ]);
    expect(body.excluded.map((entry: { model: string; rule: string }) => [entry.model, entry.rule])).toEqual([
      ['good/off', 'inactive'],
      ['good/meta/llama 3:free', 'missing-tag'],
    ]);
  });

  test.each([
    ['/v1/chat/completions', { model: 'tag:chat', messages: [{ role: 'user', content: 'Hi' }] }],
    ['/bad/v1/chat/completions', { model: 'shaky', messages: [{ role: 'user', content: 'Hi' }] }],
    ['/route/invoke', { tags: ['chat'], prompt: 'Hi' }],
    ['/models/bad/shaky/invoke', { prompt: 'Hi' }],
    ['/models/bad/shaky/v1/chat/completions', { messages: [{ role: 'user', content: 'Hi' }] }],
  ])('a dry run of %s calls nobody', async (path, request) => {
    const { status, body } = await router.post(path, request, { 'x-router-dry-run': '1' });
    expect(status).toBe(200);
    expect(body.candidates[0].model).toBe('bad/shaky');
    expect(bad.requests.length + good.requests.length).toBe(0);
  });
});
