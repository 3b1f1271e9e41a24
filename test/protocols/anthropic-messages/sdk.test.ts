import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import AnthropicOne, { OverloadedError } from '@anthropic-ai/sdk';
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';
import AnthropicZero from 'anthropic-sdk-0';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { ChatResponse, ChatStreamEvent } from '../../../src/canonical/chat.ts';
import type { Usage } from '../../../src/canonical/usage.ts';
import { RouterError } from '../../../src/errors/router-error.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { anthropicMessagesDialect as dialect } from '../../../src/protocols/anthropic-messages/anthropic-messages.ts';
import { answerFacts, streamFacts } from '../../support/facts.ts';

const USAGE: Usage = { inputTokens: 11, cacheReadTokens: 2, cacheWriteTokens: 3, outputTokens: 22, reasoningTokens: 4 };

const ANSWER: ChatResponse = {
  id: 'vendor',
  model: 'vendor-model',
  choices: [
    {
      content: [
        { type: 'reasoning', text: 'Hm.', signature: 'sealed' },
        { type: 'text', text: 'Grüße 🦜', citations: [{ url: 'https://a.example', title: 'A', citedText: 'said' }] },
        { type: 'tool-call', id: 'call_a', name: 'weather', arguments: '{"city": "Köln"}' },
        { type: 'tool-call', id: 'call_b', name: 'time', arguments: '' },
      ],
      finishReason: 'tool-calls',
    },
  ],
  usage: USAGE,
};

/** Calls of other providers overlap, and end only with the answer. */
const EVENTS: readonly ChatStreamEvent[] = [
  { type: 'response-start', id: 'vendor', model: 'vendor-model' },
  { type: 'reasoning-start', block: 0, choice: 0 },
  { type: 'reasoning-delta', block: 0, text: 'Hm' },
  { type: 'reasoning-delta', block: 0, text: '.' },
  { type: 'reasoning-end', block: 0, signature: 'sealed' },
  { type: 'text-start', block: 1, choice: 0 },
  { type: 'text-delta', block: 1, text: 'Grüße ' },
  { type: 'citation', block: 1, citation: { url: 'https://a.example', title: 'A', citedText: 'said' } },
  { type: 'text-delta', block: 1, text: '🦜' },
  { type: 'text-end', block: 1 },
  { type: 'tool-call-start', block: 2, choice: 0, id: 'call_a', name: 'weather' },
  { type: 'tool-call-start', block: 3, choice: 0, id: 'call_b', name: 'time' },
  { type: 'tool-call-delta', block: 2, arguments: '{"city": ' },
  { type: 'tool-call-delta', block: 3, arguments: '{' },
  { type: 'tool-call-delta', block: 2, arguments: '"Köln"}' },
  { type: 'tool-call-delta', block: 3, arguments: '}' },
  { type: 'tool-call-end', block: 2 },
  { type: 'tool-call-end', block: 3 },
  { type: 'choice-end', choice: 0, finishReason: 'tool-calls' },
  { type: 'response-end', usage: USAGE },
];

const SEAL = `llmr1.${Buffer.from('openai-chat:acme').toString('base64url')}.sealed`;

/** What both ways of asking give. */
const EXPECTED = {
  id: 'msg_01TEST',
  type: 'message',
  role: 'assistant',
  model: 'large',
  content: [
    { type: 'thinking', thinking: 'Hm.', signature: SEAL },
    {
      type: 'text',
      text: 'Grüße 🦜',
      citations: [{ type: 'web_search_result_location', url: 'https://a.example', title: 'A', cited_text: 'said' }],
    },
    { type: 'tool_use', id: 'call_a', name: 'weather', input: { city: 'Köln' } },
    { type: 'tool_use', id: 'call_b', name: 'time', input: {} },
  ],
  stop_reason: 'tool_use',
  stop_sequence: null,
  stop_details: null,
  usage: {
    input_tokens: 11,
    cache_read_input_tokens: 2,
    cache_creation_input_tokens: 3,
    output_tokens: 22,
    output_tokens_details: { thinking_tokens: 4 },
  },
};

interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const json = (status: number, body: JsonObject): Reply => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
});

function streamOf(events: readonly ChatStreamEvent[], error?: RouterError): Reply {
  const encoder = dialect.createStreamEncoder(streamFacts());
  const body = events.map((event) => encoder.push(event)).join('') + (error === undefined ? '' : encoder.fail(error));
  return { status: 200, type: encoder.contentType, body };
}

/** What the dialect itself has to say about a request. */
function refusalOf(body: JsonObject): Reply | undefined {
  try {
    dialect.readHead(body);
    dialect.decodeRequest(body);
    return undefined;
  } catch (thrown) {
    const error = RouterError.from(thrown);
    return json(dialect.errorStatus(error), dialect.encodeError(error, '01TEST'));
  }
}

let server: Server;
let url: string;
let replies: Reply[] = [];
let bodies: JsonObject[] = [];

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = JSON.parse(Buffer.concat(chunks).toString()) as JsonObject;
    const reply = refusalOf(body) ?? replies.shift() ?? json(500, {});
    bodies.push(body);
    response.writeHead(reply.status, { 'content-type': reply.type, 'request-id': 'req_1' }).end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  replies = [];
  bodies = [];
});

const ASKED = { model: 'large', max_tokens: 100, messages: [{ role: 'user' as const, content: 'hi' }] };

