import OpenAI from 'openai';
import type { ResponseInputItem, ResponseOutputItem } from 'openai/resources/responses/responses';
import { afterEach, describe, expect, test } from 'vitest';
import { startOpenAiResponsesVendor } from '../support/vendors/openai-responses.ts';
import { eventsOf, post } from '../support/vendors/probe.ts';
import { CALLS, PNG, WEATHER_SCHEMA, WORDS } from '../support/vendors/samples.ts';
import { dialog, NO_USAGE, type Script, says, type VendorAnswer } from '../support/vendors/script.ts';
import { VENDOR_KEY, type Vendor } from '../support/vendors/vendor-server.ts';

let vendor: Vendor;

async function start(script: Script): Promise<OpenAI> {
  vendor = await startOpenAiResponsesVendor({ script });
  return new OpenAI({ baseURL: `${vendor.url}/v1`, apiKey: VENDOR_KEY, maxRetries: 0 });
}

afterEach(() => vendor.close());

const TOOL = { type: 'function' as const, name: 'weather', parameters: WEATHER_SCHEMA, strict: true };
const THINKING = { reasoning: { summary: 'auto' as const }, include: ['reasoning.encrypted_content' as const] };

const resultsFor = (output: readonly ResponseOutputItem[]): ResponseInputItem[] =>
  output.flatMap((item) =>
    item.type === 'function_call' ? [{ type: 'function_call_output', call_id: item.call_id, output: 'sunny' }] : [],
  );

describe('answers, as the official SDK reads them', () => {
  test('words and usage, whole and streamed', async () => {
    const client = await start(dialog(WORDS, { ...WORDS, pieces: { codePoints: 2, writeBytes: 3 } }));
    const whole = await client.responses.create({ model: 'gpt-4.1', input: 'Hello' });
    const streamed = await client.responses.stream({ model: 'gpt-4.1', input: 'Hello' }).finalResponse();
    for (const { output_text, usage, status } of [whole, streamed]) {
      expect(output_text).toBe(WORDS.text);
      expect(status).toBe('completed');
      expect(usage).toMatchObject({ input_tokens: 327, output_tokens: 50, total_tokens: 377 });
      expect(usage?.input_tokens_details).toEqual({ cached_tokens: 300, cache_write_tokens: 7 });
      expect(usage?.output_tokens_details.reasoning_tokens).toBe(11);
    }
    expect(vendor.rejected).toEqual([]);
  });

  test.each([false, true])('reasoning, words and calls, streamed in turns: %s', async (interleaveToolCalls) => {
    const answer = { ...CALLS, interleaveToolCalls };
    const client = await start(dialog(answer, answer));
    const request = { model: 'gpt-5.2', input: 'Hello', tools: [TOOL], ...THINKING };
    const whole = await client.responses.create(request);
    const streamed = await client.responses.stream(request).finalResponse();
    for (const { output } of [whole, streamed]) {
      expect(output.map(({ type }) => type)).toEqual(['reasoning', 'message', 'function_call', 'function_call']);
      expect(output[0]).toMatchObject({
        summary: [{ text: CALLS.reasoning?.text }],
        encrypted_content: expect.any(String),
      });
      expect(output.flatMap((item) => (item.type === 'function_call' ? item.arguments : []))).toEqual(
        CALLS.toolCalls?.map((call) => call.arguments),
      );
    }
  });

  test('a tool of free text', async () => {
    const answer: VendorAnswer = {
      toolCalls: [{ name: 'run', arguments: '{}', customInput: 'ls -l' }],
      finish: 'tool-calls',
      usage: NO_USAGE,
    };
    const client = await start(() => answer);
    const request = { model: 'gpt-5.2', input: 'Hello', tools: [{ type: 'custom' as const, name: 'run' }] };
    const expected = { type: 'custom_tool_call', name: 'run', input: 'ls -l' };
    expect((await client.responses.create(request)).output[0]).toMatchObject(expected);
    expect((await client.responses.stream(request).finalResponse()).output[0]).toMatchObject(expected);
  });

  test('a limit, a filter and a refusal', async () => {
    const client = await start(
      dialog(
        { ...WORDS, finish: 'length' },
        { ...WORDS, finish: 'content-filter' },
        { refusal: 'No.', finish: 'stop', usage: NO_USAGE },
      ),
    );
    const ask = () => client.responses.create({ model: 'gpt-4.1', input: 'Hello' });
    expect(await ask()).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } });
    expect(await ask()).toMatchObject({ status: 'incomplete', incomplete_details: { reason: 'content_filter' } });
    expect((await ask()).output[0]).toMatchObject({ content: [{ type: 'refusal', refusal: 'No.' }] });
  });

  test('events are numbered from 0 and start and end as the vendor does', async () => {
    await start(() => CALLS);
    const sent = { model: 'gpt-5.2', input: 'Hello', tools: [TOOL], stream: true, ...THINKING };
    const events = eventsOf((await post(vendor, '/v1/responses', sent)).text);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_event, at) => at));
    const types = events.map((event) => event.type);
    expect(types.slice(0, 3)).toEqual(['response.created', 'response.in_progress', 'response.output_item.added']);
    expect(types.at(-1)).toBe('response.completed');
    expect(new Set(types)).toContain('response.reasoning_summary_part.done');
  });

  test('an error inside the stream goes on with the numbers', async () => {
    const error = { status: 500, type: 'server_error', message: 'Broken.' };
    await start(() => ({ ...WORDS, error, errorAfterPieces: 1 }));
    const events = eventsOf((await post(vendor, '/v1/responses', { model: 'gpt-4.1', input: 'x', stream: true })).text);
    expect(events.slice(-2).map(({ type }) => type)).toEqual(['error', 'response.failed']);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_event, at) => at));
  });
});

