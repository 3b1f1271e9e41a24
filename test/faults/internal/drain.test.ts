import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { chatCompletion, chunkOf, DONE, FakeProvider, sendJson, startStream } from '../../support/fake-provider.ts';
import { startRouter, type TestRouter } from '../../support/start-router.ts';

const MESSAGES = [{ role: 'user', content: 'Hi' }];

interface Client {
  readonly path: string;
  readonly body: Record<string, unknown>;
  /** What only a whole answer ends with. */
  readonly endMarker: string;
  /** How an error stands in a stream. */
  readonly error: RegExp;
}

const STREAMS: Readonly<Record<string, Client>> = {
  'openai-chat': {
    path: '/v1/chat/completions',
    body: { model: 'writer', stream: true, messages: MESSAGES },
    endMarker: '[DONE]',
    error: /^data: \{"error":\{.*"code":"server\.draining"/gm,
  },
  'openai-responses': {
    path: '/v1/responses',
    body: { model: 'writer', stream: true, input: 'Hi' },
    endMarker: 'response.completed',
    error: /^event: (error|response\.failed)$/gm,
  },
  'anthropic-messages': {
    path: '/v1/messages',
    body: { model: 'writer', stream: true, max_tokens: 10, messages: MESSAGES },
    endMarker: 'message_stop',
    error: /^event: error\ndata: \{"type":"error"/gm,
  },
  'gemini-generate': {
    path: '/v1beta/models/writer:streamGenerateContent?alt=sse',
    body: { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] },
    endMarker: '"finishReason"',
    error: /^data: \{"error":\{"code":503/gm,
  },
  'ollama-chat': {
    path: '/api/chat',
    body: { model: 'writer', stream: true, messages: MESSAGES },
    endMarker: '"done":true',
    error: /^\{"error":/gm,
  },
  'router-native': {
    path: '/route/invoke',
    body: { tags: ['chat'], stream: true, prompt: 'Hi' },
    endMarker: '"is_final":true,"finish_reason":"stop"',
    error: /^.*"error".*$/gm,
  },
};

interface Stage {
  readonly provider: FakeProvider;
  readonly router: TestRouter;
  /** Answers of the provider that have not ended. */
  readonly held: ServerResponse[];
  /** Resolves when the provider holds so many answers. */
  holds(count: number): Promise<void>;
}

/** A provider that begins streams and never ends them by itself. */
async function setStage(model = ''): Promise<Stage> {
  const provider = await FakeProvider.start();
  onTestFinished(() => provider.stop());
  const held: ServerResponse[] = [];
  provider.respond = ({ body }, response) => {
    held.push(response);
    if (body.stream !== true) return;
    startStream(response);
    response.write(chunkOf({ role: 'assistant', content: 'first' }));
  };
  const router = await startRouter(`
[[providers]]
name = "fake"
type = "openai-compatible"
base_url = "${provider.url}"

[[models]]
name = "writer"
provider = "fake"
tags = ["chat"]
${model}
`);
  onTestFinished(() => router.stop());
  const holds = (count: number): Promise<void> => expect.poll(() => held.length, { timeout: 15_000 }).toBe(count);
  return { provider, router, held, holds };
}

function errorCodes(router: TestRouter): (string | null)[] {
  const database = new Sqlite(join(router.dataDir, 'monitor.db'), { readonly: true });
  const codes = database.prepare<[], string | null>('SELECT error_code FROM monitor_invocations').pluck().all();
  database.close();
  return codes;
}

test.each(Object.entries(STREAMS))('%s: a stream that outlasts the drain ends with one error', async (_, client) => {
  const { router, provider } = await setStage();
  const response = await router.send(client.path, client.body);
  expect(response.status).toBe(200);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes('first')) text += (await reader?.read())?.value ?? '';
  const closed = provider.nextClose();
  const ended = router.runtime.close(0);
  for (let read = await reader?.read(); read?.done === false; read = await reader?.read()) text += read.value;
  await Promise.all([ended, closed]);
  expect([...text.matchAll(client.error)]).toHaveLength(1);
  expect(text).toContain('The router is shutting down.');
  expect(text).not.toContain(client.endMarker);
  expect(errorCodes(router)).toEqual(['server.draining']);
});

test('50 streams: those that can end do, the others get an error, and each leaves one record', async () => {
  const { router, held, holds } = await setStage();
  const body = STREAMS['openai-chat']?.body;
  const answers = Array.from({ length: 50 }, () => router.send('/v1/chat/completions', body));
  await holds(50);
  const responses = await Promise.all(answers);
  const ended = router.runtime.close(300);
  for (const response of held.slice(0, 20)) response.end(chunkOf({}, 'stop') + DONE);
  const texts = await Promise.all(responses.map((response) => response.text()));
  await ended;
  expect(texts.filter((text) => text.endsWith(DONE))).toHaveLength(20);
  expect(texts.filter((text) => /"code":"server\.draining".*\n\n$/.test(text))).toHaveLength(30);
  const codes = errorCodes(router);
  expect(codes.filter((code) => code === null)).toHaveLength(20);
  expect(codes.filter((code) => code === 'server.draining')).toHaveLength(30);
});

test('an answer that comes within the drain is whole, and says that the connection ends', async () => {
  const { router, held, holds } = await setStage();
  const answer = router.send('/v1/chat/completions', { model: 'writer', messages: MESSAGES });
  await holds(1);
  const ended = router.runtime.close(10_000);
  await expect(router.get('/health')).rejects.toThrow();
  const [response] = held;
  if (response !== undefined) sendJson(response, 200, chatCompletion('late'));
  const whole = await answer;
  expect([whole.status, whole.headers.get('connection')]).toEqual([200, 'close']);
  expect(await whole.text()).toContain('late');
  await ended;
  expect(errorCodes(router)).toEqual([null]);
});

test('an answer that does not come is a 503 in the words of the client', async () => {
  const { router, holds } = await setStage();
  const answer = router.send('/v1/messages', { model: 'writer', max_tokens: 5, messages: MESSAGES });
  await holds(1);
  await router.runtime.close(0);
  const refused = await answer;
  expect(await refused.json()).toMatchObject({ type: 'error', error: { message: 'The router is shutting down.' } });
  expect(refused.headers.get('connection')).toBe('close');
  expect(errorCodes(router)).toEqual(['server.draining']);
});

test('a call that waits for its turn waits no longer', async () => {
  const limit = 'rate_limit = { max_requests = 1, per_seconds = 30, burst_size = 1, max_wait_ms = 60000 }';
  const { router, provider, holds } = await setStage(limit);
  const body = { model: 'writer', messages: MESSAGES };
  const first = router.send('/v1/chat/completions', body);
  await holds(1);
  const second = router.send('/v1/chat/completions', body);
  await expect.poll(() => router.runtime.services.gateway.inFlight).toBe(2);
  await router.runtime.close(0);
  for (const answer of [await first, await second]) {
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { code: 'server.draining' } });
  }
  expect(provider.requests).toHaveLength(1);
  expect(errorCodes(router)).toEqual(['server.draining', 'server.draining']);
});

async function openSocket(router: TestRouter, text: string): Promise<Socket> {
  const socket = connect(Number(new URL(router.url).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  socket.write(text);
  return socket;
}

async function readAll(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

test('connections that only wait, speak half or send a body do not keep the process', async () => {
  const { router } = await setStage();
  const silent = await openSocket(router, '');
  const half = await openSocket(router, 'POST /v1/chat/completions HTTP/1.1\r\nhost: local');
  const upload = await openSocket(
    router,
    'POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{',
  );
  await router.get('/health');
  await router.runtime.close(50);
  expect(await readAll(upload)).toMatch(/^HTTP\/1\.1 503 [\s\S]*server\.draining/);
  expect([await readAll(silent), await readAll(half)]).toEqual(['', '']);
});
