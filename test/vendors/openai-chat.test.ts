import OpenAI from 'openai';
import { afterEach, describe, expect, test } from 'vitest';
import { embeddingOf } from '../support/vendors/embedding.ts';
import { startOpenAiChatVendor } from '../support/vendors/openai-chat.ts';
import { eventsOf, post } from '../support/vendors/probe.ts';
import { CALLS, PNG, WEATHER_SCHEMA, WORDS } from '../support/vendors/samples.ts';
import { dialog, NO_USAGE, type Script, says } from '../support/vendors/script.ts';
import { VENDOR_KEY, type Vendor } from '../support/vendors/vendor-server.ts';

let vendor: Vendor;

async function start(script: Script): Promise<OpenAI> {
  vendor = await startOpenAiChatVendor({ script });
  return new OpenAI({ baseURL: `${vendor.url}/v1`, apiKey: VENDOR_KEY, maxRetries: 0 });
}

afterEach(() => vendor.close());

const MESSAGES = [{ role: 'user' as const, content: 'Hello' }];
// Not strict: the SDK's stream helper reads arguments of strict tools as soon as the next call speaks.
const TOOLS = [{ type: 'function' as const, function: { name: 'weather', parameters: WEATHER_SCHEMA } }];

describe('answers, as the official SDK reads them', () => {
  test('words and usage, whole and streamed', async () => {
    const client = await start(dialog(WORDS, { ...WORDS, pieces: { codePoints: 2, writeBytes: 3 } }));
    const whole = await client.chat.completions.create({ model: 'gpt-4.1', messages: MESSAGES });
    const stream = client.chat.completions.stream({
      model: 'gpt-4.1',
      messages: MESSAGES,
      stream_options: { include_usage: true },
    });
    const streamed = await stream.finalChatCompletion();
    for (const { choices, usage } of [whole, streamed]) {
      expect(choices[0]?.message.content).toBe(WORDS.text);
      expect(choices[0]?.finish_reason).toBe('stop');
      expect(usage).toMatchObject({ prompt_tokens: 327, completion_tokens: 50, total_tokens: 377 });
      expect(usage?.prompt_tokens_details).toMatchObject({ cached_tokens: 300, cache_write_tokens: 7 });
      expect(usage?.completion_tokens_details?.reasoning_tokens).toBe(11);
    }
    expect(vendor.rejected).toEqual([]);
  });

  test.each([false, true])('calls with their exact arguments, streamed in turns: %s', async (interleaveToolCalls) => {
    const answer = { ...CALLS, interleaveToolCalls };
    const client = await start(dialog(answer, answer));
    const request = { model: 'gpt-5.2', messages: MESSAGES, tools: TOOLS };
    const whole = await client.chat.completions.create(request);
    const streamed = await client.chat.completions.stream(request).finalChatCompletion();
    for (const { choices } of [whole, streamed]) {
      const calls = choices[0]?.message.tool_calls ?? [];
      expect(calls.map((call) => call.type === 'function' && call.function.arguments)).toEqual(
        CALLS.toolCalls?.map((call) => call.arguments),
      );
      expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
      expect(choices[0]?.finish_reason).toBe('tool_calls');
    }
  });

  test('a refusal, and citations', async () => {
    const cited = { ...says('See here.'), citations: [{ start: 4, end: 8, url: 'https://a.example', title: 'A' }] };
    const client = await start(dialog({ refusal: 'I cannot.', finish: 'stop', usage: NO_USAGE }, cited));
    const refused = await client.chat.completions.create({ model: 'gpt-4.1', messages: MESSAGES });
    expect(refused.choices[0]?.message).toMatchObject({ content: null, refusal: 'I cannot.' });
    const answer = await client.chat.completions.create({ model: 'gpt-4.1', messages: MESSAGES });
    expect(answer.choices[0]?.message.annotations?.[0]?.url_citation).toMatchObject({ start_index: 4, end_index: 8 });
  });

  test('usage only where it is asked for', async () => {
    await start(() => WORDS);
    const { text } = await post(vendor, '/v1/chat/completions', { model: 'gpt-4.1', messages: MESSAGES, stream: true });
    expect(eventsOf(text).filter((chunk) => 'usage' in chunk)).toEqual([]);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  test('embeddings as numbers and as base64 are the same', async () => {
    const client = await start(() => WORDS);
    const input = ['one', 'two'];
    const model = 'text-embedding-3-small';
    const inBase64 = await client.embeddings.create({ model, input });
    const inNumbers = await client.embeddings.create({ model, input, encoding_format: 'float' });
    expect(inBase64.data.map(({ embedding }) => embedding)).toEqual(input.map((text) => embeddingOf(text, 8)));
    expect(inBase64.data).toEqual(inNumbers.data);
    expect((await client.models.list()).data.map(({ id }) => id)).toContain('gpt-5.2');
  });
});

describe('scripted trouble', () => {
  test('an error before the answer, with the time to wait', async () => {
    const error = { status: 429, type: 'rate_limit_exceeded', message: 'Slow down.', retryAfterSeconds: 3 };
    const client = await start(() => ({ ...WORDS, error }));
    const failed = client.chat.completions.create({ model: 'gpt-4.1', messages: MESSAGES });
    await expect(failed).rejects.toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
    expect(vendor.rejected).toEqual([]);
    const { headers } = await post(vendor, '/v1/chat/completions', { model: 'gpt-4.1', messages: MESSAGES });
    expect(headers.get('retry-after')).toBe('3');
  });

  test('an error inside the stream comes after its pieces and has no end after it', async () => {
    const error = { status: 500, type: 'server_error', message: 'Broken.' };
    await start(() => ({ ...WORDS, error, errorAfterPieces: 2 }));
    const { text } = await post(vendor, '/v1/chat/completions', { model: 'gpt-4.1', messages: MESSAGES, stream: true });
    const events = eventsOf(text);
    expect(events.filter((event) => event.choices?.[0]?.delta.content).length).toBe(2);
    expect(events.at(-1).error).toMatchObject({ message: 'Broken.', code: 'server_error' });
    expect(text).not.toContain('[DONE]');
  });

  test.each([true, false])('a connection that breaks, streamed: %s', async (stream) => {
    await start(() => ({ ...WORDS, cutAfterPieces: 2 }));
    const call = post(vendor, '/v1/chat/completions', { model: 'gpt-4.1', messages: MESSAGES, stream });
    await expect(call).rejects.toThrow();
  });

  test('a script that has no answer shows as a refusal', async () => {
    await start(dialog());
    const { status } = await post(vendor, '/v1/chat/completions', { model: 'gpt-4.1', messages: MESSAGES });
    expect(status).toBe(500);
    expect(vendor.rejected[0]?.reason).toContain('asked for one more');
  });
});

const CALL = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{}' } };
const ASKING = { role: 'assistant', content: null, tool_calls: [CALL] };
const RESULT = { role: 'tool', tool_call_id: 'call_1', content: 'sunny' };
const image = (url: string) => [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }];
const format = (schema: unknown) => ({
  response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true, schema } },
});
const tool = (members: object) => ({ tools: [{ type: 'function', function: { name: 'weather', ...members } }] });

