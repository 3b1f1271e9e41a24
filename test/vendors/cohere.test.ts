import { afterEach, describe, expect, test } from 'vitest';
import { startCohereVendor } from '../support/vendors/cohere.ts';
import { base64Floats, embeddingOf } from '../support/vendors/embedding.ts';
import { eventsOf, type Probe, post } from '../support/vendors/probe.ts';
import { CALLS, PNG, WEATHER_SCHEMA, WORDS } from '../support/vendors/samples.ts';
import { dialog, type Script, says } from '../support/vendors/script.ts';
import type { Vendor } from '../support/vendors/vendor-server.ts';

let vendor: Vendor;

async function start(script: Script): Promise<void> {
  vendor = await startCohereVendor({ script });
}

afterEach(() => vendor.close());

const HELLO = { role: 'user', content: 'Hello' };
const TOOLS = [{ type: 'function', function: { name: 'weather', parameters: WEATHER_SCHEMA } }];

const chat = (body: object): Promise<Probe> =>
  post(vendor, '/v2/chat', { model: 'command-a-03-2025', messages: [HELLO], ...body });

// biome-ignore lint/suspicious/noExplicitAny: events of the wire
const joined = (events: any[], pick: (delta: any) => string | undefined): string =>
  events.map(({ delta }) => (delta?.message ? (pick(delta.message) ?? '') : '')).join('');

describe('answers', () => {
  test('words and usage, whole and streamed', async () => {
    await start(dialog(WORDS, { ...WORDS, pieces: { codePoints: 2, writeBytes: 3 } }));
    const { body } = await chat({});
    const { text } = await chat({ stream: true });
    const events = eventsOf(text);
    const usage = {
      billed_units: { input_tokens: 20, output_tokens: 50 },
      tokens: { input_tokens: 327, output_tokens: 50 },
      cached_tokens: 300,
    };
    expect(body).toMatchObject({
      finish_reason: 'COMPLETE',
      message: { content: [{ type: 'text', text: WORDS.text }] },
      usage,
    });
    expect(joined(events, ({ content }) => content?.text)).toBe(WORDS.text);
    expect(events.at(-1)).toMatchObject({ type: 'message-end', delta: { finish_reason: 'COMPLETE', usage } });
    expect(events.slice(0, 2).map(({ type }) => type)).toEqual(['message-start', 'content-start']);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  test('thinking, a plan and calls', async () => {
    await start(() => CALLS);
    const request = { model: 'command-a-reasoning-08-2025', tools: TOOLS };
    const { message, finish_reason } = (await chat(request)).body;
    expect(finish_reason).toBe('TOOL_CALL');
    expect(message).toMatchObject({
      tool_plan: CALLS.text,
      content: [{ type: 'thinking', thinking: CALLS.reasoning?.text }],
    });
    // biome-ignore lint/suspicious/noExplicitAny: a call of the wire
    const whole = message.tool_calls.map((call: any) => call.function.arguments);
    const events = eventsOf((await chat({ ...request, stream: true })).text);
    const streamed = [0, 1].map((index) =>
      joined(
        events.filter((event) => event.type === 'tool-call-delta' && event.index === index),
        (each) => each.tool_calls.function.arguments,
      ),
    );
    expect([whole, streamed]).toEqual([1, 2].map(() => CALLS.toolCalls?.map((call) => call.arguments)));
    expect(joined(events, ({ tool_plan }) => tool_plan)).toBe(CALLS.text);
    const silent = await chat({ ...request, thinking: { type: 'disabled' } });
    expect(silent.body.message.content).toBeUndefined();
  });

  test('citations', async () => {
    const citations = [{ start: 4, end: 8, url: 'https://a.example', title: 'A' }];
    await start(() => ({ ...says('See here.'), citations }));
    expect((await chat({})).body.message.citations[0]).toMatchObject({ start: 4, end: 8, text: 'here' });
    const events = eventsOf((await chat({ stream: true })).text);
    expect(events.filter(({ type }) => type.startsWith('citation')).map(({ type }) => type)).toEqual([
      'citation-start',
      'citation-end',
    ]);
  });

  test('errors before and inside of the stream', async () => {
    const error = { status: 429, type: 'rate_limit', message: 'Trial key.' };
    await start(dialog({ ...WORDS, error }, { ...WORDS, error, errorAfterPieces: 1 }));
    expect(await chat({})).toMatchObject({ status: 429, body: { message: 'Trial key.' } });
    const events = eventsOf((await chat({ stream: true })).text);
    expect(events.at(-1)).toMatchObject({
      type: 'message-end',
      delta: { finish_reason: 'ERROR', error: 'Trial key.' },
    });
  });

  test('embeddings of several types, and a ranking', async () => {
    await start(() => WORDS);
    const request = {
      model: 'embed-v4.0',
      input_type: 'search_query',
      texts: ['one'],
      embedding_types: ['float', 'base64'],
    };
    const { body } = await post(vendor, '/v2/embed', request);
    const vector = embeddingOf('one', 8);
    expect(body.embeddings).toEqual({ float: [vector], base64: [base64Floats(vector)] });
    const ranked = await post(vendor, '/v2/rerank', {
      model: 'rerank-v3.5',
      query: 'blue sky',
      documents: ['red', 'blue sky'],
      top_n: 1,
    });
    expect(ranked.body.results).toEqual([{ index: 1, relevance_score: 1 }]);
  });
});

const CALL = { id: 'a', type: 'function', function: { name: 'weather', arguments: '{}' } };
const ASKING = { role: 'assistant', tool_calls: [CALL], tool_plan: 'I look.' };
const RESULT = { role: 'tool', tool_call_id: 'a', content: 'sunny' };
const talk = (...messages: object[]) => ({ messages: [HELLO, ...messages], tools: TOOLS });
const tool = (members: object) => ({
  tools: [{ type: 'function', function: { name: 'weather', parameters: WEATHER_SCHEMA, ...members } }],
});
const json = (json_schema: object) => ({ response_format: { type: 'json_object', json_schema } });
const image = (url: string) => ({ messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url } }] }] });

