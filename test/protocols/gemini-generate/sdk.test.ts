import { createServer, type IncomingMessage } from 'node:http';
import { createGoogleGenerativeAI } from '@ai-sdk/google';
import { ApiError, GoogleGenAI } from '@google/genai';
import { generateText, streamText, tool } from 'ai';
import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ChatRequest, ChatResponse } from '../../../src/canonical/chat.ts';
import type { ContentPart } from '../../../src/canonical/content.ts';
import { LossLedger } from '../../../src/canonical/loss.ts';
import { replayAsStream } from '../../../src/canonical/replay-stream.ts';
import { RouterError } from '../../../src/errors/router-error.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { geminiGenerateDialect as dialect } from '../../../src/protocols/gemini-generate/gemini-generate.ts';
import type { StreamFacts } from '../../../src/protocols/protocol.ts';

const WORDS = 'Grüße 模型 🦜 "quoted"';
const USAGE = { inputTokens: 11, cacheReadTokens: 4, cacheWriteTokens: 0, outputTokens: 22, reasoningTokens: 7 };
const FACTS: Omit<StreamFacts, 'ledger'> = {
  requestId: 'req-1',
  createdAt: 7,
  provider: 'acme',
  model: 'big',
  body: {},
  origin: 'anthropic-messages:acme',
  preferEventStream: true,
  includeUsage: true,
  estimatedInputTokens: 3,
  costOf: () => undefined,
};

type Model = (request: ChatRequest) => ChatResponse;

const answer = (finishReason: 'stop' | 'tool-calls', ...content: ContentPart[]): ChatResponse => ({
  id: 'v',
  model: 'v',
  choices: [{ content, finishReason }],
  usage: USAGE,
});

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

interface Served {
  readonly url: string;
  readonly requests: ChatRequest[];
}

