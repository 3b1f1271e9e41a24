import OpenAI from 'openai';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  chatAnswer,
  chatCompletion,
  chunkOf,
  DONE,
  FakeProvider,
  failWith,
  frame,
  sendJson,
  startStream,
} from '../support/fake-provider.ts';
import { forgetKeyRests, startRouter, type TestRouter } from '../support/start-router.ts';

let provider: FakeProvider;
let router: TestRouter;
let client: OpenAI;

const MESSAGES = [{ role: 'user' as const, content: 'Hello' }];

beforeAll(async () => {
  provider = await FakeProvider.start();
  router = await startRouter(`
[retry]
max_attempts = 1

[circuit_breaker]
enabled = false

[[api_keys]]
key = "right-key"
name = "tests"

[[providers]]
name = "fake"
type = "openai"
base_url = "${provider.url}"
api_key = "upstream-key"

[[models]]
name = "writer"
provider = "fake"
remote_identifier = "writer-2026"
tags = ["chat", "fast"]
`);
  client = new OpenAI({ baseURL: `${router.url}/v1`, apiKey: 'right-key', maxRetries: 0 });
});

afterAll(async () => {
  await router.stop();
  await provider.stop();
});

beforeEach(() => {
  forgetKeyRests(router);
  provider.respond = chatAnswer('Hello ', 'there.');
});

describe('chat', () => {
  test.each(['fake/writer', 'writer', 'tag:chat+fast', 'auto'])('answers for the model name %s', async (model) => {
    const answer = await client.chat.completions.create({ model, messages: MESSAGES, temperature: 0.3 });
    expect(answer.choices[0]?.message.content).toBe('Hello there.');
    expect(answer.usage?.total_tokens).toBe(15);
    expect(provider.last.path).toBe('/v1/chat/completions');
    expect(provider.last.headers.authorization).toBe('Bearer upstream-key');
    expect(provider.last.body).toEqual({ model: 'writer-2026', messages: MESSAGES, temperature: 0.3 });
  });

  test('fields that only the provider knows go there and come back', async () => {
    provider.respond = (_request, response) =>
      sendJson(response, 200, chatCompletion('ok', { system_fingerprint: 'fp_1', vendor: { latency: [1, 2] } }));
    const request = { model: 'fake/writer', messages: MESSAGES, vendor_flag: { deep: [1, null, 'ü'] } };
    const answer = (await client.chat.completions.create(request)) as OpenAI.ChatCompletion & { vendor: unknown };
    expect(provider.last.body.vendor_flag).toEqual({ deep: [1, null, 'ü'] });
    expect(answer.system_fingerprint).toBe('fp_1');
    expect(answer.vendor).toEqual({ latency: [1, 2] });
  });

  test('the request id of the client stands in the answer', async () => {
    const { response } = await client.chat.completions
      .create({ model: 'writer', messages: MESSAGES }, { headers: { 'x-request-id': 'my-id_1' } })
      .withResponse();
    expect(response.headers.get('x-request-id')).toBe('my-id_1');
    expect(response.headers.get('x-router-model')).toBe('fake/writer');
  });

  test('lists the models', async () => {
    const ids = [];
    for await (const model of client.models.list()) ids.push(model.id);
    expect(ids).toEqual(['fake/writer']);
  });
});

describe('stream', () => {
  test('words arrive as they were sent, without a usage chunk that nobody asked for', async () => {
    const stream = await client.chat.completions.create({ model: 'writer', messages: MESSAGES, stream: true });
    const chunks = [];
    for await (const chunk of stream) chunks.push(chunk);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('Hello there.');
    expect(chunks.every((chunk) => chunk.choices.length === 1)).toBe(true);
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
    expect(provider.last.body.stream_options).toEqual({ include_usage: true });
  });

  test('the usage chunk comes where the client asks for it', async () => {
    const stream = await client.chat.completions.create({
      model: 'writer',
      messages: MESSAGES,
      stream: true,
      stream_options: { include_usage: true },
    });
    const usages = [];
    for await (const chunk of stream) if (chunk.usage) usages.push(chunk.usage.total_tokens);
    expect(usages).toEqual([15]);
  });

  test('a stream that breaks after its first words ends with an error, not with a clean end', async () => {
    provider.respond = (_request, response) => {
      startStream(response);
      response.write(chunkOf({ role: 'assistant', content: '' }));
      response.write(chunkOf({ content: 'Half a ' }), () => response.destroy());
    };
    const stream = await client.chat.completions.create({ model: 'writer', messages: MESSAGES, stream: true });
    let text = '';
    const reading = (async () => {
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? '';
    })();
    await expect(reading).rejects.toThrow();
    expect(text).toBe('Half a ');
  });

  test('a client that leaves closes the connection to the provider', async () => {
    provider.respond = (_request, response) => {
      startStream(response);
      response.write(chunkOf({ content: 'first' }));
    };
    const stream = await client.chat.completions.create({ model: 'writer', messages: MESSAGES, stream: true });
    for await (const chunk of stream) {
      expect(chunk.choices[0]?.delta.content).toBe('first');
      break;
    }
    const closed = provider.nextClose();
    stream.controller.abort();
    await closed;
  });

  test('abort before the first word is an abort', async () => {
    const controller = new AbortController();
    const called = new Promise<void>((resolve) => {
      provider.respond = () => resolve();
    });
    const call = client.chat.completions.create(
      { model: 'writer', messages: MESSAGES, stream: true },
      { signal: controller.signal },
    );
    const closed = provider.nextClose();
    void called.then(() => controller.abort());
    await expect(call).rejects.toThrow(OpenAI.APIUserAbortError);
    await closed;
  });
});

