import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chatCompletion, chunkOf, DONE, FakeProvider, type Responder, startStream } from '../support/fake-provider.ts';
import { startRouter, type TestRouter } from '../support/start-router.ts';

let provider: FakeProvider;
let router: TestRouter;

/** What the provider does, by the words it is asked with: the tests run side by side. */
const deeds = new Map<string, Responder>();

beforeAll(async () => {
  provider = await FakeProvider.start();
  provider.respond = (request, response) => deeds.get(request.body.messages[0].content)?.(request, response);
  router = await startRouter(`
[timeouts]
first_token_ms = 300
idle_ms = 300
total_ms = 1200

[retry]
max_attempts = 1

[circuit_breaker]
enabled = false

[[providers]]
name = "fake"
type = "openai"
base_url = "${provider.url}"
api_key = "k"

[[models]]
name = "writer"
provider = "fake"
`);
});

afterAll(async () => {
  await router.stop();
  await provider.stop();
});

/** Writes `text` again and again until the connection closes. */
function dripping(head: Record<string, string>, start: string, text: string): Responder {
  return (_request, response) => {
    response.writeHead(200, head);
    if (start !== '') response.write(start);
    const timer = setInterval(() => response.write(text), 40);
    response.on('close', () => clearInterval(timer));
  };
}

const EVENTS = { 'content-type': 'text/event-stream' };
const JSON_HEAD = { 'content-type': 'application/json' };
const ROLE = chunkOf({ role: 'assistant', content: '' });
const NO_PROGRESS = {
  comments: ': still thinking\n\n',
  pings: 'event: ping\ndata: {"type": "ping"}\n\n',
  'events without data': 'event: nothing\n\n',
} as const;

interface Played {
  readonly status: number;
  readonly body: string;
  // biome-ignore lint/suspicious/noExplicitAny: records of any shape
  readonly record: any;
}

/** One call that the provider answers by `deed`, until the provider's connection is over and the call is recorded. */
async function play(deed: Responder, stream: boolean): Promise<Played> {
  const id = `call-${deeds.size}`;
  const over = new Promise<void>((resolve) => {
    deeds.set(id, (request, response) => {
      response.on('close', resolve);
      return deed(request, response);
    });
  });
  const body = { model: 'fake/writer', stream, messages: [{ role: 'user', content: id }] };
  const response = await router.send('/v1/chat/completions', body, { 'x-request-id': id });
  const text = await response.text();
  await over;
  for (;;) {
    const { items } = (await router.get('/monitor/invocations?limit=50')).body;
    const record = items.find((item: { request_id: string }) => item.request_id === id);
    if (record !== undefined) return { status: response.status, body: text, record };
  }
}

const TIMEOUT = { status: 'error', error_code: 'upstream.timeout' };
const lastEventOf = (body: string): string | undefined => body.trimEnd().split('\n\n').at(-1);

describe.concurrent('the clock of the first word', () => {
  test.each([...Object.entries(NO_PROGRESS), ['roles', ROLE]])('is not stopped by %s', async (_name, text) => {
    const { status, record } = await play(dripping(EVENTS, '', text), true);
    expect(status).toBe(504);
    expect(record).toMatchObject({ ...TIMEOUT, completion_tokens: null });
  });

  test('runs until the headers of a whole answer', async () => {
    expect((await play(() => undefined, false)).status).toBe(504);
  });
});

