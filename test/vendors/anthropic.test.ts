import Anthropic from '@anthropic-ai/sdk';
import AnthropicBefore from 'anthropic-sdk-0';
import { afterEach, describe, expect, test } from 'vitest';
import { startAnthropicVendor } from '../support/vendors/anthropic-messages.ts';
import { eventsOf, post } from '../support/vendors/probe.ts';
import { CALLS, PNG, WEATHER_SCHEMA, WORDS } from '../support/vendors/samples.ts';
import { dialog, NO_USAGE, type Script, says } from '../support/vendors/script.ts';
import { VENDOR_KEY, type Vendor } from '../support/vendors/vendor-server.ts';

let vendor: Vendor;

async function start(script: Script): Promise<Anthropic> {
  vendor = await startAnthropicVendor({ script });
  return new Anthropic({ baseURL: vendor.url, apiKey: VENDOR_KEY, maxRetries: 0 });
}

afterEach(() => vendor.close());

const OLD = { 'anthropic-version': '2023-06-01' };
const NEW = { 'anthropic-version': '2026-10-21' };
const HELLO = { role: 'user' as const, content: 'Hello' };
const TOOL = { name: 'weather', input_schema: WEATHER_SCHEMA };
const BUDGET = { type: 'enabled' as const, budget_tokens: 1024 };
const BASE = { model: 'claude-haiku-4-5', max_tokens: 2000, messages: [HELLO] };