describe.each([
  ['1.x', () => new AnthropicOne({ baseURL: url, apiKey: 'k', maxRetries: 0 })],
  ['0.x', () => new AnthropicZero({ baseURL: url, apiKey: 'k', maxRetries: 0 }) as unknown as AnthropicOne],
] as const)('the official client %s', (_version, connect) => {
  test('reads a whole answer', async () => {
    replies = [json(200, dialect.encodeResponse(ANSWER, answerFacts()))];
    expect(await connect().messages.create(ASKED)).toMatchObject(EXPECTED);
  });

  test('reads a stream event by event', async () => {
    replies = [streamOf(EVENTS)];
    const types: string[] = [];
    for await (const event of await connect().messages.create({ ...ASKED, stream: true })) types.push(event.type);
    expect(types[0]).toBe('message_start');
    expect(types.filter((type) => type === 'content_block_start')).toHaveLength(4);
    expect(types.filter((type) => type === 'content_block_stop')).toHaveLength(4);
    expect(types.slice(-2)).toEqual(['message_delta', 'message_stop']);
  });

  test('puts a stream together, and hears of every block when it ends', async () => {
    replies = [streamOf(EVENTS)];
    const stream = connect().messages.stream(ASKED);
    const blocks: string[] = [];
    const words: string[] = [];
    const inputs: unknown[] = [];
    stream.on('contentBlock', (block) => blocks.push(block.type === 'tool_use' ? block.name : block.type));
    stream.on('text', (text) => words.push(text));
    stream.on('inputJson', (_piece, snapshot) => inputs.push(snapshot));
    expect(await stream.finalMessage()).toMatchObject(EXPECTED);
    expect(await stream.finalText()).toBe('Grüße 🦜');
    expect(blocks).toEqual(['thinking', 'text', 'weather', 'time']);
    expect(words.join('')).toBe('Grüße 🦜');
    expect(inputs.at(-1)).toEqual({});
  });

  test('raises the error in a stream', async () => {
    replies = [streamOf(EVENTS.slice(0, 8), new RouterError('upstream.truncated'))];
    const stream = connect().messages.stream(ASKED);
    await expect(stream.finalMessage()).rejects.toMatchObject({
      error: { type: 'error', error: { type: 'api_error', code: 'upstream.truncated' }, request_id: '01TEST' },
    });
  });

  test.each([
    ['auth.unknown_key', 401, 'authentication_error'],
    ['request.invalid', 400, 'invalid_request_error'],
    ['model.unknown', 404, 'not_found_error'],
    ['limit.model_exhausted', 429, 'rate_limit_error'],
    ['upstream.overloaded', 529, 'overloaded_error'],
    ['upstream.failed', 502, 'api_error'],
  ] as const)('raises %s as %d %s', async (code, status, type) => {
    const error = new RouterError(code);
    replies = [json(dialect.errorStatus(error), dialect.encodeError(error, '01TEST'))];
    const message = error.publicMessage;
    await expect(connect().messages.create(ASKED)).rejects.toMatchObject({
      status,
      error: { type: 'error', error: { type, message, code }, request_id: '01TEST' },
    });
  });

  test('runs tools and sends back what it was given, seals included', async () => {
    const done: ChatResponse = {
      ...ANSWER,
      choices: [{ content: [{ type: 'text', text: 'done' }], finishReason: 'stop' }],
    };
    replies = [ANSWER, done].map((answer) => json(200, dialect.encodeResponse(answer, answerFacts())));
    const tool = (name: string) =>
      betaTool({ name, inputSchema: { type: 'object', properties: {} }, description: name, run: () => `ran ${name}` });
    const last = await connect().beta.messages.toolRunner({ ...ASKED, tools: [tool('weather'), tool('time')] });
    expect(last.content).toMatchObject([{ type: 'text', text: 'done' }]);
    const { messages } = dialect.decodeRequest(bodies.at(-1) ?? {});
    expect(messages[1]?.content).toEqual([
      { type: 'reasoning', text: 'Hm.', signature: 'sealed', origin: 'openai-chat:acme' },
      { type: 'text', text: 'Grüße 🦜', citations: [{ url: 'https://a.example', title: 'A', citedText: 'said' }] },
      { type: 'tool-call', id: 'call_a', name: 'weather', arguments: '{"city":"Köln"}' },
      { type: 'tool-call', id: 'call_b', name: 'time', arguments: '{}' },
    ]);
    expect(messages[2]?.content).toMatchObject([
      { type: 'tool-result', callId: 'call_a', content: [{ type: 'text', text: 'ran weather' }] },
      { type: 'tool-result', callId: 'call_b', content: [{ type: 'text', text: 'ran time' }] },
    ]);
    expect(messages[1]?.extras).toBeUndefined();
  });

  test('streams while it runs tools', async () => {
    replies = [streamOf(EVENTS), streamOf([...EVENTS.slice(0, 10), ...EVENTS.slice(-2)])];
    const tools = ['weather', 'time'].map((name) =>
      betaTool({ name, inputSchema: { type: 'object', properties: {} }, description: name, run: () => 'ran' }),
    );
    const runner = connect().beta.messages.toolRunner({ ...ASKED, stream: true, tools });
    const messages = [];
    for await (const stream of runner) messages.push(await stream.finalMessage());
    expect(messages[0]).toMatchObject(EXPECTED);
    expect(dialect.decodeRequest(bodies.at(-1) ?? {}).messages).toHaveLength(3);
  });
});

test('an overloaded provider is told apart by its own class of error', async () => {
  const error = new RouterError('upstream.overloaded');
  replies = [json(dialect.errorStatus(error), dialect.encodeError(error, '01TEST'))];
  const client = new AnthropicOne({ baseURL: url, apiKey: 'k', maxRetries: 0 });
  await expect(client.messages.create(ASKED)).rejects.toBeInstanceOf(OverloadedError);
});