const REFUSED: readonly (readonly [string, object, number, string])[] = [
  ['unknown member', { top_p: 1 }, 422, "unknown field: parameter 'top_p' is not a valid field"],
  ['strict tool of another format', tool({ strict: true }), 422, "parameter 'strict' is not a valid field"],
  [
    'index in a call',
    talk({ ...ASKING, tool_calls: [{ ...CALL, index: 0 }] }),
    422,
    "parameter 'index' is not a valid field",
  ],
  [
    'text for a list',
    { stop_sequences: 'x' },
    422,
    'parameter stop_sequences is of type string but should be of type array',
  ],
  ['no messages', { messages: [] }, 400, 'messages must not be empty'],
  ['empty words', { messages: [{ role: 'user', content: '' }] }, 400, 'at least 1 token long'],
  ['null content', { messages: [{ role: 'user', content: null }] }, 422, 'parameter content is of type null'],
  ['unknown role', { messages: [{ role: 'developer', content: 'x' }] }, 400, 'invalid value for role'],
  ['assistant without a word', talk({ role: 'assistant' }), 400, 'assistant message must have content or tool_calls'],
  ['assistant last', talk({ role: 'assistant', content: 'x' }), 400, 'the last message must be of role user or tool'],
  ['result without a call', talk(RESULT), 400, 'tool message must follow an assistant message with tool_calls'],
  ['result of another call', talk(ASKING, RESULT, { ...RESULT, tool_call_id: 'b' }), 400, 'tool call id b not found'],
  ['call without a result', talk(ASKING, HELLO), 400, 'missing tool results for tool calls with ids: a'],
  [
    'arguments that are no JSON',
    talk({ ...ASKING, tool_calls: [{ ...CALL, function: { name: 'x', arguments: 'x' } }] }, RESULT),
    400,
    'must have a JSON object as its arguments',
  ],
  ['tool without a schema', { tools: [{ type: 'function', function: { name: 'x' } }] }, 400, 'parameters is required'],
  ['tool name', tool({ name: 'a b' }), 400, "tool name 'a b'"],
  ['choice in other words', { tools: TOOLS, tool_choice: 'auto' }, 400, 'invalid value for tool_choice'],
  ['choice without tools', { tool_choice: 'REQUIRED' }, 400, 'tool_choice can only be specified with tools'],
  [
    'strict tools without a required member',
    { ...tool({ parameters: { type: 'object' } }), strict_tools: true },
    400,
    'must be required with strict_tools',
  ],
  ['JSON with tools', { ...json(WEATHER_SCHEMA), tools: TOOLS }, 400, 'not supported with tools or documents'],
  ['schema of no object', json({ type: 'array' }), 400, "top level type must be 'object'"],
  ['schema without a required member', json({ ...WEATHER_SCHEMA, required: [] }), 400, 'at least one required field'],
  ['format of another vendor', { response_format: { type: 'json_schema' } }, 400, 'invalid value for type'],
  ['large p', { p: 1 }, 400, 'invalid value for p'],
  ['penalty below zero', { presence_penalty: -1 }, 400, 'invalid value for presence_penalty'],
  ['thinking of a model that cannot', { thinking: { type: 'enabled' } }, 400, 'thinking is not supported'],
  ['image that is no base64', image('data:image/png;base64,%%%'), 400, 'invalid image_url'],
];

describe('refusals', () => {
  test.each(REFUSED)('%s', async (_name, members, status, words) => {
    await start(() => WORDS);
    const answer = await chat(members);
    expect(answer.body).toMatchObject({ message: expect.stringContaining(words) });
    expect(answer.status).toBe(status);
    expect(vendor.rejected.length).toBe(1);
  });

  test('what is next to those is taken', async () => {
    await start(() => WORDS);
    const accepted = [
      { ...talk(ASKING, RESULT), tool_choice: 'NONE', strict_tools: true },
      { ...image(`data:image/png;base64,${PNG}`), ...json(WEATHER_SCHEMA), p: 0.9, k: 0 },
    ];
    for (const members of accepted) expect((await chat(members)).status).toBe(200);
  });

  test('keys, models, embeddings and rankings', async () => {
    await start(() => WORDS);
    const embed = (members: object) =>
      post(vendor, '/v2/embed', { model: 'embed-v4.0', input_type: 'search_query', texts: ['x'], ...members });
    expect((await post(vendor, '/v2/chat', {}, { authorization: '' })).body.message).toBe('no api key supplied');
    expect((await post(vendor, '/v2/chat', {}, { authorization: 'Bearer x' })).status).toBe(401);
    expect((await chat({ model: 'x' })).status).toBe(404);
    expect((await embed({ input_type: undefined })).body.message).toContain('input_type is required');
    expect((await embed({ images: ['x'] })).body.message).toContain('exactly one of texts, images and inputs');
    expect((await embed({ output_dimension: 8 })).body.message).toContain('output_dimension must be one of');
    expect(
      (await post(vendor, '/v2/rerank', { model: 'rerank-v3.5', query: 'x', documents: [{ text: 'x' }] })).status,
    ).toBe(422);
    expect(vendor.rejected.length).toBe(7);
  });
});