describe('tools', () => {
  const TOOLS = [
    {
      type: 'function' as const,
      function: { name: 'weather', parameters: { type: 'object', properties: { city: { type: 'string' } } } },
    },
  ];

  test('a call comes back with its exact argument text', async () => {
    const toolCall = {
      id: 'call_1',
      type: 'function',
      function: { name: 'weather', arguments: '{"city":  "Zürich"}' },
    };
    provider.respond = (_request, response) =>
      sendJson(response, 200, {
        ...chatCompletion(''),
        choices: [
          {
            index: 0,
            message: { role: 'assistant', content: null, tool_calls: [toolCall] },
            finish_reason: 'tool_calls',
          },
        ],
      });
    const answer = await client.chat.completions.create({
      model: 'writer',
      messages: MESSAGES,
      tools: TOOLS,
      tool_choice: 'required',
    });
    expect(answer.choices[0]?.message.tool_calls).toEqual([toolCall]);
    expect(answer.choices[0]?.finish_reason).toBe('tool_calls');
    expect(provider.last.body.tools).toEqual(TOOLS);
    expect(provider.last.body.tool_choice).toBe('required');
  });

  test('parallel calls stream with their arguments in pieces', async () => {
    provider.respond = (_request, response) => {
      startStream(response);
      const call = (index: number, rest: Record<string, unknown>) => chunkOf({ tool_calls: [{ index, ...rest }] });
      response.write(chunkOf({ role: 'assistant', content: null }));
      response.write(call(0, { id: 'call_a', type: 'function', function: { name: 'weather', arguments: '' } }));
      response.write(call(1, { id: 'call_b', type: 'function', function: { name: 'weather', arguments: '' } }));
      response.write(call(1, { function: { arguments: '{"city":"Ulm"}' } }));
      response.write(call(0, { function: { arguments: '{"city":"Bonn"}' } }));
      response.end(chunkOf({}, 'tool_calls') + DONE);
    };
    const runner = client.chat.completions.stream({ model: 'writer', messages: MESSAGES, tools: TOOLS });
    const message = await runner.finalMessage();
    expect(message.tool_calls?.map((call) => (call.type === 'function' ? call.function.arguments : ''))).toEqual([
      '{"city":"Bonn"}',
      '{"city":"Ulm"}',
    ]);
  });
});

describe('error classes', () => {
  const create = (model = 'writer') => client.chat.completions.create({ model, messages: MESSAGES });

  test('401 for a wrong key', async () => {
    const stranger = new OpenAI({ baseURL: `${router.url}/v1`, apiKey: 'wrong-key', maxRetries: 0 });
    await expect(stranger.chat.completions.create({ model: 'writer', messages: MESSAGES })).rejects.toThrow(
      OpenAI.AuthenticationError,
    );
  });

  test('404 for an unknown model, with the name that was probably meant', async () => {
    const error = await create('fake/writter').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect((error as Error).message).toContain('fake/writer');
  });

  test('404 for tags that nothing has, naming the tag', async () => {
    const error = await create('tag:chat+quantum').catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.NotFoundError);
    expect((error as Error).message).toContain('quantum');
  });

  test('400 for a wrong field, naming it', async () => {
    const call = client.chat.completions.create({ model: 'writer', messages: 'Hello' as never });
    const error = (await call.catch((thrown: unknown) => thrown)) as InstanceType<typeof OpenAI.BadRequestError>;
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect(error.param).toBe('messages');
    expect(error.requestID).toMatch(/^[0-9A-Z]{26}$/);
  });

  test('400 of the provider, in its own words', async () => {
    provider.respond = failWith(400, 'temperature must be below 2');
    const error = await create().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(OpenAI.BadRequestError);
    expect((error as Error).message).toContain('temperature must be below 2');
  });

  test('429 of the provider, with the time to come back', async () => {
    provider.respond = failWith(429, 'slow down', { 'retry-after': '7' });
    const error = (await create().catch((thrown: unknown) => thrown)) as InstanceType<typeof OpenAI.RateLimitError>;
    expect(error).toBeInstanceOf(OpenAI.RateLimitError);
    expect(error.headers?.get('retry-after')).toBe('7');
  });

  test.each([500, 502, 503, 529])('5xx for the provider’s %d', async (status) => {
    provider.respond = failWith(status);
    await expect(create()).rejects.toThrow(OpenAI.InternalServerError);
  });

  test('5xx, never 401, where the provider refuses our own key', async () => {
    provider.respond = failWith(401, 'bad key upstream-key');
    const error = (await create().catch((thrown: unknown) => thrown)) as InstanceType<typeof OpenAI.APIError>;
    expect(error).toBeInstanceOf(OpenAI.InternalServerError);
    expect(JSON.stringify(error.error)).not.toContain('upstream-key');
  });

  test('5xx for an error inside a 200', async () => {
    provider.respond = (_request, response) => sendJson(response, 200, { error: { message: 'overloaded', code: 503 } });
    await expect(create()).rejects.toThrow(OpenAI.InternalServerError);
  });

  test('5xx for a stream whose first event is an error', async () => {
    provider.respond = (_request, response) => {
      startStream(response);
      response.end(frame({ error: { message: 'overloaded' } }));
    };
    const call = client.chat.completions.create({ model: 'writer', messages: MESSAGES, stream: true });
    await expect(call).rejects.toThrow(OpenAI.InternalServerError);
  });
});
