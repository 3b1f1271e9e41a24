import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createOpenAI } from '@ai-sdk/openai';
import { generateText, jsonSchema, streamText, type ToolSet } from 'ai';
import OpenAI, { APIError } from 'openai';
import { zodTextFormat } from 'openai/helpers/zod';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ChatResponse, ChatStreamEvent } from '../../../src/canonical/chat.ts';
import { RouterError } from '../../../src/errors/router-error.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { readSseFrames } from '../../../src/lib/sse.ts';
import { openAiResponsesDialect } from '../../../src/protocols/openai-responses/openai-responses.ts';
import { wrapSeal } from '../../../src/protocols/seal.ts';
import { answerFacts, streamFacts } from '../../support/facts.ts';
import { answer, CONTENT, EVENTS, encodeAll, ORIGIN, PAGE, SEALED, WORDS } from './answers.ts';

let server: Server;
let serve: { readonly type: string; readonly body: string };
let requests: JsonObject[];
let baseURL: string;
let client: OpenAI;

beforeAll(async () => {
  server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    requests.push(JSON.parse(Buffer.concat(chunks).toString()) as JsonObject);
    response.writeHead(200, { 'content-type': serve.type });
    response.end(serve.body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseURL = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  client = new OpenAI({ baseURL, apiKey: 'key', maxRetries: 0 });
});

beforeEach(() => {
  requests = [];
});

afterAll(() => new Promise<unknown>((resolve) => server.close(resolve)));

function serveWhole(response: ChatResponse): void {
  const body = openAiResponsesDialect.encodeResponse(response, answerFacts({ origin: ORIGIN, body: SEALED }));
  serve = { type: 'application/json', body: JSON.stringify(body) };
}

function serveStream(events: readonly ChatStreamEvent[], tail = ''): void {
  serve = { type: 'text/event-stream', body: encodeAll(events, { body: SEALED }) + tail };
}

describe('OpenAI’s SDK', () => {
  const request = { model: 'large', input: 'Hello' } as const;

  test('reads a whole answer', async () => {
    serveWhole(answer(CONTENT));
    const response = await client.responses.create(request);
    expect(response.output_text).toBe(WORDS);
    expect(response.output.map(({ type }) => type)).toEqual([
      'reasoning',
      'message',
      'function_call',
      'custom_tool_call',
    ]);
    expect(response.usage?.input_tokens_details.cached_tokens).toBe(40);
  });

  test('parses structured output and strict arguments', async () => {
    serveWhole(
      answer([
        { type: 'text', text: '{"city":"Köln"}' },
        { type: 'tool-call', id: 'c', name: 'weather', arguments: '{"a":1}' },
      ]),
    );
    const strict = { type: 'function', name: 'weather', strict: true, parameters: {} } as const;
    const format = zodTextFormat(z.object({ city: z.string() }), 'place');
    const response = await client.responses.parse({ ...request, tools: [strict], text: { format } });
    expect(response.output_parsed).toEqual({ city: 'Köln' });
    expect(response.output[1]).toMatchObject({ parsed_arguments: { a: 1 } });
  });

  test('puts a stream together to the same response', async () => {
    serveStream(EVENTS);
    const stream = client.responses.stream(request);
    const texts: string[] = [];
    const words: string[] = [];
    stream.on('response.output_text.delta', ({ snapshot }) => texts.push(snapshot));
    stream.on('response.function_call_arguments.delta', ({ snapshot }) => words.push(snapshot));
    const response = await stream.finalResponse();
    expect(texts).toEqual([WORDS.slice(0, 4), WORDS]);
    expect(words).toEqual(['{"city": ', '{"city": "Köln"}']);
    expect(response.output_text).toBe(WORDS);
    expect(response.output).toMatchObject([
      { type: 'reasoning', summary: [{ text: 'I think.' }], encrypted_content: wrapSeal(ORIGIN, 'sig') },
      { type: 'message', content: [{ annotations: [{ url: PAGE.url }] }] },
      { call_id: 'call_a', arguments: '{"city": "Köln"}' },
      { call_id: 'call_b', input: '*** Begin' },
    ]);
  });

  test('gets the same from the pieces as from the whole at the end', async () => {
    const withoutEnd = EVENTS.slice(0, -1);
    serveStream(withoutEnd);
    const pieces = await client.responses.stream(request).finalResponse();
    serveStream(EVENTS);
    const whole = await client.responses.stream(request).finalResponse();
    expect(pieces.output).toEqual(whole.output);
  });

  test('reads a refusal and a stop for length', async () => {
    serveStream([
      ...EVENTS.slice(0, 1),
      { type: 'refusal-start', block: 0, choice: 0 },
      { type: 'refusal-delta', block: 0, text: 'No.' },
      { type: 'refusal-end', block: 0 },
      { type: 'choice-end', choice: 0, finishReason: 'length' },
      { type: 'response-end', usage: undefined },
    ]);
    const response = await client.responses.stream(request).finalResponse();
    expect(response.status).toBe('incomplete');
    expect(response.output).toMatchObject([{ content: [{ type: 'refusal', refusal: 'No.' }] }]);
  });

  test('throws where a stream breaks, with the router’s code', async () => {
    const encoder = openAiResponsesDialect.createStreamEncoder(streamFacts({ origin: ORIGIN }));
    const before = EVENTS.slice(0, 8)
      .map((event) => encoder.push(event))
      .join('');
    serve = {
      type: 'text/event-stream',
      body: before + encoder.fail(new RouterError('upstream.truncated', { detail: 'secret' })),
    };
    const stream = await client.responses.create({ ...request, stream: true });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const event of stream) seen.push(event.type);
    })();
    const thrown = await reading.catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(APIError);
    expect(thrown).toMatchObject({ code: 'upstream.truncated', type: 'server_error' });
    expect(seen).toContain('response.output_text.delta');
    expect(serve.body).not.toContain('secret');
    expect(readSseFrames(serve.body).at(-1)?.event).toBe('response.failed');
  });
});

