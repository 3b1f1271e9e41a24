import type { ServerResponse } from 'node:http';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import type { ChatProtocolId } from '../../src/canonical/protocol-id.ts';
import { PROVIDER_SPECS } from '../../src/providers/registry.ts';
import type { ProviderSpec } from '../../src/providers/spec.ts';
import { chatAnswer, FakeProvider, type ReceivedRequest, sendJson } from '../support/fake-provider.ts';
import { forgetKeyRests, startRouter } from '../support/start-router.ts';

/** Every type that is called over the network, as it stands in the registry: new ones are taken up by themselves. */
const specs = PROVIDER_SPECS.filter((spec) => spec.unsupported === undefined && spec.openTransport === undefined);

interface Canned {
  readonly whole: object;
  /** Undefined: the format has no streams. */
  readonly stream?: { readonly contentType: string; readonly body: string };
}

const event = (data: { readonly type: string }): string => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
const data = (value: object): string => `data: ${JSON.stringify(value)}\n\n`;
const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm' };
const gemini = (finishReason?: string) => ({
  candidates: [
    { index: 0, content: { role: 'model', parts: [{ text: 'Hello' }] }, ...(finishReason && { finishReason }) },
  ],
  usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 5, totalTokenCount: 15 },
});

/** The same answer in the words of every format but OpenAI's. */
const CANNED: Readonly<Partial<Record<ChatProtocolId, Canned>>> = {
  'anthropic-messages': {
    whole: {
      ...message,
      content: [{ type: 'text', text: 'Hello' }],
      stop_reason: 'end_turn',
      usage: { input_tokens: 10, output_tokens: 5 },
    },
    stream: {
      contentType: 'text/event-stream',
      body: [
        { type: 'message_start', message: { ...message, content: [], usage: { input_tokens: 10, output_tokens: 0 } } },
        { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
        { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } },
        { type: 'content_block_stop', index: 0 },
        { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 5 } },
        { type: 'message_stop' },
      ]
        .map(event)
        .join(''),
    },
  },
  'gemini-generate': {
    whole: gemini('STOP'),
    stream: { contentType: 'text/event-stream', body: data(gemini('STOP')) },
  },
  'cohere-chat': {
    whole: {
      id: 'c1',
      message: { role: 'assistant', content: [{ type: 'text', text: 'Hello' }] },
      finish_reason: 'COMPLETE',
      usage: { billed_units: { input_tokens: 10, output_tokens: 5 }, tokens: { input_tokens: 10, output_tokens: 5 } },
    },
    stream: {
      contentType: 'text/event-stream',
      body: [
        { type: 'message-start', id: 'c1', delta: { message: { role: 'assistant' } } },
        { type: 'content-start', index: 0, delta: { message: { content: { type: 'text', text: '' } } } },
        { type: 'content-delta', index: 0, delta: { message: { content: { text: 'Hello' } } } },
        { type: 'content-end', index: 0 },
        {
          type: 'message-end',
          delta: {
            finish_reason: 'COMPLETE',
            usage: {
              billed_units: { input_tokens: 10, output_tokens: 5 },
              tokens: { input_tokens: 10, output_tokens: 5 },
            },
          },
        },
      ]
        .map(data)
        .join(''),
    },
  },
  'ollama-chat': {
    whole: {
      model: 'm',
      message: { role: 'assistant', content: 'Hello' },
      done: true,
      done_reason: 'stop',
      prompt_eval_count: 10,
      eval_count: 5,
    },
    stream: {
      contentType: 'application/x-ndjson',
      body: [
        { model: 'm', message: { role: 'assistant', content: 'Hello' }, done: false },
        {
          model: 'm',
          message: { role: 'assistant', content: '' },
          done: true,
          done_reason: 'stop',
          prompt_eval_count: 10,
          eval_count: 5,
        },
      ]
        .map((line) => `${JSON.stringify(line)}\n`)
        .join(''),
    },
  },
  'remote-http': { whole: { output: 'Hello' } },
};

const provider = await FakeProvider.start();