describe('answers, as the official SDK reads them', () => {
  test('words and usage, whole and streamed', async () => {
    const client = await start(dialog(WORDS, { ...WORDS, pieces: { codePoints: 2, writeBytes: 3 } }));
    const whole = await client.messages.create(BASE);
    const streamed = await client.messages.stream(BASE).finalMessage();
    for (const { content, usage, stop_reason } of [whole, streamed]) {
      expect(content).toMatchObject([{ type: 'text', text: WORDS.text }]);
      expect(stop_reason).toBe('end_turn');
      expect(usage).toMatchObject({
        input_tokens: 20,
        cache_read_input_tokens: 300,
        cache_creation_input_tokens: 7,
        output_tokens: 50,
      });
    }
    expect(vendor.rejected).toEqual([]);
  });

  test('thinking, words and calls, also with the SDK of the version before', async () => {
    const client = await start(() => CALLS);
    const before = new AnthropicBefore({ baseURL: vendor.url, apiKey: VENDOR_KEY, maxRetries: 0 });
    const request = { ...BASE, tools: [TOOL], thinking: BUDGET };
    const answers = [
      await client.messages.create(request),
      await client.messages.stream(request).finalMessage(),
      await before.messages.stream(request).finalMessage(),
    ];
    for (const { content, stop_reason } of answers) {
      expect(content.map(({ type }) => type)).toEqual(['thinking', 'text', 'tool_use', 'tool_use']);
      expect(content[0]).toMatchObject({ thinking: CALLS.reasoning?.text, signature: expect.any(String) });
      expect(content[3]).toMatchObject({ name: 'weather', input: { city: 'Oslo' } });
      expect(stop_reason).toBe('tool_use');
    }
    expect(vendor.received.map(({ headers }) => headers['anthropic-version'])).toEqual([
      '2026-10-21',
      '2026-10-21',
      '2023-06-01',
    ]);
  });

  test('arguments reach the wire as they were scripted', async () => {
    await start(() => CALLS);
    const request = { ...BASE, tools: [TOOL] };
    const whole = await post(vendor, '/v1/messages', request, OLD);
    expect(whole.text).toContain('"input":{"city":"Zürich","id":12345678901234567890}');
    const streamed = await post(vendor, '/v1/messages', { ...request, stream: true }, OLD);
    const parts = eventsOf(streamed.text).map(({ index, delta }) => (index === 1 ? (delta?.partial_json ?? '') : ''));
    expect(parts.join('')).toBe(CALLS.toolCalls?.[0]?.arguments);
  });

  test('thinking only where it is asked for, and without its text where it is omitted', async () => {
    const client = await start(() => CALLS);
    const silent = await client.messages.create({ ...BASE, tools: [TOOL] });
    expect(silent.content[0]?.type).toBe('text');
    const omitted = await client.messages.create({
      ...BASE,
      tools: [TOOL],
      thinking: { ...BUDGET, display: 'omitted' },
    });
    expect(omitted.content[0]).toMatchObject({ type: 'thinking', thinking: '' });
  });

  test('the events of a stream, with its ping', async () => {
    await start(() => says('Hi'));
    const { text } = await post(vendor, '/v1/messages', { ...BASE, stream: true }, OLD);
    expect(eventsOf(text).map(({ type }) => type)).toEqual([
      'message_start',
      'content_block_start',
      'ping',
      'content_block_delta',
      'content_block_stop',
      'message_delta',
      'message_stop',
    ]);
  });

  test('a stop sequence, a refusal and citations', async () => {
    const citations = [{ start: 4, end: 8, url: 'https://a.example', title: 'A' }];
    const client = await start(
      dialog(
        { ...WORDS, finish: 'stop-sequence', stopSequence: 'END' },
        { refusal: 'I cannot.', finish: 'content-filter', usage: NO_USAGE },
        { ...says('See here.'), citations },
      ),
    );
    expect(await client.messages.create(BASE)).toMatchObject({ stop_reason: 'stop_sequence', stop_sequence: 'END' });
    expect(await client.messages.create(BASE)).toMatchObject({ stop_reason: 'refusal', content: [] });
    const { content } = await client.messages.stream(BASE).finalMessage();
    expect(content.map((block) => block.type === 'text' && block.text)).toEqual(['See ', 'here', '.']);
    expect(content[1]).toMatchObject({ citations: [{ url: 'https://a.example', cited_text: 'here' }] });
  });

  test('counted tokens', async () => {
    const client = await start(() => WORDS);
    const { input_tokens } = await client.messages.countTokens({ model: BASE.model, messages: [HELLO] });
    expect(input_tokens).toBeGreaterThan(5);
  });

  test('errors before and inside of the stream', async () => {
    const error = { status: 529, type: 'overloaded_error', message: 'Overloaded' };
    const client = await start(dialog({ ...WORDS, error }, { ...WORDS, error, errorAfterPieces: 1 }));
    await expect(client.messages.create(BASE)).rejects.toMatchObject({ status: 529, type: 'overloaded_error' });
    const { text } = await post(vendor, '/v1/messages', { ...BASE, stream: true }, OLD);
    expect(text).toContain('event: error\n');
    expect(eventsOf(text).at(-1)).toMatchObject({ type: 'error', error: { type: 'overloaded_error' } });
  });
});

describe('thinking comes back', () => {
  // biome-ignore lint/suspicious/noExplicitAny: the blocks are changed in ways that no type allows
  type Blocks = any[];
  const unsigned = (blocks: Blocks) =>
    blocks.map((block) => (block.type === 'thinking' ? { ...block, signature: 'forged' } : block));
  const reworded = (blocks: Blocks) =>
    blocks.map((block) => (block.type === 'thinking' ? { ...block, thinking: 'Other.' } : block));
  const cases: readonly (readonly [string, (blocks: Blocks) => Blocks, string | undefined])[] = [
    ['unchanged', (blocks) => blocks, undefined],
    ['not at all', (blocks) => blocks.slice(1), 'Expected `thinking` or `redacted_thinking`, but found `text`'],
    ['under another signature', unsigned, 'messages.1.content.0: Invalid `signature` in `thinking` block'],
    ['in other words', reworded, 'cannot be modified'],
    [
      'behind the words',
      ([thinking, words, ...calls]) => [words, thinking, ...calls],
      'the first block must be `thinking`',
    ],
  ];

  test.each(cases)('%s', async (_name, change, words) => {
    const client = await start(dialog(CALLS, says('Sunny.')));
    const request = { ...BASE, tools: [TOOL], thinking: BUDGET };
    const { content } = await client.messages.create(request);
    const results = content.flatMap((block) =>
      block.type === 'tool_use' ? [{ type: 'tool_result', tool_use_id: block.id, content: 'sunny' }] : [],
    );
    const messages = [HELLO, { role: 'assistant', content: change(content) }, { role: 'user', content: results }];
    const { status, body } = await post(vendor, '/v1/messages', { ...request, messages }, OLD);
    expect(status).toBe(words === undefined ? 200 : 400);
    if (words !== undefined) expect(body.error.message).toContain(words);
  });
});