describe('the AI SDK', () => {
  const inputSchema = jsonSchema({ type: 'object', properties: { city: { type: 'string' } } });
  const tools: ToolSet = { weather: { description: 'Weather', inputSchema } };
  const content = CONTENT.slice(0, 3);

  test('reads a whole answer', async () => {
    serveWhole(answer(content, { finishReason: 'tool-calls' }));
    const model = createOpenAI({ baseURL, apiKey: 'key' }).responses('gpt-5');
    const result = await generateText({ model, prompt: 'Hello', tools });
    expect(result.text).toBe(WORDS);
    expect(result.reasoningText).toBe('I think.');
    expect(result.toolCalls).toMatchObject([{ toolCallId: 'call_a', toolName: 'weather', input: { city: 'Köln' } }]);
    expect(result.finishReason).toBe('tool-calls');
    expect(result.usage).toMatchObject({ inputTokens: 100, outputTokens: 30 });
    expect(result.sources).toMatchObject([{ url: PAGE.url }]);
  });

  test('reads a stream', async () => {
    serveStream(EVENTS.filter((event) => !('block' in event && event.block === 3)));
    const model = createOpenAI({ baseURL, apiKey: 'key' }).responses('gpt-5');
    const result = streamText({ model, prompt: 'Hello', tools });
    expect(await result.text).toBe(WORDS);
    expect(await result.reasoningText).toBe('I think.');
    expect(await result.toolCalls).toMatchObject([{ toolCallId: 'call_a', input: { city: 'Köln' } }]);
    expect(await result.finishReason).toBe('tool-calls');
    expect(await result.sources).toMatchObject([{ url: PAGE.url }]);
  });

  test('gives an error where a stream breaks', async () => {
    const encoder = openAiResponsesDialect.createStreamEncoder(streamFacts({ origin: ORIGIN }));
    const before = EVENTS.slice(0, 8)
      .map((event) => encoder.push(event))
      .join('');
    serve = { type: 'text/event-stream', body: before + encoder.fail(new RouterError('upstream.timeout')) };
    const errors: unknown[] = [];
    const model = createOpenAI({ baseURL, apiKey: 'key' }).responses('gpt-5');
    const result = streamText({ model, prompt: 'Hello', tools, onError: ({ error }) => void errors.push(error) });
    const parts: string[] = [];
    for await (const part of result.fullStream) parts.push(part.type);
    expect(parts).toContain('error');
    expect(JSON.stringify(errors)).toContain('in time');
  });

  test('sends back what it was given, and the router understands it', async () => {
    serveWhole(answer(content, { finishReason: 'tool-calls' }));
    const model = createOpenAI({ baseURL, apiKey: 'key' }).responses('gpt-5');
    const providerOptions = { openai: { store: false, include: ['reasoning.encrypted_content'] } };
    const first = await generateText({ model, prompt: 'Hello', tools, providerOptions });
    serveWhole(answer([{ type: 'text', text: 'Done.' }]));
    const result = {
      type: 'tool-result',
      toolCallId: 'call_a',
      toolName: 'weather',
      output: { type: 'text', value: 'sunny' },
    } as const;
    await generateText({
      model,
      tools,
      providerOptions,
      messages: [{ role: 'user', content: 'Hello' }, ...first.response.messages, { role: 'tool', content: [result] }],
    });
    const sent = requests[1] as JsonObject;
    openAiResponsesDialect.readHead(sent);
    const { messages } = openAiResponsesDialect.decodeRequest(sent);
    expect(messages.flatMap((message) => message.content)).toMatchObject([
      { type: 'text', text: 'Hello' },
      { type: 'reasoning', text: 'I think.', signature: 'sig', origin: ORIGIN },
      { type: 'text', text: WORDS },
      { type: 'tool-call', id: 'call_a', name: 'weather' },
      { type: 'tool-result', callId: 'call_a', content: [{ type: 'text', text: 'sunny' }] },
    ]);
  });
});