describe.concurrent('the clock between two words', () => {
  test.each(Object.entries(NO_PROGRESS))('is not stopped by %s', async (_name, text) => {
    const first = chunkOf({ content: 'First' });
    const { body, record } = await play(dripping(EVENTS, first, text), true);
    expect(body.startsWith(first)).toBe(true);
    expect(lastEventOf(body)).toContain('"code":"upstream.timeout"');
    expect(body).not.toContain('[DONE]');
    expect(record).toMatchObject({ ...TIMEOUT, usage_source: 'estimated' });
  });

  const whole = JSON.stringify(chatCompletion('slow but sure'));

  test('counts bytes where the answer is whole', async () => {
    const { body } = await play(async (_request, response) => {
      response.writeHead(200, JSON_HEAD);
      for (let at = 0; at < whole.length; at += 30) {
        response.write(whole.slice(at, at + 30));
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      response.end();
    }, false);
    expect(body).toContain('slow but sure');
  });

  test('ends a whole answer that stands still', async () => {
    const half: Responder = (_request, response) => void response.writeHead(200, JSON_HEAD).write(whole.slice(0, 50));
    expect((await play(half, false)).status).toBe(504);
  });
});

test.concurrent('the clock of the whole request ends a stream that never ends', async () => {
  const { body, record } = await play(dripping(EVENTS, '', chunkOf({ content: 'more ' })), true);
  expect(lastEventOf(body)).toContain('total time used up');
  expect(body).not.toContain('[DONE]');
  expect(record).toMatchObject(TIMEOUT);
});

describe.concurrent('an error whose body does not end', () => {
  test.each([true, false])('is known by its status (stream: %s)', async (stream) => {
    const { status } = await play((_request, response) => {
      response.writeHead(400, JSON_HEAD);
      response.write('{"error": {"message": "no such');
    }, stream);
    expect(status).toBe(400);
  });

  test.each([true, false])('is read no further than it says anything (stream: %s)', async (stream) => {
    const { status } = await play((_request, response) => {
      response.writeHead(404, JSON_HEAD);
      const timer = setInterval(() => response.write('x'.repeat(30_000)), 1);
      response.on('close', () => clearInterval(timer));
    }, stream);
    expect(status).toBe(404);
  });
});

test('a start that never comes to the first word is bounded', async () => {
  const chunk = `: ${'x'.repeat(1_000_000)}\n\n`;
  const { record } = await play((_request, response) => {
    startStream(response);
    const pour = (): void => {
      while (!response.destroyed && response.write(chunk));
    };
    response.on('drain', pour);
    pour();
  }, true);
  // Whichever bound it meets first: the bytes on a fast machine, the clock of the first word on a slow one.
  expect(['upstream.oversized', 'upstream.timeout']).toContain(record.error_code);
});

/** A provider with an event loop of its own: it goes on while this one stands still. */
const STEADY_PROVIDER = `
const { createServer } = require('node:http');
const { parentPort } = require('node:worker_threads');
const chunk = (delta, finish) => 'data: ' + JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1,
  model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] }) + '\\n\\n';
let isOver = false;
parentPort.on('message', () => { isOver = true; });
const server = createServer((request, response) => {
  request.resume();
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const timer = setInterval(() => {
    if (!isOver) return response.write(chunk({ content: 'word ' }, null));
    clearInterval(timer);
    response.end(chunk({}, 'stop') + 'data: [DONE]\\n\\n');
  }, 30);
  response.on('close', () => clearInterval(timer));
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

test('while the process stands still, no provider is to blame for its silence', async () => {
  const worker = new Worker(STEADY_PROVIDER, { eval: true });
  const port = await new Promise<number>((resolve) => worker.once('message', resolve));
  const steady = await startRouter(`
[timeouts]
first_token_ms = 5000
idle_ms = 600

[[providers]]
name = "steady"
type = "openai"
base_url = "http://127.0.0.1:${port}"
api_key = "k"

[[models]]
name = "writer"
provider = "steady"
`);
  const body = { model: 'steady/writer', stream: true, messages: [{ role: 'user', content: 'Hi' }] };
  const responses = await Promise.all(Array.from({ length: 30 }, () => steady.send('/v1/chat/completions', body)));
  const texts = responses.map((response) => response.text());
  const stillUntil = performance.now() + 1500;
  while (performance.now() < stillUntil);
  // Give the sweeps that follow the chance to do harm.
  await new Promise((resolve) => setTimeout(resolve, 300));
  worker.postMessage('end');
  for (const text of await Promise.all(texts)) expect(text.endsWith(DONE)).toBe(true);
  await steady.stop();
  await worker.terminate();
});
