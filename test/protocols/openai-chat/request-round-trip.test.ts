import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/lib/json.ts';
import { openAiChatDialect, openAiChatUpstream } from '../../../src/protocols/openai-chat/openai-chat.ts';
import { encodeOptions } from '../../support/facts.ts';

const roundTrip = (body: JsonObject): JsonObject => {
  openAiChatDialect.readHead(body);
  return openAiChatUpstream.encodeRequest(
    openAiChatDialect.decodeRequest(body),
    encodeOptions({ model: 'remote', isReasoningModel: true }),
  ).body;
};

const text = fc.oneof(
  fc.constantFrom('', ' ', 'größer', '模型 🦜', '\u2028\u0000'),
  fc.string({ unit: 'binary', maxLength: 20 }),
);
const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>;
const object = fc.dictionary(fc.string({ maxLength: 5 }), json, { maxKeys: 3 }) as fc.Arbitrary<JsonObject>;

/** Members that no version of the router knows. */
const unknown = fc.dictionary(
  fc.string({ maxLength: 6 }).map((name) => `x_${name}`),
  json,
  { maxKeys: 2 },
) as fc.Arbitrary<JsonObject>;

/** An object with some of these members, now and then with some that are unknown. */
function members(known: Record<string, fc.Arbitrary<unknown>>, required: string[]): fc.Arbitrary<JsonObject> {
  const plain = fc.record(known, { requiredKeys: required, noNullPrototype: true });
  const rest = fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: unknown });
  return fc.tuple(plain, rest).map(([left, right]) => ({ ...left, ...right }) as JsonObject);
}

const url = fc.oneof(
  fc.constantFrom('https://x/y.png', 'data:image/png;base64,AAAA', 'data:;base64,AA', 'data:image/svg+xml,<svg/>', ''),
  fc.base64String().map((base64) => `data:image/webp;base64,${base64}`),
);
const textPart = members({ type: fc.constant('text'), text }, ['type', 'text']);
const part = fc.oneof(
  textPart,
  members({ type: fc.constant('image_url'), image_url: members({ url, detail: text }, ['url']) }, [
    'type',
    'image_url',
  ]),
  members({ type: fc.constant('video_url'), video_url: members({ url }, ['url']) }, ['type', 'video_url']),
  members(
    {
      type: fc.constant('input_audio'),
      input_audio: members({ data: text, format: fc.constantFrom('wav', 'mp3') }, []),
    },
    ['type', 'input_audio'],
  ),
  members({ type: fc.constant('file'), file: members({ file_data: url, filename: text, file_id: text }, []) }, [
    'type',
    'file',
  ]),
  members({ type: fc.constantFrom('refusal', 'new_kind'), refusal: text, value: json }, ['type']),
);
const content = fc.oneof(text, fc.array(part, { maxLength: 4 }));
const callee = members(
  {
    name: text,
    arguments: fc.oneof(
      text,
      json.map((value) => JSON.stringify(value)),
    ),
  },
  ['name', 'arguments'],
);
const toolCall = fc.oneof(
  members({ id: text, type: fc.constant('function'), function: callee }, ['id', 'type', 'function']),
  members({ id: text, type: fc.constant('custom'), custom: object }, ['type']),
);
const message = fc.oneof(
  members({ role: fc.constantFrom('system', 'developer', 'user'), content, name: text }, ['role', 'content']),
  members(
    {
      role: fc.constant('assistant'),
      content: fc.oneof(content, fc.constant(null)),
      name: text,
      refusal: fc.oneof(text, fc.constant(null)),
      reasoning_content: fc.oneof(text, fc.constant(null)),
      reasoning: text,
      tool_calls: fc.oneof(fc.array(toolCall, { maxLength: 3 }), fc.constant(null)),
      function_call: object,
      audio: object,
    },
    ['role'],
  ),
  // OpenAI takes no pictures from tools: they are shown by the user, and so do not come out as they went in.
  members({ role: fc.constant('tool'), content: text, tool_call_id: text }, ['role', 'content']),
  members({ role: fc.constant('function'), content: fc.oneof(text, fc.constant(null)), name: text }, [
    'role',
    'name',
    'content',
  ]),
);