/** A server that speaks the dialect and answers as `model` says. */
async function serve(model: Model, breakAfter?: number): Promise<Served> {
  const requests: ChatRequest[] = [];
  const server = createServer(async (incoming, reply) => {
    const body = JSON.parse(await textOf(incoming)) as JsonObject;
    const facts = { ...FACTS, ledger: new LossLedger() };
    try {
      dialect.readHead(body);
      const request = dialect.decodeRequest(body);
      requests.push(request);
      const response = model(request);
      if (!incoming.url?.includes(':streamGenerateContent')) {
        reply.setHeader('content-type', 'application/json');
        reply.end(JSON.stringify(dialect.encodeResponse(response, { ...facts, costUsd: undefined, raw: {} })));
        return;
      }
      const encoder = dialect.createStreamEncoder(facts);
      reply.setHeader('content-type', encoder.contentType);
      for (const event of replayAsStream(response).slice(0, breakAfter)) reply.write(encoder.push(event));
      if (breakAfter !== undefined) reply.write(encoder.fail(new RouterError('upstream.overloaded')));
      reply.end();
    } catch (thrown) {
      const error = RouterError.from(thrown);
      reply.writeHead(dialect.errorStatus(error), { 'content-type': 'application/json' });
      reply.end(JSON.stringify(dialect.encodeError(error, 'req-1')));
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  closers.push(() => server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, requests };
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of incoming) text += String(chunk);
  return text;
}

const TALK: Model = () =>
  answer(
    'stop',
    { type: 'reasoning', text: 'thinking', signature: 'SIG' },
    { type: 'text', text: WORDS, citations: [{ url: 'https://a', title: 'A', start: 0, end: 5 }] },
  );

/** Calls two tools at once, and then says what it got. */
const TOOLS: Model = ({ messages }) => {
  const results = messages.flatMap(({ content }) => content.filter((part) => part.type === 'tool-result'));
  if (results.length > 0)
    return answer('stop', { type: 'text', text: JSON.stringify(results.map(({ callId }) => callId)) });
  return answer(
    'tool-calls',
    { type: 'reasoning', text: 'need it', signature: 'SIG' },
    { type: 'tool-call', id: 'call-a', name: 'weather', arguments: '{"city":"Köln"}', signature: 'CALL' },
    { type: 'tool-call', id: 'call-b', name: 'weather', arguments: '{"city":"Bonn"}' },
  );
};

describe('@google/genai', () => {
  const client = ({ url }: Served) =>
    new GoogleGenAI({ apiKey: 'k', httpOptions: { baseUrl: url, retryOptions: { attempts: 1 } } });

  test('a whole answer', async () => {
    const served = await serve(TALK);
    const response = await client(served).models.generateContent({
      model: 'x',
      contents: 'hi',
      config: { systemInstruction: 'be kind', temperature: 0.5, maxOutputTokens: 9, stopSequences: ['x'] },
    });
    expect(response.text).toBe(WORDS);
    expect(response.usageMetadata).toMatchObject({ promptTokenCount: 15, thoughtsTokenCount: 7, totalTokenCount: 37 });
    expect(response.candidates?.[0]?.groundingMetadata?.groundingChunks?.[0]?.web?.uri).toBe('https://a');
    expect(response.modelVersion).toBe('big');
    expect(served.requests[0]).toMatchObject({
      messages: [{ role: 'system' }, { role: 'user', content: [{ type: 'text', text: 'hi' }] }],
      temperature: 0.5,
      maxOutputTokens: 9,
      stop: ['x'],
    });
  });

  test('a stream', async () => {
    let text = '';
    let last: unknown;
    for await (const chunk of await client(await serve(TALK)).models.generateContentStream({
      model: 'x',
      contents: 'hi',
    })) {
      text += chunk.text ?? '';
      last = chunk;
    }
    expect(text).toBe(WORDS);
    expect(last).toMatchObject({ candidates: [{ finishReason: 'STOP' }], usageMetadata: { totalTokenCount: 37 } });
  });

  const declaration = {
    name: 'weather',
    parametersJsonSchema: { type: 'object', properties: { city: { type: 'string' } } },
  };

  test.each([false, true])('a chat with calls (streamed: %s)', async (isStreamed) => {
    const served = await serve(TOOLS);
    const chat = client(served).chats.create({
      model: 'x',
      config: { tools: [{ functionDeclarations: [declaration] }] },
    });
    const send = async (message: Parameters<typeof chat.sendMessage>[0]['message']) => {
      if (!isStreamed) {
        const response = await chat.sendMessage({ message });
        return { text: response.text ?? '', calls: response.functionCalls ?? [] };
      }
      const whole = {
        text: '',
        calls: [] as NonNullable<Awaited<ReturnType<typeof chat.sendMessage>>['functionCalls']>,
      };
      for await (const chunk of await chat.sendMessageStream({ message })) {
        whole.text += chunk.text ?? '';
        whole.calls.push(...(chunk.functionCalls ?? []));
      }
      return whole;
    };
    const { calls } = await send('how is the weather?');
    expect(calls.map(({ id, args }) => [id, args])).toEqual([
      ['call-a', { city: 'Köln' }],
      ['call-b', { city: 'Bonn' }],
    ]);
    const parts = calls.map(({ id, name }) => ({
      functionResponse: {
        ...(id === undefined ? {} : { id }),
        ...(name === undefined ? {} : { name }),
        response: { output: 'fine' },
      },
    }));
    expect((await send(parts)).text).toBe('["call-a","call-b"]');
    // The seals came back with their maker's name.
    expect(served.requests[1]?.messages).toMatchObject([
      { role: 'user' },
      {
        role: 'assistant',
        content: [
          { type: 'reasoning', text: 'need it', signature: 'SIG', origin: 'anthropic-messages:acme' },
          { type: 'tool-call', id: 'call-a', signature: 'CALL', origin: 'anthropic-messages:acme' },
          { type: 'tool-call', id: 'call-b' },
        ],
      },
      { role: 'tool', content: [{ callId: 'call-a' }, { callId: 'call-b' }] },
    ]);
    expect(chat.getHistory(true).length).toBeGreaterThanOrEqual(4);
  });

  test('errors, before and within a stream', async () => {
    const refused = client(await serve(TALK)).models.generateContent({
      model: 'x',
      contents: [{ role: 'nobody', parts: [] }],
    });
    await expect(refused).rejects.toMatchObject({ status: 400, message: expect.stringContaining('contents[0].role') });
    const chunks = await client(await serve(TALK, 4)).models.generateContentStream({ model: 'x', contents: 'hi' });
    const read = async () => {
      for await (const chunk of chunks) expect(chunk).toBeDefined();
    };
    await expect(read()).rejects.toBeInstanceOf(ApiError);
  });
});

describe('@ai-sdk/google', () => {
  const modelOf = ({ url }: Served) =>
    createGoogleGenerativeAI({ apiKey: 'k', baseURL: `${url}/v1beta` })('gemini-3-pro');
  const tools = {
    weather: tool({
      inputSchema: z.object({ city: z.string() }),
      execute: ({ city }) => Promise.resolve(`fine in ${city}`),
    }),
  };

  test('a whole answer with thoughts, sources and figures', async () => {
    const { text, reasoningText, usage, finishReason } = await generateText({
      model: modelOf(await serve(TALK)),
      prompt: 'hi',
      maxRetries: 0,
    });
    expect([text, reasoningText, finishReason]).toEqual([WORDS, 'thinking', 'stop']);
    expect(usage).toMatchObject({ inputTokens: 15, outputTokens: 22 });
  });

  test('a stream', async () => {
    const result = streamText({ model: modelOf(await serve(TALK)), prompt: 'hi', maxRetries: 0 });
    expect(await result.text).toBe(WORDS);
    expect(await result.reasoningText).toBe('thinking');
    expect((await result.sources).map((source) => source.sourceType === 'url' && source.url)).toEqual(['https://a']);
    expect(await result.finishReason).toBe('stop');
  });

  test.each([false, true])('calls and their results (streamed: %s)', async (isStreamed) => {
    const served = await serve(TOOLS);
    const options = {
      model: modelOf(served),
      prompt: 'weather?',
      tools,
      maxRetries: 0,
      stopWhen: [({ steps }: { steps: unknown[] }) => steps.length > 1],
    };
    const text = isStreamed ? await streamText(options).text : (await generateText(options)).text;
    expect(text).toBe('["call-a","call-b"]');
    expect(served.requests[1]?.messages[1]?.content).toMatchObject([
      { type: 'reasoning', signature: 'SIG' },
      { type: 'tool-call', id: 'call-a', signature: 'CALL', origin: 'anthropic-messages:acme' },
      { type: 'tool-call', id: 'call-b' },
    ]);
  });

  test('errors, before and within a stream', async () => {
    const failing: Model = () => {
      throw new RouterError('model.unknown');
    };
    const whole = generateText({ model: modelOf(await serve(failing)), prompt: 'hi', maxRetries: 0 });
    await expect(whole).rejects.toMatchObject({ statusCode: 404, message: 'There is no such model.' });
    const errors: unknown[] = [];
    const result = streamText({
      model: modelOf(await serve(TALK, 4)),
      prompt: 'hi',
      maxRetries: 0,
      onError: ({ error }) => {
        errors.push(error);
      },
    });
    await result.consumeStream();
    expect(errors).toHaveLength(1);
  });
});