/** The path of the vendor's own address, on the host of the fake. */
function addressOf({ baseUrl, versionPath }: ProviderSpec): string {
  if (baseUrl === undefined) return provider.url + versionPath;
  return provider.url + new URL(baseUrl.replaceAll(/[{}]/g, '')).pathname.replace(/\/$/, '');
}

const entries = specs.map(
  (spec) => `
[[providers]]
name = "${spec.type}"
type = "${spec.type}"
base_url = "${addressOf(spec)}"
api_key = "key-of-${spec.type}"

[[models]]
name = "m"
provider = "${spec.type}"
default_params = { temperature = 0.5 }
`,
);

const router = await startRouter(`[retry]\nmax_attempts = 1\n\n[timeouts]\nfirst_token_ms = 300\n${entries.join('')}`);

afterAll(async () => {
  await router.stop();
  await provider.stop();
});

function answerFor(spec: ProviderSpec) {
  const [protocol] = Object.keys(spec.chat) as ChatProtocolId[];
  const canned = protocol === undefined ? undefined : CANNED[protocol];
  if (canned === undefined) return chatAnswer('Hello');
  return (request: ReceivedRequest, response: ServerResponse): void => {
    const isStream = request.body?.stream === true || request.path.includes('stream');
    if (!isStream || canned.stream === undefined) {
      sendJson(response, 200, canned.whole);
      return;
    }
    response.writeHead(200, { 'content-type': canned.stream.contentType });
    response.end(canned.stream.body);
  };
}

describe.each(specs.map((spec) => [spec.type, spec] as const))('%s', (type, spec) => {
  const ask = { model: `${type}/m`, messages: [{ role: 'user', content: 'Hi' }] };
  const { auth } = spec;

  beforeEach(() => {
    provider.respond = answerFor(spec);
    forgetKeyRests(router);
  });

  test('answers, at its own path and with its own key', async () => {
    const { status, body } = await router.post('/v1/chat/completions', ask);
    expect([status, body.choices?.[0]?.message.content, body.choices?.[0]?.finish_reason]).toEqual([
      200,
      'Hello',
      'stop',
    ]);
    const { path, headers } = provider.last;
    expect(provider.url + path).toContain(addressOf(spec));
    if (auth.kind === 'header') expect(headers[auth.header]).toBe(`${auth.prefix}key-of-${type}`);
    for (const [name, value] of Object.entries(spec.headers ?? {})) expect(headers[name]).toBe(value);
    expect(JSON.stringify(provider.last.body)).toContain('0.5');
    for (const name of spec.edits?.drop ?? []) expect(provider.last.body).not.toHaveProperty(name);
  });

  test('streams', async () => {
    const request = { ...ask, stream: true, stream_options: { include_usage: true } };
    const response = await router.send('/v1/chat/completions', request);
    const text = await response.text();
    expect(text).toContain('"content":"Hello"');
    expect(text.trimEnd().endsWith('[DONE]')).toBe(true);
    const record = await router.lastRecord();
    expect([record.status, record.completion_tokens]).toEqual(['success', expect.any(Number)]);
  });

  test.each([
    [401, 'upstream.auth', 502],
    [404, 'upstream.not_found', 404],
    [429, 'upstream.rate_limited', 429],
    [500, 'upstream.failed', 502],
    [503, 'upstream.overloaded', 503],
  ])('an answer %d is %s', async (status, code, shown) => {
    provider.respond = (_request, response) =>
      sendJson(response, status, { error: { message: 'no' }, message: 'no' }, { 'retry-after': '3600' });
    const { status: got, body } = await router.post('/v1/chat/completions', ask);
    expect([got, body.error.code]).toEqual([shown, code]);
    expect(JSON.stringify(body)).not.toContain('key-of');
  });

  test('silence ends in time', async () => {
    provider.respond = () => undefined;
    const { status, body } = await router.post('/v1/chat/completions', ask);
    expect([status, body.error.code]).toEqual([504, 'upstream.timeout']);
  });
});