const tool = fc.oneof(
  members(
    {
      type: fc.constant('function'),
      function: members({ name: text, description: text, parameters: object, strict: fc.boolean() }, ['name']),
    },
    ['type', 'function'],
  ),
  members({ type: fc.constantFrom('custom', 'web_search'), custom: object }, ['type']),
);
const orNull = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> => fc.option(arbitrary, { freq: 8 });
const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? 0 : value));
const body = members(
  {
    model: fc.constant('remote'),
    messages: fc.array(message, { minLength: 1, maxLength: 4 }),
    stream: fc.constant(true),
    temperature: orNull(number),
    top_p: orNull(number),
    top_k: orNull(number),
    frequency_penalty: orNull(number),
    presence_penalty: orNull(number),
    seed: orNull(fc.integer()),
    n: orNull(fc.nat()),
    max_tokens: orNull(fc.nat()),
    max_completion_tokens: orNull(fc.nat()),
    parallel_tool_calls: orNull(fc.boolean()),
    reasoning_effort: orNull(text),
    user: orNull(text),
    stop: orNull(fc.oneof(text, fc.array(text, { maxLength: 3 }))),
    tools: orNull(fc.array(tool, { maxLength: 3 })),
    tool_choice: orNull(
      fc.oneof(
        fc.constantFrom('auto', 'none', 'required', 'any'),
        members({ type: fc.constant('function'), function: members({ name: text }, ['name']) }, ['type', 'function']),
        object,
      ),
    ),
    response_format: orNull(
      fc.oneof(
        members({ type: fc.constantFrom('text', 'json_object') }, ['type']),
        members(
          {
            type: fc.constant('json_schema'),
            json_schema: members({ name: text, description: text, schema: object, strict: fc.boolean() }, ['name']),
          },
          ['type', 'json_schema'],
        ),
      ),
    ),
    stream_options: fc.constant({ include_usage: true }),
    logprobs: fc.boolean(),
    logit_bias: object,
    metadata: object,
    constructor: json,
  },
  ['model', 'messages'],
);

test('a request in OpenAI words comes out as it went in', () => {
  fc.assert(
    fc.property(body, (request) => {
      expect(roundTrip(request)).toEqual(request);
    }),
    { numRuns: 1000 },
  );
});

describe('what is not carried', () => {
  const messages = [{ role: 'user', content: 'hi' }];

  test('the model is replaced, whatever the request says', () => {
    expect(roundTrip({ model: 'mine', messages })).toEqual({ model: 'remote', messages });
    expect(roundTrip({ messages })).toEqual({ model: 'remote', messages });
  });

  test('what is meant for the router stays here', () => {
    const own = { tags: ['a'], prefer: ['b'], routing_mode: 'auto', remote_identifier_override: 'other', query: {} };
    expect(roundTrip({ messages, ...own })).toEqual({ model: 'remote', messages });
  });

  test('stream: false is the same as no stream', () => {
    expect(roundTrip({ messages, stream: false })).toEqual({ model: 'remote', messages });
  });
});

