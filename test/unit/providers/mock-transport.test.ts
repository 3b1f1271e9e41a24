import { afterEach, describe, expect, test, vi } from 'vitest';
import { asArray, asObject, type JsonObject, type JsonValue } from '../../../src/lib/json.ts';
import { openMockTransport } from '../../../src/providers/mock-transport.ts';
import type { ReplyControl, ReplyHeaders } from '../../../src/providers/transport.ts';

const CLOCK = { now: () => 0, wallTime: () => 1_700_000_000_500 };
const HELLO = [{ role: 'user', content: 'Hello there' }];
const WEATHER = {
  type: 'function',
  function: {
    name: 'get_weather',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, days: { type: 'integer' }, unit: { enum: ['C', 'F'] } },
      required: ['city', 'days', 'unit'],
    },
  },
};

interface Reply {
  status: number | undefined;
  headers: ReplyHeaders;
  chunks: string[];
  outcome: 'end' | 'error' | undefined;
}

interface Exchange {
  readonly reply: Reply;
  readonly control: ReplyControl;
  readonly isOver: Promise<void>;
}

interface Hooks {
  readonly onStart?: (control: ReplyControl) => void;
  readonly onChunk?: (count: number, control: ReplyControl) => void;
}

function exchange(body: unknown, hooks: Hooks = {}): Exchange {
  const reply: Reply = { status: undefined, headers: {}, chunks: [], outcome: undefined };
  const { promise: isOver, resolve } = withResolvers();
  let control: ReplyControl | undefined;
  const request = {
    endpoint: { origin: 'https://mock.invalid', path: '/v1/chat/completions' },
    method: 'POST',
    headers: {},
    body: typeof body === 'string' ? body : Buffer.from(JSON.stringify(body)),
  } as const;
  openMockTransport(CLOCK).send(request, {
    onStart: (given) => {
      control = given;
      hooks.onStart?.(given);
    },
    onHead: (status, headers) => Object.assign(reply, { status, headers }),
    onData: (chunk) => {
      reply.chunks.push(chunk.toString());
      if (control !== undefined) hooks.onChunk?.(reply.chunks.length, control);
    },
    onEnd: () => {
      reply.outcome = 'end';
      resolve();
    },
    onError: () => {
      reply.outcome = 'error';
      resolve();
    },
  });
  if (control === undefined) throw new Error('onStart has to come at once');
  return { reply, control, isOver };
}

function withResolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

async function ask(body: JsonObject): Promise<Reply> {
  const { reply, isOver } = exchange({ messages: HELLO, ...body });
  await isOver;
  return reply;
}

const jsonOf = (reply: Reply): JsonObject => JSON.parse(reply.chunks.join('')) as JsonObject;

function framesOf(reply: Reply): JsonValue[] {
  const frames = reply.chunks.join('').split('\n\n').slice(0, -1);
  return frames.map((frame) => {
    const data = frame.slice('data: '.length);
    return data === '[DONE]' ? data : (JSON.parse(data) as JsonValue);
  });
}

const choiceOf = (value: unknown): JsonObject => asObject(asArray(asObject(value)['choices'])[0]);
const deltaOf = (value: unknown): JsonObject => asObject(choiceOf(value)['delta']);
const messageOf = (reply: Reply): JsonObject => asObject(choiceOf(jsonOf(reply))['message']);
const callOf = (value: JsonObject): JsonObject => asObject(asArray(value['tool_calls'])[0]);

/** Everything of a callback that is due now has run afterwards: immediates are served in order. */
const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};

afterEach(() => {
  vi.useRealTimers();
});