/** What is wrong, the members that make it so, and words of the refusal. */
const REFUSED: readonly (readonly [string, object, string])[] = [
  ['unknown member', { top_k: 5 }, 'Unrecognized request argument supplied: top_k'],
  [
    'unknown member inside',
    { stream: true, stream_options: { usage: true } },
    "Unknown parameter: 'stream_options.usage'",
  ],
  ['no messages', { messages: undefined }, "Missing required parameter: 'messages'"],
  ['empty messages', { messages: [] }, "Invalid 'messages': empty array"],
  ['unknown role', { messages: [{ role: 'bot', content: 'x' }] }, "Invalid value: 'bot'"],
  ['null content', { messages: [{ role: 'user', content: null }] }, "Invalid type for 'messages[0].content'"],
  [
    'unknown part',
    { messages: [{ role: 'user', content: [{ type: 'video', video: 'x' }] }] },
    "Invalid value: 'video'",
  ],
  ['assistant without a word', { messages: [{ role: 'assistant', content: null }] }, "Invalid value for 'content'"],
  [
    'result without a call',
    { messages: [...MESSAGES, RESULT] },
    "must be a response to a preceeding message with 'tool_calls'",
  ],
  [
    'result of another call',
    { messages: [ASKING, { ...RESULT, tool_call_id: 'call_9' }, RESULT] },
    "'call_9' not found",
  ],
  ['call without a result', { messages: [ASKING, ...MESSAGES] }, 'did not have response messages: call_1'],
  ['call at the end', { messages: [...MESSAGES, ASKING] }, 'did not have response messages: call_1'],
  ['empty calls', { messages: [{ role: 'assistant', content: 'x', tool_calls: [] }] }, 'empty array'],
  ['long call id', { messages: [{ ...ASKING, tool_calls: [{ ...CALL, id: 'x'.repeat(41) }] }] }, 'maximum length 40'],
  ['index in a call', { messages: [{ ...ASKING, tool_calls: [{ ...CALL, index: 0 }] }] }, "tool_calls[0].index'"],
  [
    'tool choice without tools',
    { tool_choice: 'required' },
    "'tool_choice' is only allowed when 'tools' are specified",
  ],
  ['parallel calls without tools', { parallel_tool_calls: false }, "'parallel_tool_calls' is only allowed"],
  ['no tools in the list', { tools: [] }, "Invalid 'tools': empty array"],
  ['tool name', tool({ name: 'a.b' }), 'string does not match pattern'],
  ['long tool name', tool({ name: 'a'.repeat(65) }), 'string too long'],
  ['tool schema of no object', tool({ parameters: { type: 'string' } }), 'Invalid schema for function'],
  [
    'strict tool that is open',
    tool({ strict: true, parameters: { type: 'object', properties: {} } }),
    "'additionalProperties' is required",
  ],
  [
    'choice of a missing tool',
    { ...tool({}), tool_choice: { type: 'function', function: { name: 'x' } } },
    "no function named 'x'",
  ],
  [
    'schema that is open',
    format({ ...WEATHER_SCHEMA, additionalProperties: true }),
    "'additionalProperties' is required",
  ],
  ['schema with an optional member', format({ ...WEATHER_SCHEMA, required: [] }), "Missing 'city'"],
  [
    'schema open inside',
    format({ ...WEATHER_SCHEMA, properties: { city: { type: 'object' } } }),
    "context=('properties', 'city')",
  ],
  ['oneOf', format({ ...WEATHER_SCHEMA, properties: { city: { oneOf: [] } } }), "'oneOf' is not permitted"],
  ['JSON without the word', { response_format: { type: 'json_object' } }, "must contain the word 'json'"],
  [
    'stream options without stream',
    { stream_options: { include_usage: true } },
    "only allowed when 'stream' is enabled",
  ],
  ['metadata without store', { metadata: { a: 'b' } }, "only allowed when 'store' is enabled"],
  ['top logprobs alone', { top_logprobs: 2 }, "only allowed when 'logprobs' is enabled"],
  ['two limits', { max_tokens: 5, max_completion_tokens: 5 }, 'at the same time is not supported'],
  ['too hot', { temperature: 3 }, 'Expected a value <= 2, but got 3'],
  ['five stops', { stop: ['a', 'b', 'c', 'd', 'e'] }, 'array too long'],
  ['text for a number', { max_tokens: '5' }, "Invalid type for 'max_tokens'"],
  [
    'effort of a model that does not reason',
    { reasoning_effort: 'low' },
    'Unrecognized request argument supplied: reasoning_effort',
  ],
  ['old limit while reasoning', { model: 'gpt-5.2', max_tokens: 5 }, "Use 'max_completion_tokens' instead"],
  ['temperature while reasoning', { model: 'gpt-5.2', temperature: 0 }, "'temperature' does not support 0"],
  ['stop while reasoning', { model: 'gpt-5.2', stop: 'x' }, "'stop' is not supported with this model"],
  ['image that is no base64', { messages: image('data:image/png;base64,%%%') }, 'Invalid base64 image_url'],
  ['image that is no image', { messages: image('data:image/png;base64,AAAA') }, 'unsupported image'],
  ['image that is text', { messages: image('data:text/plain;base64,AAAA') }, 'Invalid MIME type'],
  ['image that is no URL', { messages: image(PNG) }, 'Expected a valid URL'],
];