describe('what the canonical form says', () => {
  const decode = (request: JsonObject) => openAiChatDialect.decodeRequest(request);

  test('roles, texts, pictures, files and calls in words of no vendor', () => {
    const { messages } = decode({
      messages: [
        { role: 'developer', content: 'be kind' },
        {
          role: 'user',
          name: 'ann',
          content: [
            { type: 'text', text: 'see', cache_control: { type: 'ephemeral' } },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==', detail: 'low' } },
            { type: 'image_url', image_url: { url: 'https://x/y' } },
            { type: 'input_audio', input_audio: { data: 'BB', format: 'mp3' } },
            { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,CC' } },
            { type: 'file', file: { file_id: 'file-1' } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{ }' } }],
        },
        { role: 'tool', tool_call_id: 'c', content: 'done' },
      ],
    });
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool']);
    expect(messages[1]?.name).toBe('ann');
    expect(messages[1]?.content).toEqual([
      { type: 'text', text: 'see', cache: {} },
      {
        type: 'media',
        modality: 'image',
        source: { kind: 'inline', mediaType: 'image/png', base64: 'AA==' },
        detail: 'low',
      },
      { type: 'media', modality: 'image', source: { kind: 'url', url: 'https://x/y' } },
      { type: 'media', modality: 'audio', source: { kind: 'inline', mediaType: 'audio/mp3', base64: 'BB' } },
      {
        type: 'media',
        modality: 'document',
        source: { kind: 'inline', mediaType: 'application/pdf', base64: 'CC' },
        filename: 'a.pdf',
      },
      { type: 'foreign', protocol: 'openai-chat', value: { type: 'file', file: { file_id: 'file-1' } } },
    ]);
    expect(messages[2]?.content).toEqual([{ type: 'tool-call', id: 'c', name: 'f', arguments: '{ }' }]);
    expect(messages[3]?.content).toEqual([
      { type: 'tool-result', callId: 'c', content: [{ type: 'text', text: 'done' }] },
    ]);
  });

  test('parameters under their canonical names, the rest kept for OpenAI', () => {
    const request = decode({
      messages: [],
      temperature: 0.5,
      max_completion_tokens: 7,
      max_tokens: 9,
      stop: 'x',
      tool_choice: { type: 'function', function: { name: 'f' } },
      response_format: { type: 'json_schema', json_schema: { name: 's', schema: { type: 'object' }, strict: true } },
      logit_bias: { 1: 2 },
    });
    expect(request).toEqual({
      messages: [],
      stream: false,
      temperature: 0.5,
      maxOutputTokens: 7,
      stop: ['x'],
      toolChoice: { name: 'f' },
      responseFormat: { type: 'json-schema', name: 's', schema: { type: 'object' }, strict: true },
      extras: { 'openai-chat': { max_completion_tokens: 7, max_tokens: 9, stop: 'x', logit_bias: { 1: 2 } } },
    });
  });

  test('extras of another format are not sent', () => {
    const encoded = openAiChatUpstream.encodeRequest(
      {
        stream: false,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'hi' },
              { type: 'foreign', protocol: 'router-native', value: { a: 1 } },
            ],
            extras: { 'router-native': { b: 2 } },
          },
        ],
        tools: [{ kind: 'foreign', protocol: 'router-native', value: { c: 3 } }],
        extras: { 'router-native': { d: 4 } },
      },
      encodeOptions({ model: 'remote' }),
    );
    expect(encoded.body).toEqual({ model: 'remote', messages: [{ role: 'user', content: 'hi' }] });
    expect(encoded.losses.map(({ field, severity }) => `${field} ${severity}`).sort()).toEqual([
      'd minor',
      'messages.b minor',
      'messages.content meaning',
      'tools.unknown meaning',
    ]);
  });

  test('a message with tool results becomes one message for each, before the rest', () => {
    const encoded = openAiChatUpstream.encodeRequest(
      {
        stream: false,
        messages: [
          {
            role: 'user',
            content: [
              { type: 'tool-result', callId: 'a', content: [{ type: 'text', text: '1' }] },
              { type: 'tool-result', callId: 'b', content: [{ type: 'text', text: '2' }] },
              { type: 'text', text: 'go on' },
            ],
          },
        ],
      },
      encodeOptions({ model: 'remote' }),
    );
    expect(encoded.body['messages']).toEqual([
      { role: 'tool', tool_call_id: 'a', content: '1' },
      { role: 'tool', tool_call_id: 'b', content: '2' },
      { role: 'user', content: 'go on' },
    ]);
  });

  test('media that OpenAI takes only inline is a loss that changes the meaning, where only its address is known', () => {
    for (const modality of ['audio', 'document'] as const) {
      const content = [{ type: 'media', modality, source: { kind: 'url', url: 'https://x/y' } }] as const;
      const request = { stream: false, messages: [{ role: 'user', content }] } as const;
      const { losses } = openAiChatUpstream.encodeRequest(request, encodeOptions());
      expect(losses).toMatchObject([{ field: `messages.${modality}`, outcome: 'dropped', severity: 'meaning' }]);
    }
  });
});
