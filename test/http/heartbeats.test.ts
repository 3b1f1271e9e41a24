import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDeferred } from '../../src/lib/deferred.ts';
import { readSseFrames } from '../../src/lib/sse.ts';
import { chunkOf, DONE, FakeProvider, frame, type Responder, sendJson, startStream } from '../support/fake-provider.ts';
import { startRouter, type TestRouter } from '../support/start-router.ts';

const COMMENT = ': keep-alive\n\n';
const PING = 'event: ping\ndata: {"type": "ping"}\n\n';

let openai: FakeProvider;
let claude: FakeProvider;
let ollama: FakeProvider;
let router: TestRouter;

beforeAll(async () => {
  [openai, claude, ollama] = await Promise.all([FakeProvider.start(), FakeProvider.start(), FakeProvider.start()]);
  router = await startRouter(`
[server]
stream_heartbeat_ms = 20

[retry]
max_attempts = 1

[[providers]]
name = "open"
type = "openai"
base_url = "${openai.url}"
api_key = "k"

[[providers]]
name = "claude"
type = "claude"
base_url = "${claude.url}"
api_key = "k"

[[providers]]
name = "ollama"
type = "ollama"
base_url = "${ollama.url}"

[[models]]
name = "writer"
provider = "open"
tags = ["first"]
config = { priority = 9 }

[[models]]
name = "opus"
provider = "claude"
tags = ["first"]

[[models]]
name = "llama"
provider = "ollama"
`);
});

afterAll(async () => {
  await router.stop();
  await Promise.all([openai.stop(), claude.stop(), ollama.stop()]);
});

/** Opened by the client when it has seen enough. */
type Gate = ReturnType<typeof createDeferred<void>>;

interface Form {
  readonly name: string;
  readonly path: string;
  readonly body: Record<string, unknown>;
  readonly headers?: Record<string, string>;
  readonly provider: () => FakeProvider;
  /** What the provider says before and after its second silence. */
  readonly says: readonly [string, string];
  readonly contentType: string;
  readonly opening?: string;
  readonly waiting: string;
  readonly between: string;
  /** The texts of a whole body. */
  readonly read: (body: string) => string[];
}

const messages = [{ role: 'user', content: 'Hi' }];
const input = { contents: [{ role: 'user', parts: [{ text: 'Hi' }] }] };
// biome-ignore lint/suspicious/noExplicitAny: answers of any shape
const parse = (text: string): any => JSON.parse(text);
const events = (body: string): string[] =>
  readSseFrames(body)
    .map(({ data }) => data)
    .filter((data) => data !== '[DONE]');
const lines = (body: string): string[] => body.trimEnd().split('\n');

const event = (value: { readonly type: string }): string => `event: ${value.type}\n${frame(value)}`;
const textDelta = (text: string): string =>
  event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } } as { type: string });
const CLAUDE_START = [
  event({ type: 'message_start', message: { id: 'm', role: 'assistant', content: [], usage: {} } } as { type: string }),
  event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } } as { type: string }),
].join('');
const CLAUDE_END = [
  event({ type: 'content_block_stop', index: 0 } as { type: string }),
  event({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } } as { type: string }),
  event({ type: 'message_stop' }),
].join('');
const ollamaLine = (content: string, more: Record<string, unknown> = { done: false }): string =>
  `${JSON.stringify({ model: 'llama', message: { role: 'assistant', content }, ...more })}\n`;

const completionOf = (text: string, finish_reason: string | null = null): string =>
  frame({ id: 'c', object: 'text_completion', choices: [{ index: 0, text, finish_reason }] });

const OPENAI = {
  provider: () => openai,
  says: [chunkOf({ content: 'Hello' }), chunkOf({ content: ' there' }) + chunkOf({}, 'stop') + DONE],
} as const;
const EVENTS = { contentType: 'text/event-stream', waiting: COMMENT, between: COMMENT } as const;