describe('answers', () => {
  test('an echo names the model, quotes the question and counts its tokens', async () => {
    const reply = await ask({ model: 'mock-echo' });
    const content = String(messageOf(reply)['content']);
    expect(content).toContain('This is mock-echo');
    expect(content).toContain('You said: "Hello there".');
    expect([reply.status, reply.headers['content-type'], reply.outcome]).toEqual([200, 'application/json', 'end']);
    const words = content.split(' ').length;
    expect(jsonOf(reply)).toMatchObject({
      object: 'chat.completion',
      created: 1_700_000_000,
      model: 'mock-echo',
      choices: [{ index: 0, finish_reason: 'stop' }],
      usage: { prompt_tokens: 2, completion_tokens: words, total_tokens: words + 2 },
    });
    expect((await ask({ model: 'mock-echo' })).chunks).toEqual(reply.chunks);
  });

  test('any other name echoes too, and a long question is cut', async () => {
    const messages = [{ role: 'user', content: [{ type: 'text', text: '😀'.repeat(300) }] }];
    const content = String(messageOf(await ask({ model: 'my-model', messages }))['content']);
    expect(content).toContain(`This is my-model`);
    expect(content).toContain(`"${'😀'.repeat(200)}…"`);
  });

  test('a limit cuts the answer and says so', async () => {
    for (const limit of [{ max_tokens: 3 }, { max_completion_tokens: 3, max_tokens: 9 }]) {
      const reply = await ask({ model: 'mock-echo', ...limit });
      expect(messageOf(reply)['content']).toBe('This is mock-echo,');
      expect(choiceOf(jsonOf(reply))['finish_reason']).toBe('length');
      expect(jsonOf(reply)['usage']).toMatchObject({ completion_tokens: 3 });
    }
  });

  test('mock-json answers JSON, by the schema if one is given', async () => {
    const plain = JSON.parse(String(messageOf(await ask({ model: 'mock-json' }))['content'])) as unknown;
    expect(plain).toEqual({ model: 'mock-json', question: 'Hello there' });
    const schema = {
      type: 'object',
      required: ['name', 'count', 'good', 'kind', 'list', 'maybe', 'inner', 'fixed', 'either'],
      properties: {
        name: { type: 'string' },
        count: { type: 'number' },
        good: { type: 'boolean' },
        kind: { enum: ['x', 'y'] },
        list: { type: 'array', items: {} },
        maybe: { type: ['null', 'string'] },
        inner: { properties: { deep: {} }, required: ['deep'] },
        fixed: { const: 7 },
        either: { anyOf: [{ type: 'integer' }, { type: 'string' }] },
        left: { type: 'string' },
      },
    };
    const format = { type: 'json_schema', json_schema: { name: 'it', schema } };
    const shaped = messageOf(await ask({ model: 'mock-json', response_format: format }));
    expect(JSON.parse(String(shaped['content']))).toEqual({
      name: 'Hello there',
      count: 1,
      good: true,
      kind: 'x',
      list: [],
      maybe: null,
      inner: { deep: 'Hello there' },
      fixed: 7,
      either: 1,
    });
  });

  test('mock-tools calls a tool with arguments that fit, then reads its result', async () => {
    const reply = await ask({ model: 'mock-tools', tools: [WEATHER] });
    expect(choiceOf(jsonOf(reply))['finish_reason']).toBe('tool_calls');
    const called = asObject(callOf(messageOf(reply))['function']);
    expect(called['name']).toBe('get_weather');
    expect(JSON.parse(String(called['arguments']))).toEqual({ city: 'Hello there', days: 1, unit: 'C' });
    const messages = [...HELLO, messageOf(reply), { role: 'tool', tool_call_id: 'x', content: 'rain' }];
    const second = await ask({ model: 'mock-tools', tools: [WEATHER], messages });
    expect(messageOf(second)['content']).toBe('The tool answered: rain');
  });

  test('mock-tools calls the tool that is asked for, or none', async () => {
    const other = { type: 'function', function: { name: 'other' } };
    const named = { type: 'function', function: { name: 'other' } };
    const reply = await ask({ model: 'mock-tools', tools: [WEATHER, other], tool_choice: named });
    expect(asObject(callOf(messageOf(reply))['function'])).toEqual({ name: 'other', arguments: '{}' });
    const none = await ask({ model: 'mock-tools', tools: [WEATHER], tool_choice: 'none' });
    expect(messageOf(none)).toMatchObject({ role: 'assistant', content: expect.stringContaining('has none') });
  });

  test.each(['{', '[]', '{}', '{"messages":[]}'])('%s is answered with 400', async (body) => {
    const { reply, isOver } = exchange(body);
    await isOver;
    expect([reply.status, asObject(jsonOf(reply)['error'])['type']]).toEqual([400, 'mock_error']);
  });
});

describe('streams', () => {
  test('carry the same text in pieces, the finish reason and the end marker', async () => {
    const whole = messageOf(await ask({ model: 'mock-echo' }))['content'];
    const reply = await ask({ model: 'mock-echo', stream: true });
    const frames = framesOf(reply);
    expect(reply.headers['content-type']).toBe('text/event-stream');
    expect(frames.length).toBeGreaterThan(5);
    expect(deltaOf(frames[0])).toEqual({ role: 'assistant', content: '' });
    expect(frames.map((frame) => deltaOf(frame)['content'] ?? '').join('')).toBe(whole);
    expect(choiceOf(frames.at(-2))).toMatchObject({ delta: {}, finish_reason: 'stop' });
    expect(frames.at(-1)).toBe('[DONE]');
    expect(reply.chunks.join('')).not.toContain('usage');
  });

  test('report usage when asked to', async () => {
    const reply = await ask({ model: 'mock-fast', stream: true, stream_options: { include_usage: true } });
    expect(framesOf(reply).at(-2)).toMatchObject({
      choices: [],
      usage: { prompt_tokens: 2, completion_tokens: 3, total_tokens: 5 },
    });
  });

  test('carry tool calls in pieces', async () => {
    const frames = framesOf(await ask({ model: 'mock-tools', stream: true, tools: [WEATHER] })).map(deltaOf);
    const calls = frames.map(callOf).filter((call) => call['function'] !== undefined);
    expect(calls[0]).toMatchObject({ index: 0, type: 'function', function: { name: 'get_weather', arguments: '' } });
    expect(calls.length).toBeGreaterThan(2);
    const text = calls.map((call) => asObject(call['function'])['arguments']).join('');
    expect(JSON.parse(text)).toMatchObject({ city: 'Hello there' });
  });
});