const call = (id: string) => ({ role: 'assistant', content: [{ type: 'tool_use', id, name: 'weather', input: {} }] });
const result = (tool_use_id: string, ...more: object[]) => ({
  role: 'user',
  content: [...more, { type: 'tool_result', tool_use_id, content: 'sunny' }],
});
const says2 = (...texts: string[]) => ({
  messages: [{ role: 'user', content: texts.map((text) => ({ type: 'text', text })) }],
});
const image = (media_type: string, data: string) => ({
  messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'base64', media_type, data } }] }],
});
const EPHEMERAL = { cache_control: { type: 'ephemeral' } };
const cached = (...lifetimes: string[]) =>
  lifetimes.map((ttl) => ({ type: 'text', text: 'x', cache_control: { type: 'ephemeral', ttl } }));
const talk = (...messages: object[]) => ({ messages: [HELLO, ...messages], tools: [TOOL] });

const REFUSED: readonly (readonly [string, object, string])[] = [
  ['unknown member', { presence_penalty: 1 }, 'presence_penalty: Extra inputs are not permitted'],
  [
    'unknown member of a block',
    { messages: [{ role: 'user', content: [{ type: 'text', text: 'x', index: 0 }] }] },
    'messages.0.content.0.text.index: Extra inputs',
  ],
  ['no limit', { max_tokens: undefined }, 'max_tokens: Field required'],
  ['limit of nothing', { max_tokens: 0 }, 'max_tokens: Input should be greater than or equal to 1'],
  ['no messages', { messages: [] }, 'at least one message is required'],
  ['unknown role', { messages: [{ role: 'tool', content: 'x' }] }, "messages.0.role: Input should be 'user'"],
  [
    'system among the messages',
    { messages: [HELLO, { role: 'system', content: 'x' }] },
    "messages.1.role: Input should be 'user' or 'assistant'",
  ],
  [
    'assistant first',
    { messages: [{ role: 'assistant', content: 'x' }, HELLO] },
    'first message must use the "user" role',
  ],
  [
    'unknown block',
    { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
    "Input tag 'image_url' found using 'type'",
  ],
  ['empty content', { messages: [{ role: 'user', content: [] }] }, 'must have non-empty content'],
  ['empty text', says2('x', ''), 'text content blocks must be non-empty'],
  ['blank text', says2(' \n'), 'must contain non-whitespace text'],
  ['empty words', { messages: [{ role: 'user', content: '' }] }, 'text content blocks must be non-empty'],
  ['empty system block', { system: [{ type: 'text', text: '' }] }, 'system: text content blocks must be non-empty'],
  ['blank end', { messages: [HELLO, { role: 'assistant', content: 'Well ' }] }, 'cannot end with trailing whitespace'],
  [
    'call without a result',
    talk(call('a'), HELLO),
    '`tool_use` ids were found without `tool_result` blocks immediately after: a.',
  ],
  ['call at the end', talk(call('a')), '`tool_use` ids were found without'],
  [
    'result behind words',
    talk(call('a'), result('a', { type: 'text', text: 'Here:' })),
    '`tool_use` ids were found without',
  ],
  [
    'result without a call',
    talk(call('a'), result('a'), result('b')),
    'unexpected `tool_use_id` found in `tool_result` blocks: b',
  ],
  ['result twice', talk(call('a'), result('a'), result('a')), 'each tool_use must have a single result'],
  ['call id twice', talk(call('a'), result('a'), call('a'), result('a')), '`tool_use` ids must be unique'],
  ['call id', talk(call('a:1'), result('a')), "tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'"],
  [
    'input that is text',
    talk({ role: 'assistant', content: [{ type: 'tool_use', id: 'a', name: 'x', input: '{}' }] }),
    'tool_use.input: Input should be a valid dictionary',
  ],
  ['calls without tools', { messages: [HELLO, call('a'), result('a')] }, 'must define tools'],
  [
    'result of an assistant',
    talk({ role: 'assistant', content: [{ type: 'tool_result', tool_use_id: 'a' }] }),
    'can only be in `user` messages',
  ],
  ['tool name', { tools: [{ ...TOOL, name: 'a.b' }] }, 'tools.0.custom.name: String should match pattern'],
  ['tool name twice', { tools: [TOOL, TOOL] }, 'Tool names must be unique'],
  ['tool in the other format', { tools: [{ type: 'function', function: TOOL }] }, "Input tag 'function'"],
  [
    'tool without a type in its schema',
    { tools: [{ ...TOOL, input_schema: {} }] },
    'input_schema.type: Field required',
  ],
  [
    'tool with a union on top',
    { tools: [{ ...TOOL, input_schema: { type: 'object', anyOf: [] } }] },
    'does not support oneOf, allOf, or anyOf',
  ],
  ['choice without tools', { tool_choice: { type: 'auto' } }, 'may only be specified while providing tools'],
  ['choice of a missing tool', { tools: [TOOL], tool_choice: { type: 'tool', name: 'x' } }, "Tool 'x' not found"],
  ['choice that is a word', { tools: [TOOL], tool_choice: 'auto' }, 'tool_choice: Input should be a valid dictionary'],
  [
    'five breakpoints',
    { system: cached('5m', '5m', '5m'), tools: [{ ...TOOL, ...EPHEMERAL }], ...EPHEMERAL },
    'A maximum of 4 blocks with cache_control may be provided. Found 5.',
  ],
  ['long lifetime behind a short one', { system: cached('5m', '1h') }, "must not come after a ttl='5m'"],
  ['image of a wrong kind', image('image/bmp', PNG), "source.base64.media_type: Input should be 'image/jpeg'"],
  ['image that is no base64', image('image/png', '%%%'), 'invalid base64 data'],
  ['image that says another type', image('image/jpeg', PNG), 'appears to be a image/png image'],
  ['too hot', { temperature: 1.5 }, 'temperature: Input should be less than or equal to 1'],
  ['both samplings', { temperature: 0.5, top_p: 0.5 }, 'cannot both be specified'],
  [
    'small budget',
    { thinking: { type: 'enabled', budget_tokens: 100 } },
    'thinking.enabled.budget_tokens: Input should be greater than or equal to 1024',
  ],
  [
    'budget above the limit',
    { thinking: { type: 'enabled', budget_tokens: 2000 } },
    'must be greater than `thinking.budget_tokens`',
  ],
  ['temperature with thinking', { thinking: BUDGET, temperature: 0 }, '`temperature` may only be set to 1'],
  ['top_k with thinking', { thinking: BUDGET, top_k: 5 }, '`top_k` must be unset'],
  [
    'forced tool with thinking',
    { thinking: BUDGET, tools: [TOOL], tool_choice: { type: 'any' } },
    'Thinking may not be enabled when tool_choice forces tool use.',
  ],
  ['adaptive thinking of an old model', { thinking: { type: 'adaptive' } }, 'adaptive thinking is not supported'],
  ['effort of an old model', { output_config: { effort: 'low' } }, 'does not support the effort parameter'],
  [
    'budget of a new model',
    { model: 'claude-sonnet-5-5', thinking: BUDGET },
    '"thinking.type.enabled" is not supported',
  ],
  [
    'temperature of a new model',
    { model: 'claude-sonnet-5-5', temperature: 0 },
    '`temperature` is deprecated for this model',
  ],
  [
    'words put in the mouth of a new model',
    { model: 'claude-sonnet-4-6', messages: [HELLO, { role: 'assistant', content: 'Well' }] },
    'does not support assistant message prefill',
  ],
  [
    'thinking that was never said',
    {
      messages: [
        HELLO,
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'x', signature: 'y' },
            { type: 'text', text: 'z' },
          ],
        },
        HELLO,
      ],
    },
    'Invalid `signature` in `thinking` block',
  ],
  [
    'schema that is open',
    { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
    "'additionalProperties' must be explicitly set to false",
  ],
  ['blank stop sequence', { stop_sequences: ['\n'] }, 'must contain non-whitespace'],
];

