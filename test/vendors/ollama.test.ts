import { afterEach, describe, expect, test } from 'vitest';
import { embeddingOf } from '../support/vendors/embedding.ts';
import { startOllamaVendor } from '../support/vendors/ollama.ts';
import { type Probe, post } from '../support/vendors/probe.ts';
import { CALLS, PNG, WEATHER_SCHEMA, WORDS } from '../support/vendors/samples.ts';
import { dialog, type Script } from '../support/vendors/script.ts';
import { VENDOR_KEY, type Vendor } from '../support/vendors/vendor-server.ts';

let vendor: Vendor;

async function start(script: Script): Promise<void> {
  vendor = await startOllamaVendor({ script });
}

afterEach(() => vendor.close());

const HELLO = { role: 'user', content: 'Hello' };
const TOOLS = [{ type: 'function', function: { name: 'weather', parameters: WEATHER_SCHEMA } }];

const chat = (body: object): Promise<Probe> =>
  post(vendor, '/api/chat', { model: 'qwen3:8b', messages: [HELLO], ...body });

// biome-ignore lint/suspicious/noExplicitAny: lines of the wire
const linesOf = ({ text }: Probe): any[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('answers', () => {
  test('words and counts, whole and streamed, which is the default', async () => {
    await start(dialog(WORDS, { ...WORDS, pieces: { codePoints: 2, writeBytes: 3 } }));
    const { body } = await chat({ stream: false });
    const lines = linesOf(await chat({}));
    const end = { done: true, done_reason: 'stop', prompt_eval_count: 327, eval_count: 50 };
    expect(body).toMatchObject({ ...end, message: { role: 'assistant', content: WORDS.text } });
    expect(lines.map(({ message }) => message.content).join('')).toBe(WORDS.text);
    expect(lines.at(-1)).toMatchObject(end);
    expect(lines.slice(0, -1).every(({ done }) => done === false)).toBe(true);
  });

  test('thoughts and calls, which are never cut', async () => {
    await start(() => CALLS);
    const whole = await chat({ stream: false, tools: TOOLS });
    expect(whole.text).toContain('"arguments":{"city":"Zürich","id":12345678901234567890}');
    expect(whole.body.message.thinking).toBe(CALLS.reasoning?.text);
    const lines = linesOf(await chat({ tools: TOOLS, think: 'low' }));
    expect(lines.map(({ message }) => message.thinking ?? '').join('')).toBe(CALLS.reasoning?.text);
    const calls = lines.flatMap(({ message }) => message.tool_calls ?? []);
    expect(calls.map((call) => [call.function.index, call.function.arguments.city])).toEqual([
      [0, 'Zürich'],
      [1, 'Oslo'],
    ]);
    expect(lines.at(-1).done_reason).toBe('stop');
    expect((await chat({ stream: false, tools: TOOLS, think: false })).body.message.thinking).toBeUndefined();
  });

  test('one prompt, loading, embeddings, and what there is', async () => {
    await start(() => ({ ...WORDS, finish: 'length' }));
    const { body } = await post(vendor, '/api/generate', { model: 'qwen3:8b', prompt: 'Hello', stream: false });
    expect(body).toMatchObject({ response: WORDS.text, done_reason: 'length' });
    expect((await chat({ messages: [] })).body).toMatchObject({ done: true, done_reason: 'load' });
    const embedded = await post(vendor, '/api/embed', { model: 'nomic-embed-text', input: ['one', 'two'] });
    expect(embedded.body.embeddings).toEqual([embeddingOf('one', 8), embeddingOf('two', 8)]);
    expect((await post(vendor, '/api/show', { model: 'qwen3:8b' })).body.capabilities).toContain('thinking');
    const tags = await (await fetch(`${vendor.url}/api/tags`)).json();
    expect(tags).toMatchObject({ models: [{ name: 'qwen3:8b' }, {}, {}, {}] });
    expect(await (await fetch(`${vendor.url}/api/version`)).json()).toHaveProperty('version');
  });

  test('errors before and inside of the stream', async () => {
    const error = { status: 503, type: '', message: 'server busy' };
    await start(dialog({ ...WORDS, error }, { ...WORDS, error, errorAfterPieces: 1 }));
    expect(await chat({})).toMatchObject({ status: 503, body: { error: 'server busy' } });
    expect(linesOf(await chat({})).at(-1)).toEqual({ error: 'server busy' });
  });

  test('a key is asked for only where there is one', async () => {
    vendor = await startOllamaVendor({ script: () => WORDS, apiKey: VENDOR_KEY });
    expect((await chat({})).status).toBe(200);
    const { status } = await post(vendor, '/api/chat', { model: 'qwen3:8b' }, { authorization: '' });
    expect(status).toBe(401);
  });
});

const call = (args: unknown) => ({
  messages: [
    HELLO,
    { role: 'assistant', content: '', tool_calls: [{ function: { name: 'weather', arguments: args } }] },
  ],
});

const REFUSED: readonly (readonly [string, object, number, string])[] = [
  ['no model', { model: '' }, 400, 'model is required'],
  ['unknown model', { model: 'x' }, 404, "model 'x' not found"],
  [
    'list of parts',
    { messages: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] },
    400,
    'json: cannot unmarshal array into Go struct field ChatRequest.messages.content of type string',
  ],
  ['arguments that are text', call('{}'), 400, 'ChatRequest.messages.tool_calls.function.arguments'],
  [
    'messages that are text',
    { messages: 'x' },
    400,
    'cannot unmarshal string into Go struct field ChatRequest.messages',
  ],
  ['stream that is text', { stream: 'no' }, 400, 'ChatRequest.stream of type bool'],
  [
    'image with the head of a data URL',
    { messages: [{ ...HELLO, images: [`data:image/png;base64,${PNG}`] }] },
    400,
    'illegal base64 data',
  ],
  ['thinking in unknown words', { think: 'much' }, 400, 'invalid think value: "much"'],
  [
    'thinking of a model that cannot',
    { model: 'llama3.2:3b', think: true },
    400,
    '"llama3.2:3b" does not support thinking',
  ],
  ['tools of a model that cannot', { model: 'gemma:2b', tools: TOOLS }, 400, 'does not support tools'],
  ['chat with a model that embeds', { model: 'nomic-embed-text' }, 400, 'does not support chat'],
  [
    'list of types on top of a tool',
    { tools: [{ type: 'function', function: { name: 'x', parameters: { type: ['object'] } } }] },
    400,
    'parameters.type of type string',
  ],
  [
    'temperature that is text',
    { options: { temperature: '0.5' } },
    500,
    'option "temperature" must be of type float32',
  ],
  ['stop that is text', { options: { stop: 'x' } }, 500, 'option "stop" must be of type array'],
  ['unknown format', { format: 'xml' }, 500, 'invalid format'],
  ['many logprobs', { top_logprobs: 50 }, 400, 'top_logprobs must be between 0 and 20'],
];

describe('refusals', () => {
  test.each(REFUSED)('%s', async (_name, members, status, words) => {
    await start(() => WORDS);
    const answer = await chat(members);
    expect(answer.body).toEqual({ error: expect.stringContaining(words) });
    expect(answer.status).toBe(status);
    expect(vendor.rejected.length).toBe(1);
  });

  test('what is next to those is taken, unknown members too', async () => {
    await start(() => WORDS);
    const accepted = [
      { ...call({}), format: WEATHER_SCHEMA, options: { num_ctx: 8192, stop: ['x'], other: 'y' }, max_tokens: 5 },
      { messages: [{ ...HELLO, images: [PNG] }], format: 'json', tools: null, think: 'high' },
    ];
    for (const members of accepted) expect((await chat(members)).status).toBe(200);
    expect(vendor.rejected).toEqual([]);
  });
});