describe('a dialog', () => {
  test('goes on with the whole output and the results, stored or not', async () => {
    const client = await start(dialog(CALLS, says('Sunny in both.')));
    const first = await client.responses.create({
      model: 'gpt-5.2',
      input: 'Hello',
      store: false,
      tools: [TOOL],
      ...THINKING,
    });
    const input = [...(first.output as ResponseInputItem[]), ...resultsFor(first.output)];
    const second = await client.responses.create({ model: 'gpt-5.2', input, store: false, tools: [TOOL] });
    expect(second.output_text).toBe('Sunny in both.');
    expect(vendor.rejected).toEqual([]);
  });

  test('goes on from a stored answer, and not from one that was not stored', async () => {
    const client = await start(dialog(CALLS, says('Sunny.'), says('Late.')));
    const request = { model: 'gpt-5.2', tools: [TOOL] };
    const first = await client.responses.create({ ...request, input: 'Hello' });
    const next = { ...request, input: resultsFor(first.output), previous_response_id: first.id };
    const second = await client.responses.create({ ...next, store: false });
    const third = client.responses.create({ ...request, input: 'And now?', previous_response_id: second.id });
    await expect(third).rejects.toMatchObject({ status: 400, code: 'previous_response_not_found' });
  });

  const lost: readonly (readonly [string, (item: ResponseInputItem) => boolean, number, string])[] = [
    ['the reasoning', ({ type }) => type !== 'reasoning', 400, "without its required 'reasoning' item"],
    [
      'a result',
      (item) => !('call_id' in item && item.type === 'function_call_output'),
      400,
      'No tool output found for function call',
    ],
    ['the calls', ({ type }) => type !== 'function_call', 400, 'No tool call found for function call output'],
  ];

  test.each(lost)('is refused without %s', async (_name, isKept, status, words) => {
    const client = await start(() => CALLS);
    const first = await client.responses.create({ model: 'gpt-5.2', input: 'Hello', tools: [TOOL], ...THINKING });
    const input = [...(first.output as ResponseInputItem[]), ...resultsFor(first.output)].filter(isKept);
    const second = await post(vendor, '/v1/responses', { model: 'gpt-5.2', input, tools: [TOOL] });
    expect(second.body.error.message).toContain(words);
    expect(second.status).toBe(status);
  });
});