const FORMS: readonly Form[] = [
  {
    ...OPENAI,
    ...EVENTS,
    name: 'chat completions that go through',
    path: '/v1/chat/completions',
    body: { model: 'open/writer', messages, stream: true },
    read: (body) => events(body).map((data) => parse(data).choices[0].delta.content ?? ''),
  },
  {
    ...EVENTS,
    name: 'completions',
    provider: () => openai,
    says: [completionOf('Hello'), completionOf(' there', 'stop') + DONE],
    path: '/v1/completions',
    body: { model: 'open/writer', prompt: 'Hi', stream: true },
    read: (body) => events(body).map((data) => parse(data).choices[0].text),
  },
  {
    ...OPENAI,
    ...EVENTS,
    name: 'responses',
    path: '/v1/responses',
    body: { model: 'open/writer', input: 'Hi', stream: true },
    read: (body) =>
      events(body)
        .map(parse)
        .filter(({ type }) => type === 'response.output_text.delta')
        .map(({ delta }) => delta),
  },
  {
    ...OPENAI,
    ...EVENTS,
    name: 'messages',
    path: '/v1/messages',
    body: { model: 'open/writer', messages, max_tokens: 9, stream: true },
    between: PING,
    read: (body) => events(body).map((data) => parse(data).delta?.text ?? ''),
  },
  {
    ...EVENTS,
    name: 'messages that go through',
    provider: () => claude,
    says: [CLAUDE_START + textDelta('Hello'), textDelta(' there') + CLAUDE_END],
    path: '/v1/messages',
    body: { model: 'claude/opus', messages, max_tokens: 9, stream: true },
    between: PING,
    read: (body) => events(body).map((data) => parse(data).delta?.text ?? ''),
  },
  {
    ...OPENAI,
    ...EVENTS,
    name: 'Gemini events',
    path: '/v1beta/models/open/writer:streamGenerateContent?alt=sse',
    body: input,
    read: (body) => events(body).map((data) => parse(data).candidates[0].content.parts[0].text),
  },
  {
    ...OPENAI,
    name: 'the Gemini array',
    path: '/v1beta/models/open/writer:streamGenerateContent',
    body: input,
    contentType: 'application/json',
    opening: '[',
    waiting: '\n',
    between: '\n',
    read: (body) => parse(body).map((chunk: ReturnType<typeof parse>) => chunk.candidates[0].content.parts[0].text),
  },
  {
    ...OPENAI,
    name: 'Ollama lines',
    path: '/api/chat',
    body: { model: 'open/writer', messages },
    contentType: 'application/x-ndjson',
    waiting: ' ',
    between: ' ',
    read: (body) => lines(body).map((line) => parse(line).message.content),
  },
  {
    name: 'Ollama lines that go through',
    provider: () => ollama,
    says: [ollamaLine('Hello'), ollamaLine(' there') + ollamaLine('', { done: true, done_reason: 'stop' })],
    path: '/api/generate',
    body: { model: 'ollama/llama', prompt: 'Hi' },
    contentType: 'application/x-ndjson',
    waiting: ' ',
    between: ' ',
    read: (body) => lines(body).map((line) => parse(line).response),
  },
  {
    ...OPENAI,
    name: 'the router’s own lines',
    path: '/route/invoke',
    body: { prompt: 'Hi', tags: ['first'], stream: true },
    contentType: 'application/jsonl',
    waiting: ' ',
    between: ' ',
    read: (body) => lines(body).map((line) => parse(line).text ?? ''),
  },
  {
    ...OPENAI,
    ...EVENTS,
    name: 'the router’s own events',
    path: '/route/invoke',
    headers: { accept: 'text/event-stream' },
    body: { prompt: 'Hi', tags: ['first'], stream: true },
    read: (body) => events(body).map((data) => parse(data).text ?? ''),
  },
];

const BEATS = 2;