describe('control', () => {
  test('nothing comes while paused, and nothing is missing afterwards', async () => {
    const body = { model: 'mock-echo', stream: true, messages: HELLO };
    const whole = exchange(body);
    await whole.isOver;
    const { reply, control, isOver } = exchange(body, { onChunk: (count, given) => count === 2 && given.pause() });
    await turns(50);
    expect([reply.chunks.length, reply.outcome]).toEqual([2, undefined]);
    control.resume();
    control.resume();
    await isOver;
    expect(reply.chunks).toEqual(whole.reply.chunks);
  });

  test('pieces come in turns of the event loop of their own', async () => {
    const { reply } = exchange({ model: 'mock-echo', stream: true, messages: HELLO });
    expect(reply.status).toBeUndefined();
    const seen: number[] = [];
    for (let turn = 0; turn < 6; turn += 1) {
      await turns(1);
      seen.push(reply.chunks.length);
    }
    expect(seen).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('no callback follows an abort, wherever it comes', async () => {
    const body = { model: 'mock-echo', stream: true, messages: HELLO };
    const early = exchange(body, { onStart: (control) => control.abort() });
    const midstream = exchange(body, { onChunk: (count, control) => count === 3 && control.abort() });
    await turns(50);
    midstream.control.resume();
    await turns(50);
    expect([early.reply.status, early.reply.outcome]).toEqual([undefined, undefined]);
    expect([midstream.reply.chunks.length, midstream.reply.outcome]).toEqual([3, undefined]);
  });

  test('mock-slow waits before every piece, and an abort leaves no timer behind', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { reply, control } = exchange({ model: 'mock-slow-300', stream: true, messages: HELLO });
    await turns(5);
    expect([reply.status, reply.chunks.length, vi.getTimerCount()]).toEqual([200, 0, 1]);
    vi.advanceTimersByTime(299);
    await turns(5);
    expect(reply.chunks.length).toBe(0);
    vi.advanceTimersByTime(1);
    await turns(5);
    expect(reply.chunks.length).toBe(1);
    control.abort();
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('faults', () => {
  test.each([401, 429, 500, 503, 529])('fault-status-%i', async (status) => {
    const reply = await ask({ model: `fault-status-${status}` });
    expect([reply.status, reply.headers['retry-after']]).toEqual([status, status === 429 ? '1' : undefined]);
    expect(jsonOf(reply)['error']).toMatchObject({ type: 'mock_error', code: `mock_${status}` });
  });

  test('fault-empty, fault-html and fault-reset', async () => {
    expect(await ask({ model: 'fault-empty' })).toMatchObject({ status: 200, chunks: [], outcome: 'end' });
    expect((await ask({ model: 'fault-html' })).headers['content-type']).toBe('text/html');
    expect(await ask({ model: 'fault-reset' })).toMatchObject({ status: undefined, chunks: [], outcome: 'error' });
  });

  test.each([
    ['fault-reset-midstream-after-3', 'error'],
    ['fault-cut-midstream-after-3', 'end'],
  ])('%s sends an exact prefix and never the end', async (model, outcome) => {
    const whole = await ask({ model: 'mock-echo', stream: true });
    const reply = await ask({ model, stream: true });
    const texts = (of: Reply): unknown[] => framesOf(of).map((frame) => deltaOf(frame)['content']);
    expect([reply.outcome, reply.chunks.length]).toEqual([outcome, 4]);
    expect(texts(reply)).toEqual(['', 'This', ' is', ` ${model},`]);
    expect(texts(whole).slice(0, 3)).toEqual(texts(reply).slice(0, 3));
    const most = await ask({ model: model.replace('-3', '-99999'), stream: true });
    expect(most.chunks.join('')).not.toMatch(/DONE|"stop"/);
  });

  test('fault-reset-midstream without a stream breaks in the middle of the JSON', async () => {
    const reply = await ask({ model: 'fault-reset-midstream-after-99' });
    expect([reply.status, reply.outcome]).toEqual([200, 'error']);
    expect(() => jsonOf(reply)).toThrow();
  });

  test('fault-error-midstream tells of the error in the stream', async () => {
    const reply = await ask({ model: 'fault-error-midstream-after-2', stream: true });
    expect(framesOf(reply)).toHaveLength(4);
    expect(framesOf(reply).at(-1)).toMatchObject({ error: { code: 'mock_broken' } });
  });

  test.each([
    ['fault-stall', undefined, 0],
    ['fault-stall-midstream-after-2', 200, 3],
  ])('%s stays silent until it is aborted', async (model, status, chunks) => {
    const { reply, control } = exchange({ model, stream: true, messages: HELLO });
    await turns(50);
    control.abort();
    await turns(50);
    expect([reply.status, reply.chunks.length, reply.outcome]).toEqual([status, chunks, undefined]);
  });

  test('a misspelt fault is an unknown model, not an echo', async () => {
    expect((await ask({ model: 'fault-sattus-500' })).status).toBe(404);
  });
});