describe('refusals', () => {
  test.each(REFUSED)('%s', async (_name, members, words) => {
    await start(() => WORDS);
    const { status, body } = await post(vendor, '/v1/messages', { ...BASE, ...members }, OLD);
    expect(body).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error', message: expect.stringContaining(words) },
    });
    expect(status).toBe(400);
    expect(vendor.rejected.length).toBe(1);
  });

  test('what the newer version of the API no longer takes', async () => {
    await start(() => WORDS);
    const document = { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'x' } };
    const members = [
      [{ temperature: 1 }, 'temperature: Extra inputs are not permitted'],
      [
        { messages: [HELLO, { role: 'assistant', content: [document] }, HELLO] },
        '`document` blocks can only be in `user` messages',
      ],
      [
        { messages: [{ role: 'user', content: [{ type: 'text', text: 'x', citations: [{}] }] }] },
        'citations can only be',
      ],
    ] as const;
    for (const [change, words] of members) {
      const { body } = await post(vendor, '/v1/messages', { ...BASE, ...change }, NEW);
      expect(body.error.message).toContain(words);
      expect((await post(vendor, '/v1/messages', { ...BASE, ...change }, OLD)).status).toBe(200);
    }
  });

  test('what is next to those is taken', async () => {
    await start(() => WORDS);
    const accepted = [
      { ...talk(call('a'), result('a'), HELLO), temperature: 0.5, top_k: 5, system: cached('1h', '5m') },
      { ...image('image/png', PNG), messages: [HELLO, HELLO, { role: 'assistant', content: 'Well' }] },
      { model: 'claude-sonnet-5-5', thinking: { type: 'adaptive' }, output_config: { effort: 'high' } },
      { model: 'claude-sonnet-5-5', messages: [HELLO, { role: 'system', content: 'Be brief.' }] },
    ];
    for (const members of accepted) {
      const { status } = await post(vendor, '/v1/messages', { ...BASE, ...members }, OLD);
      expect(status).toBe(200);
    }
    expect(vendor.rejected).toEqual([]);
  });

  test('the headers, the model and the path', async () => {
    await start(() => WORDS);
    const wrong = { ...OLD, authorization: '', 'x-api-key': 'x' };
    const right = { ...OLD, authorization: '', 'x-api-key': VENDOR_KEY };
    expect(await post(vendor, '/v1/messages', BASE, wrong)).toMatchObject({
      status: 401,
      body: { error: { type: 'authentication_error' } },
    });
    expect((await post(vendor, '/v1/messages', BASE, right)).status).toBe(200);
    expect(await post(vendor, '/v1/messages', BASE)).toMatchObject({
      status: 400,
      body: { error: { message: 'anthropic-version: header is required' } },
    });
    expect(await post(vendor, '/v1/messages', { ...BASE, model: 'x' }, OLD)).toMatchObject({
      status: 404,
      body: { error: { type: 'not_found_error' } },
    });
    expect((await post(vendor, '/v1/complete', BASE, OLD)).status).toBe(404);
    const counted = await post(vendor, '/v1/messages/count_tokens', BASE, OLD);
    expect(counted.body.error.message).toBe('max_tokens: Extra inputs are not permitted');
  });
});