const CALL = { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{}' };
const RESULT = { type: 'function_call_output', call_id: 'call_1', output: 'sunny' };
const USER = { role: 'user', content: 'Hello' };
const REASONING = { type: 'reasoning', id: 'rs_1', summary: [] };
const format = (schema: unknown) => ({
  text: { format: { type: 'json_schema', name: 'answer', strict: true, schema } },
});
const image = (image_url: string) => ({ input: [{ role: 'user', content: [{ type: 'input_image', image_url }] }] });

const REFUSED: readonly (readonly [string, object, string])[] = [
  ['unknown member', { messages: [] }, "Unknown parameter: 'messages'"],
  [
    'stream option of the other format',
    { stream: true, stream_options: { include_usage: true } },
    "Unknown parameter: 'stream_options.include_usage'",
  ],
  ['nothing to answer', { input: undefined }, "One of 'input'"],
  ['unknown item', { input: [{ type: 'thought' }] }, "Invalid value: 'thought'"],
  [
    'part of the other format',
    { input: [{ role: 'user', content: [{ type: 'text', text: 'x' }] }] },
    "Invalid value: 'text'",
  ],
  [
    'input part of an assistant',
    { input: [{ role: 'assistant', content: [{ type: 'input_text', text: 'x' }] }] },
    "'output_text', and 'refusal'",
  ],
  [
    'tool in the other format',
    { tools: [{ type: 'function', function: { name: 'x' } }] },
    "Missing required parameter: 'tools[0].name'",
  ],
  ['id of another kind', { input: [{ ...CALL, id: 'call_1' }, RESULT] }, "Expected an ID that begins with 'fc'"],
  [
    'id twice',
    { input: [{ ...CALL, id: 'fc_1' }, { ...CALL, id: 'fc_1' }, RESULT] },
    'Duplicate item found with id fc_1',
  ],
  ['result without a call', { input: [USER, RESULT] }, 'No tool call found for function call output'],
  ['call without a result', { input: [USER, CALL] }, 'No tool output found for function call call_1'],
  ['long call id', { input: [{ ...CALL, call_id: 'x'.repeat(65) }] }, 'maximum length 64'],
  [
    'unknown encrypted reasoning',
    { input: [{ ...REASONING, encrypted_content: 'gAAAAforged' }, CALL, RESULT] },
    'could not be verified',
  ],
  ['choice without tools', { tool_choice: 'required' }, "must be specified with 'tools'"],
  ['choice of a missing tool', { tools: [TOOL], tool_choice: { type: 'function', name: 'x' } }, "not found in 'tools'"],
  [
    'strict tool that is open',
    { tools: [{ ...TOOL, parameters: { type: 'object', properties: {} } }] },
    "'additionalProperties' is required",
  ],
  ['schema with an optional member', format({ ...WEATHER_SCHEMA, required: [] }), "Missing 'city'"],
  ['JSON without the word', { text: { format: { type: 'json_object' } } }, "must contain the word 'json'"],
  ['few tokens', { max_output_tokens: 5 }, 'Expected a value >= 16'],
  ['old name of the limit', { max_tokens: 50 }, "Unknown parameter: 'max_tokens'"],
  [
    'temperature while reasoning',
    { model: 'gpt-5.2', temperature: 0.5 },
    "'temperature' is not supported with this model",
  ],
  ['effort without reasoning', { reasoning: { effort: 'low' } }, "'reasoning.effort' is not supported"],
  [
    'encrypted reasoning without reasoning',
    { include: ['reasoning.encrypted_content'] },
    'Encrypted content is not supported',
  ],
  [
    'stream options without stream',
    { stream_options: { include_obfuscation: true } },
    "only allowed when 'stream' is enabled",
  ],
  ['image that is no image', image('data:image/png;base64,AAAA'), 'unsupported image'],
];

describe('refusals', () => {
  test.each(REFUSED)('%s', async (_name, members, words) => {
    await start(() => WORDS);
    const { status, body } = await post(vendor, '/v1/responses', { model: 'gpt-4.1', input: 'Hello', ...members });
    expect(body).toMatchObject({ error: { message: expect.stringContaining(words), type: 'invalid_request_error' } });
    expect(status).toBe(400);
    expect(vendor.rejected.length).toBe(1);
  });

  test('reasoning that nothing follows, and reasoning that is not stored', async () => {
    await start(() => ({ ...WORDS, reasoning: { text: 'Hm.', signature: 'gAAAAknown' } }));
    const ask = (input: unknown) => post(vendor, '/v1/responses', { model: 'gpt-5.2', input, ...THINKING });
    await ask('Hello');
    const alone = await ask([{ ...REASONING, encrypted_content: 'gAAAAknown' }, USER]);
    expect(alone.body.error.message).toContain('without its required following item');
    expect((await ask([REASONING, CALL, RESULT])).status).toBe(404);
  });

  test('what is next to those is taken', async () => {
    await start(() => WORDS);
    const accepted: readonly object[] = [
      { input: [USER, { role: 'assistant', content: [{ type: 'output_text', text: 'Hi' }] }, CALL, RESULT] },
      { ...image(`data:image/png;base64,${PNG}`), ...format(WEATHER_SCHEMA), tools: [TOOL], tool_choice: 'required' },
    ];
    for (const members of accepted) {
      expect((await post(vendor, '/v1/responses', { model: 'gpt-4.1', input: 'Hello', ...members })).status).toBe(200);
    }
  });

  test('a wrong key and an unknown model', async () => {
    await start(() => WORDS);
    const body = { model: 'gpt-0', input: 'x' };
    expect((await post(vendor, '/v1/responses', body, { authorization: 'Bearer x' })).status).toBe(401);
    expect((await post(vendor, '/v1/responses', body)).status).toBe(404);
  });
});
