import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatRequest } from '../../../src/canonical/chat.ts';
import type { ContentPart, Message } from '../../../src/canonical/content.ts';
import { RouterError } from '../../../src/errors/router-error.ts';
import type { JsonObject, JsonValue } from '../../../src/lib/json.ts';
import {
  anthropicMessagesDialect as dialect,
  anthropicMessagesUpstream as upstream,
} from '../../../src/protocols/anthropic-messages/anthropic-messages.ts';
import { wrapSeal } from '../../../src/protocols/seal.ts';
import { encodeOptions } from '../../support/facts.ts';

const ORIGIN = 'anthropic-messages:acme';
const options = encodeOptions({ model: 'claude-opus-5', origin: ORIGIN });

const encode = (request: Partial<ChatRequest>, model = 'claude-opus-5') =>
  upstream.encodeRequest({ messages: [], stream: false, ...request }, { ...options, model });
const user = (...content: ContentPart[]): Message => ({ role: 'user', content });
const assistant = (...content: ContentPart[]): Message => ({ role: 'assistant', content });
const system = (text: string): Message => ({ role: 'system', content: [{ type: 'text', text }] });
const text = (words: string): ContentPart => ({ type: 'text', text: words });
const HI = [user(text('hi'))];

/** A request with everything that the format can say, as Claude Code and the SDKs write it. */
const WIRE: JsonObject = {
  model: 'any',
  max_tokens: 2048,
  stream: true,
  system: [{ type: 'text', text: 'Be kind.', cache_control: { type: 'ephemeral', ttl: '1h' } }],
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: 'Look.' },
        { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AA==' } },
        { type: 'image', source: { type: 'url', url: 'https://a.example/p' } },
        { type: 'image', source: { type: 'file', file_id: 'file_1' } },
        {
          type: 'document',
          source: { type: 'base64', media_type: 'application/pdf', data: 'BB==' },
          title: 'A',
          cache_control: { type: 'ephemeral' },
        },
        { type: 'document', source: { type: 'text', media_type: 'text/plain', data: 'Grüße' } },
      ],
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: wrapSeal(ORIGIN, 'sealed') },
        { type: 'redacted_thinking', data: wrapSeal(ORIGIN, 'data') },
        { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { city: 'Köln' }, caller: { type: 'direct' } },
      ],
    },
    {
      role: 'user',
      content: [
        {
          type: 'tool_result',
          tool_use_id: 'toolu_1',
          content: [
            { type: 'text', text: 'rain' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'CC==' } },
          ],
          is_error: true,
        },
        { type: 'text', text: 'And now?' },
      ],
    },
    { role: 'system', content: 'Be brief.' },
  ],
  tools: [
    { name: 'weather', description: 'd', input_schema: { type: 'object', properties: {} }, strict: false },
    { type: 'web_search_20250305', name: 'web_search', max_uses: 2 },
  ],
  tool_choice: { type: 'any', disable_parallel_tool_use: true },
  stop_sequences: ['END'],
  thinking: { type: 'adaptive', display: 'summarized' },
  output_config: {
    effort: 'high',
    format: { type: 'json_schema', schema: { type: 'object', properties: {}, additionalProperties: false } },
    task_budget: { type: 'tokens', total: 5 },
  },
  metadata: { user_id: 'u' },
  context_management: { edits: [] },
  service_tier: 'auto',
  tags: ['for the router'],
};