/** Reads an answer and opens the gates, the next one whenever the client has got so many heartbeats more. */
async function readGated(response: Response, form: Form, gates: readonly Gate[]): Promise<string> {
  const decoder = new TextDecoder();
  const patterns = [(form.opening ?? '') + form.waiting.repeat(BEATS), form.between.repeat(BEATS)];
  let body = '';
  let at = 0;
  for await (const chunk of response.body ?? []) {
    body += decoder.decode(chunk as Uint8Array, { stream: true });
    const gate = gates[at];
    const isDue =
      at === 0 ? body.startsWith(patterns[0] ?? '') : body.includes('Hello') && body.endsWith(patterns[1] ?? '');
    if (gate === undefined || !isDue) continue;
    gate.resolve();
    at += 1;
  }
  return body;
}

/** Says nothing until a gate opens, each time anew. */
function sayingSlowly([first, rest]: readonly [string, string], gates: readonly Gate[]): Responder {
  return async (_request, response) => {
    if (first.startsWith('{')) response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    else startStream(response);
    response.flushHeaders();
    await gates[0]?.promise;
    response.write(first);
    await gates[1]?.promise;
    response.end(rest);
  };
}

describe('a client that waits for a silent provider gets heartbeats before and after the first words', () => {
  test.each(FORMS)('$name', async (form) => {
    const gates = [createDeferred<void>(), createDeferred<void>()];
    form.provider().respond = sayingSlowly(form.says, gates);
    const response = await router.send(form.path, form.body, form.headers);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(form.contentType);
    expect(response.headers.get('x-request-id')).not.toBeNull();
    expect(response.headers.get('x-router-model')).toBeNull();
    const body = await readGated(response, form, gates);
    expect(form.read(body).join('')).toBe('Hello there');
    expect(await router.lastRecord()).toMatchObject({ status: 'success', error_code: null });
  });
});

describe('a failure after the head of the answer', () => {
  const failing = (gate: Gate): Responder => {
    return async (_request, response) => {
      await gate.promise;
      sendJson(response, 400, { error: { message: 'No such thing', type: 'invalid_request_error' } });
    };
  };

  test.each(FORMS.filter(({ says }) => says === OPENAI.says))('$name', async (form) => {
    const gate = createDeferred<void>();
    openai.respond = failing(gate);
    const response = await router.send(
      form.path,
      { ...form.body, tags: undefined, model: 'open/writer' },
      form.headers,
    );
    expect(response.status).toBe(200);
    const body = await readGated(response, form, [gate]);
    const isArray = form.opening !== undefined;
    const said: string[] = isArray ? parse(body).map((item: unknown) => JSON.stringify(item)) : eventsOrLines(body);
    expect(said).toHaveLength(1);
    expect(said[0]).toContain('No such thing');
    expect(body).not.toContain('[DONE]');
    expect(await router.lastRecord()).toMatchObject({ status: 'error', error_code: 'upstream.rejected' });
  });

  const eventsOrLines = (body: string): string[] => (body.startsWith(':') ? events(body) : lines(body));
});

test('while heartbeats go out, another model can still take over', async () => {
  const gate = createDeferred<void>();
  openai.respond = async (_request, response) => {
    await gate.promise;
    sendJson(response, 401, { error: { message: 'wrong key' } });
  };
  claude.respond = (_request, response) => {
    startStream(response);
    response.end(CLAUDE_START + textDelta('Hello there') + CLAUDE_END);
  };
  const [form] = FORMS;
  if (form === undefined) throw new Error('no form');
  const response = await router.send(form.path, { model: 'tag:first', messages, stream: true });
  const body = await readGated(response, form, [gate]);
  expect(form.read(body).join('')).toBe('Hello there');
  expect(body.endsWith(DONE)).toBe(true);
  expect(await router.lastRecord()).toMatchObject({ status: 'success', provider_name: 'claude' });
});