describe('refusals', () => {
  test.each(REFUSED)('%s', async (_name, members, words) => {
    await start(() => WORDS);
    const sent = { model: 'gpt-4.1', messages: MESSAGES, ...members };
    const { status, body } = await post(vendor, '/v1/chat/completions', sent);
    expect(body).toMatchObject({ error: { message: expect.stringContaining(words), type: 'invalid_request_error' } });
    expect(status).toBe(400);
    expect(vendor.rejected.map(({ reason }) => reason)).toEqual([body.error.message]);
  });

  test('what is next to those is taken', async () => {
    await start(() => WORDS);
    const accepted = [
      { messages: [...MESSAGES, ASKING, RESULT, ...MESSAGES], ...tool({ parameters: {} }), tool_choice: 'auto' },
      { messages: image(`data:image/png;base64,${PNG}`), ...format(WEATHER_SCHEMA) },
      { model: 'gpt-5.2', max_completion_tokens: 5, temperature: 1, reasoning_effort: 'low' },
    ];
    for (const members of accepted) {
      const sent = { model: 'gpt-4.1', messages: MESSAGES, ...members };
      expect((await post(vendor, '/v1/chat/completions', sent)).status).toBe(200);
    }
    expect(vendor.rejected).toEqual([]);
  });

  test('a wrong key, no key, an unknown model, an unknown path and no JSON', async () => {
    const client = await start(() => WORDS);
    const path = '/v1/chat/completions';
    const body = { model: 'gpt-4.1', messages: MESSAGES };
    expect(await post(vendor, path, body, { authorization: 'Bearer x' })).toMatchObject({
      status: 401,
      body: { error: { code: 'invalid_api_key' } },
    });
    expect((await post(vendor, path, body, { authorization: '' })).status).toBe(401);
    await expect(client.chat.completions.create({ ...body, model: 'gpt-0' })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
    expect((await post(vendor, '/v1/chat', body)).status).toBe(404);
    expect((await post(vendor, path, '{')).status).toBe(400);
  });
});