describe('what a client says', () => {
  const decoded = dialect.decodeRequest(WIRE);

  test('is read into words of no vendor', () => {
    const { messages, tools, extras, ...parameters } = decoded;
    expect(messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user', 'system']);
    expect(messages[0]?.content).toEqual([{ type: 'text', text: 'Be kind.', cache: { ttl: '1h' } }]);
    expect(messages[1]?.content).toEqual([
      text('Look.'),
      { type: 'media', modality: 'image', source: { kind: 'inline', mediaType: 'image/png', base64: 'AA==' } },
      { type: 'media', modality: 'image', source: { kind: 'url', url: 'https://a.example/p' } },
      {
        type: 'foreign',
        protocol: 'anthropic-messages',
        value: { type: 'image', source: { type: 'file', file_id: 'file_1' } },
      },
      {
        type: 'media',
        modality: 'document',
        source: { kind: 'inline', mediaType: 'application/pdf', base64: 'BB==' },
        filename: 'A',
        cache: {},
      },
      {
        type: 'media',
        modality: 'document',
        source: { kind: 'inline', mediaType: 'text/plain', base64: Buffer.from('Grüße').toString('base64') },
      },
    ]);
    expect(messages[2]?.content).toEqual([
      { type: 'reasoning', text: 'Hm.', signature: 'sealed', origin: ORIGIN },
      { type: 'reasoning', text: '', redacted: 'data', origin: ORIGIN },
      { type: 'tool-call', id: 'toolu_1', name: 'weather', arguments: '{"city":"Köln"}' },
    ]);
    expect(messages[3]?.content).toEqual([
      {
        type: 'tool-result',
        callId: 'toolu_1',
        isError: true,
        content: [
          text('rain'),
          { type: 'media', modality: 'image', source: { kind: 'inline', mediaType: 'image/png', base64: 'CC==' } },
        ],
      },
      text('And now?'),
    ]);
    expect(tools?.map(({ kind }) => kind)).toEqual(['function', 'foreign']);
    expect(parameters).toEqual({
      stream: true,
      maxOutputTokens: 2048,
      toolChoice: 'required',
      parallelToolCalls: false,
      stop: ['END'],
      reasoning: { mode: 'adaptive', effort: 'high', isVisible: true },
      responseFormat: {
        type: 'json-schema',
        name: 'answer',
        schema: { type: 'object', properties: {}, additionalProperties: false },
        strict: true,
      },
      user: 'u',
    });
    expect(extras).toEqual({
      'anthropic-messages': {
        'output_config.task_budget': { type: 'tokens', total: 5 },
        context_management: { edits: [] },
        service_tier: 'auto',
      },
    });
  });

  test('goes out to the vendor as it came in', () => {
    const { body, losses } = upstream.encodeRequest(decoded, options);
    const { tags: _, ...wire } = WIRE;
    const given = JSON.parse(JSON.stringify(wire).replaceAll(/llmr1\.[^.]+\./g, '')) as JsonObject;
    const assistantTurn = (given['messages'] as JsonObject[])[1];
    const calls = ((assistantTurn?.['content'] ?? []) as JsonObject[]).map(({ caller: _caller, ...rest }) => rest);
    const messages = (given['messages'] as JsonObject[]).with(1, { role: 'assistant', content: calls });
    expect(body).toEqual({ ...given, model: 'claude-opus-5', messages });
    expect(losses).toEqual([]);
  });

  test('decoded, encoded and decoded again it means the same', () => {
    const { body } = upstream.encodeRequest(decoded, options);
    const again = dialect.decodeRequest(JSON.parse(JSON.stringify(body)) as JsonObject);
    const unsealed = JSON.parse(JSON.stringify(decoded).replaceAll(`,"origin":"${ORIGIN}"`, '')) as ChatRequest;
    expect(again).toEqual(unsealed);
  });

  test('a later request of a thread is refused so that the whole conversation comes again', () => {
    const thread = { type: 'continue', previous_message_id: 'msg_1' };
    const refused = () => dialect.decodeRequest({ messages: [{ role: 'user', content: 'hi' }], thread });
    expect(refused).toThrow(RouterError);
    try {
      refused();
    } catch (thrown) {
      const body = dialect.encodeError(RouterError.from(thrown), 'r');
      expect(body).toMatchObject({ error: { type: 'not_found_error', details: { error_code: 'thread_not_found' } } });
    }
  });

  test('the head tells what a model needs', () => {
    const { model, stream, needs } = dialect.readHead(WIRE);
    expect({ model, stream, max: needs.maxOutputTokens }).toEqual({ model: 'any', stream: true, max: 2048 });
    expect([...needs.abilities].sort()).toEqual(['document', 'image', 'json_schema', 'tools']);
    expect(needs.textLength).toBeGreaterThan(100);
  });

  const MESSAGES = [{ role: 'user', content: 'hi' }];
  test.each<[JsonObject, string]>([
    [{}, 'messages'],
    [{ messages: [] }, 'messages'],
    [{ messages: [null] }, 'messages[0]'],
    [{ messages: [{ role: 'tool', content: 'x' }] }, 'messages[0].role'],
    [{ messages: [{ role: 'user' }] }, 'messages[0].content'],
    [{ messages: [{ role: 'user', content: [{}] }] }, 'messages[0].content[0]'],
    [{ messages: [{ role: 'user', content: [{ type: 'text' }] }] }, 'messages[0].content[0].text'],
    [{ messages: [{ role: 'user', content: [{ type: 'tool_result' }] }] }, 'messages[0].content[0].tool_use_id'],
    [{ messages: [{ role: 'assistant', content: [{ type: 'tool_use', id: 'a' }] }] }, 'messages[0].content[0].name'],
    [{ messages: MESSAGES, system: 7 }, 'system'],
    [{ messages: MESSAGES, max_tokens: '5' }, 'max_tokens'],
    [{ messages: MESSAGES, tools: {} }, 'tools'],
    [{ messages: MESSAGES, tool_choice: 'auto' }, 'tool_choice'],
    [{ messages: MESSAGES, stop_sequences: [1] }, 'stop_sequences'],
    [{ messages: MESSAGES, stream: 1 }, 'stream'],
    [{ messages: MESSAGES, thinking: true }, 'thinking'],
  ])('%j is refused, naming the field', (body, param) => {
    expect(() => dialect.readHead(body)).toThrow(expect.objectContaining({ code: 'request.invalid', param }));
  });

  test('what is accepted can be decoded, whatever it is', () => {
    const member = fc.constantFrom(...Object.keys(WIRE), 'thread', 'x');
    const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JsonValue>;
    fc.assert(
      fc.property(fc.dictionary(member, json) as fc.Arbitrary<JsonObject>, (made) => {
        const body = { messages: MESSAGES, ...made };
        try {
          dialect.readHead(body);
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'request.invalid' });
          return;
        }
        expect(dialect.decodeRequest(body).messages.length).toBeGreaterThan(0);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('what a provider is asked', () => {
  test('tool results stand first in one turn, consecutive turns are one, empty texts go', () => {
    const { body } = encode({
      messages: [
        system('a'),
        system('b'),
        user(text('hi'), text('')),
        assistant(text('one')),
        assistant({ type: 'tool-call', id: 'c', name: 'f', arguments: '{"a": 1}' }),
        user(text('wait')),
        { role: 'tool', content: [{ type: 'tool-result', callId: 'c', content: [text('done')] }] },
      ],
    });
    expect(body).toMatchObject({
      system: [
        { type: 'text', text: 'a' },
        { type: 'text', text: 'b' },
      ],
      messages: [
        { role: 'user', content: 'hi' },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'one' },
            { type: 'tool_use', id: 'c', name: 'f', input: { a: 1 } },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'tool_result', tool_use_id: 'c', content: 'done' },
            { type: 'text', text: 'wait' },
          ],
        },
      ],
    });
  });

  test('a later system message stays in its place where the model takes it, and is the user elsewhere', () => {
    const messages = [user(text('hi')), system('Be brief.'), assistant(text('a')), system('Now.'), user(text('b'))];
    expect(encode({ messages }).body['messages']).toEqual([
      { role: 'user', content: 'hi' },
      { role: 'system', content: 'Be brief.' },
      { role: 'assistant', content: 'a' },
      {
        role: 'user',
        content: [
          { type: 'text', text: '<system-reminder>\nNow.\n</system-reminder>' },
          { type: 'text', text: 'b' },
        ],
      },
    ]);
    const older = encode({ messages }, 'claude-opus-4-6');
    expect(JSON.stringify(older.body['messages'])).not.toContain('"role":"system"');
    expect(older.losses).toContainEqual(expect.objectContaining({ field: 'messages.system', severity: 'minor' }));
  });

  test('thoughts go back only to where they came from', () => {
    const mine: ContentPart = { type: 'reasoning', text: 'Hm.', signature: 's', origin: ORIGIN };
    const other: ContentPart = { type: 'reasoning', text: 'Hm.', signature: 's', origin: 'gemini-generate:g' };
    const unknown: ContentPart = { type: 'reasoning', text: 'Hm.', signature: 's' };
    const sent = (part: ContentPart) => encode({ messages: [...HI, assistant(part, text('a')), ...HI] });
    expect(JSON.stringify(sent(mine).body)).toContain('"signature":"s"');
    expect(sent(mine).losses).toEqual([]);
    for (const part of [other, unknown]) {
      expect(JSON.stringify(sent(part).body)).not.toContain('"signature"');
      expect(sent(part).losses).toMatchObject([{ field: 'messages.reasoning', severity: 'minor' }]);
    }
  });

  test.each<[string, ChatRequest['reasoning'], JsonObject]>([
    ['claude-opus-5', { effort: 'high' }, { thinking: { type: 'adaptive' }, output_config: { effort: 'high' } }],
    ['claude-opus-5', { effort: 'minimal' }, { output_config: { effort: 'low' } }],
    ['claude-opus-5', { budgetTokens: 4000 }, { output_config: { effort: 'medium' } }],
    ['claude-opus-5', { mode: 'off' }, { thinking: { type: 'disabled' } }],
    ['claude-opus-5', { effort: 'none' }, { thinking: { type: 'disabled' } }],
    ['claude-fable-5-1', { mode: 'off' }, { output_config: { effort: 'low' } }],
    ['claude-sonnet-4-6', { effort: 'xhigh' }, { output_config: { effort: 'high' } }],
    ['claude-sonnet-4-5', { effort: 'low' }, { thinking: { type: 'enabled', budget_tokens: 2048 }, max_tokens: 6144 }],
    ['claude-sonnet-4-5', { budgetTokens: 5000 }, { thinking: { type: 'enabled', budget_tokens: 5000 } }],
    ['glm-5', { mode: 'on' }, { thinking: { type: 'enabled', budget_tokens: 8192 } }],
  ])('%s is told to think: %j', (model, reasoning, expected) => {
    expect(encode({ messages: HI, ...(reasoning === undefined ? {} : { reasoning }) }, model).body).toMatchObject(
      expected,
    );
  });

  test('a model of before the first that thinks is not told to', () => {
    const { body, losses } = encode({ messages: HI, reasoning: { effort: 'high' } }, 'claude-3-5-sonnet-20241022');
    expect(body).not.toHaveProperty('thinking');
    expect(losses).toMatchObject([{ field: 'reasoning_effort', outcome: 'dropped' }]);
  });

  test('a limit that the configuration puts under the body is not replaced', () => {
    const configured = { ...options, defaults: { max_tokens: 99 } };
    const request: ChatRequest = { messages: HI, stream: false };
    expect(upstream.encodeRequest(request, configured).body).not.toHaveProperty('max_tokens');
    expect(upstream.encodeRequest(request, { ...options, maxOutputTokens: 77 }).body['max_tokens']).toBe(77);
    expect(upstream.encodeRequest(request, { ...options, contextWindow: 4000 }).body['max_tokens']).toBe(2000);
    expect(encode({ messages: HI }, 'other').body['max_tokens']).toBe(4096);
  });

  test('four cache marks are kept, the last ones', () => {
    const marked = [1, 2, 3, 4, 5, 6].map((number): ContentPart => ({ type: 'text', text: `${number}`, cache: {} }));
    const { body, losses } = encode({ messages: [user(...marked)] });
    const blocks = (body['messages'] as JsonObject[])[0]?.['content'] as JsonObject[];
    expect(blocks.map((block) => 'cache_control' in block)).toEqual([false, false, true, true, true, true]);
    expect(losses).toMatchObject([{ field: 'cache_control', outcome: 'dropped', severity: 'minor' }]);
  });

  test('every field that the format cannot say is told', () => {
    const { losses } = encode({
      messages: [
        { ...user(text('hi')), name: 'ann', extras: { 'openai-chat': { weight: 1 } } },
        user({ type: 'media', modality: 'audio', source: { kind: 'url', url: 'https://a.example/a' } }),
        user({ type: 'foreign', protocol: 'openai-chat', value: { type: 'file' } }),
      ],
      tools: [
        { kind: 'foreign', protocol: 'openai-responses', value: { type: 'web_search' } },
        { kind: 'custom', name: 'c' },
      ],
      toolChoice: 'required',
      frequencyPenalty: 1,
      presencePenalty: 1,
      seed: 1,
      count: 2,
      logprobs: { top: 1 },
      temperature: 0.5,
      responseFormat: { type: 'json' },
      extras: { 'openai-chat': { logit_bias: {} } },
    });
    expect(Object.fromEntries(losses.map(({ field, severity }) => [field, severity]))).toEqual({
      'messages.name': 'minor',
      'messages.weight': 'minor',
      'messages.audio': 'meaning',
      'messages.file': 'meaning',
      'tools.web_search': 'meaning',
      'tools.custom': 'meaning',
      tool_choice: 'meaning',
      temperature: 'minor',
      frequency_penalty: 'minor',
      presence_penalty: 'minor',
      seed: 'minor',
      n: 'meaning',
      logprobs: 'minor',
      response_format: 'meaning',
      logit_bias: 'minor',
    });
  });

  test('a schema is closed, and rules that the vendor does not enforce go', () => {
    const schema = {
      type: 'object',
      properties: {
        list: { type: 'array', items: { type: 'object', properties: { n: { type: 'integer', minimum: 1 } } } },
      },
    };
    const { body, losses } = encode({ messages: HI, responseFormat: { type: 'json-schema', name: 's', schema } });
    expect(body['output_config']).toEqual({
      format: {
        type: 'json_schema',
        schema: {
          type: 'object',
          additionalProperties: false,
          properties: {
            list: {
              type: 'array',
              items: { type: 'object', additionalProperties: false, properties: { n: { type: 'integer' } } },
            },
          },
        },
      },
    });
    expect(losses).toMatchObject([{ field: 'response_format.schema', severity: 'minor', reason: 'without minimum' }]);
  });

  test('defaults of the configuration get their names and places', () => {
    expect(
      upstream.encodeDefaults(
        {
          temperature: 0.2,
          max_completion_tokens: 9,
          stop: 'x',
          user: 'u',
          seed: 1,
          reasoning_effort: 'minimal',
          response_format: { type: 'json_schema', json_schema: { schema: { type: 'object' } } },
          anything: true,
        },
        'model',
      ),
    ).toEqual({
      temperature: 0.2,
      max_tokens: 9,
      stop_sequences: ['x'],
      metadata: { user_id: 'u' },
      output_config: {
        effort: 'low',
        format: { type: 'json_schema', schema: { type: 'object', additionalProperties: false } },
      },
      anything: true,
    });
  });
});

describe('without seals', () => {
  const thought = (signature: string) => ({ type: 'thinking', thinking: 'Hm.', signature });
  const body = {
    messages: [
      { role: 'user', content: 'hi' },
      { role: 'assistant', content: [thought('mine'), { type: 'redacted_thinking', data: 'other' }] },
      { role: 'assistant', content: [thought(''), { type: 'text', text: 'a' }] },
    ],
  };

  test('only matching thoughts go, and messages that said nothing else', () => {
    const cleaned = dialect.withoutSeals?.(body, (seal) => seal !== '', true);
    expect(cleaned).toEqual({ messages: [body.messages[0], body.messages[2]] });
    const all = dialect.withoutSeals?.(body, () => true, true);
    expect(all).toEqual({
      messages: [body.messages[0], { role: 'assistant', content: [{ type: 'text', text: 'a' }] }],
    });
  });

  test('the same object comes back where there is none', () => {
    expect(dialect.withoutSeals?.(body, () => false, true)).toBe(body);
  });
});

test('the seal of a call travels as a redacted thought before it', () => {
  const data = wrapSeal('gemini-generate:g', 'call~sig');
  const content = [
    { type: 'redacted_thinking', data },
    { type: 'tool_use', id: 'c', name: 'f', input: {} },
  ];
  const { messages } = dialect.decodeRequest({ messages: [{ role: 'assistant', content }] });
  expect(messages[0]?.content).toEqual([
    { type: 'tool-call', id: 'c', name: 'f', arguments: '{}', signature: 'sig', origin: 'gemini-generate:g' },
  ]);
});
