import { describe, expect, test } from 'vitest';
import type { ChatRequest } from '../../../src/canonical/chat.ts';
import type { ContentPart } from '../../../src/canonical/content.ts';
import { cohereChatUpstream } from '../../../src/protocols/cohere-chat/cohere-chat.ts';
import type { EncodeOptions } from '../../../src/protocols/protocol.ts';
import { encodeOptions } from '../../support/facts.ts';

const ORIGIN = 'cohere-chat:acme';

const says = (...content: ContentPart[]): ChatRequest => ({ messages: [{ role: 'user', content }], stream: false });
const HI = says({ type: 'text', text: 'hi' });

function encode(request: Partial<ChatRequest>, options: Partial<EncodeOptions> = {}) {
  const { body, losses } = cohereChatUpstream.encodeRequest(
    { ...HI, ...request },
    encodeOptions({ model: 'command-a', origin: ORIGIN, isReasoningModel: true, ...options }),
  );
  const told = losses.map(({ field, outcome, severity }) => `${field} ${outcome} ${severity}`);
  return { body, told };
}

const TOOLS = [
  {
    kind: 'function',
    name: 'f',
    description: 'F.',
    parameters: { $schema: 'x', type: 'object', properties: { a: {} }, required: ['a'] },
    strict: true,
  },
  { kind: 'function', name: 'g' },
] as const;

test('a question alone is all there is', () => {
  expect(encode({})).toEqual({ body: { model: 'command-a', messages: [{ role: 'user', content: 'hi' }] }, told: [] });
});

describe('messages', () => {
  test('of the system come first and once', () => {
    const { body, told } = encode({
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'a' }] },
        { role: 'user', content: [{ type: 'text', text: 'hi' }] },
        { role: 'system', content: [{ type: 'text', text: 'b' }] },
      ],
    });
    expect(body['messages']).toEqual([
      {
        role: 'system',
        content: [
          { type: 'text', text: 'a' },
          { type: 'text', text: 'b' },
        ],
      },
      { role: 'user', content: 'hi' },
    ]);
    expect(told).toEqual(['messages.system approximated minor']);
  });

  test('with calls have their words as a plan, and results stand right after them', () => {
    const { body, told } = encode({
      messages: [
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'hm' },
            { type: 'text', text: 'I will ' },
            { type: 'text', text: 'look.' },
            { type: 'tool-call', id: 'a', name: 'f', arguments: '{ "x": 12345678901234567890 }' },
            { type: 'tool-call', id: 'b', name: 'g', arguments: '' },
          ],
        },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'And?' },
            { type: 'tool-result', callId: 'a', content: [{ type: 'text', text: 'one' }] },
            {
              type: 'tool-result',
              callId: 'b',
              content: [
                { type: 'text', text: 'x' },
                { type: 'text', text: 'y' },
              ],
            },
          ],
        },
      ],
    });
    expect(body['messages']).toEqual([
      {
        role: 'assistant',
        content: [{ type: 'thinking', thinking: 'hm' }],
        tool_plan: 'I will look.',
        tool_calls: [
          { id: 'a', type: 'function', function: { name: 'f', arguments: '{ "x": 12345678901234567890 }' } },
          { id: 'b', type: 'function', function: { name: 'g', arguments: '{}' } },
        ],
      },
      { role: 'tool', tool_call_id: 'a', content: 'one' },
      {
        role: 'tool',
        tool_call_id: 'b',
        content: [
          { type: 'text', text: 'x' },
          { type: 'text', text: 'y' },
        ],
      },
      { role: 'user', content: 'And?' },
    ]);
    expect(told).toEqual([]);
  });

  test('with pictures, by value and by address', () => {
    const { body, told } = encode(
      says(
        { type: 'text', text: 'See' },
        { type: 'media', modality: 'image', source: { kind: 'url', url: 'https://example.com/x' }, detail: 'low' },
        { type: 'media', modality: 'image', source: { kind: 'inline', mediaType: 'image/png', base64: 'AAAA' } },
      ),
    );
    expect(body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'See' },
          { type: 'image_url', image_url: { url: 'https://example.com/x', detail: 'low' } },
          { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } },
        ],
      },
    ]);
    expect(told).toEqual([]);
  });

  test('that say nothing are left out, because they are refused', () => {
    const { body } = encode({
      messages: [
        { role: 'assistant', content: [{ type: 'text', text: '' }] },
        { role: 'user', content: [{ type: 'text', text: 'hi' }] },
        { role: 'system', content: [] },
      ],
    });
    expect(body['messages']).toEqual([{ role: 'user', content: 'hi' }]);
  });

  test('with thoughts of others go without them', () => {
    const thought = (more: object): ChatRequest => ({
      messages: [
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'hm', ...more },
            { type: 'text', text: 'yes' },
          ],
        },
      ],
      stream: false,
    });
    const own = [
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm' },
          { type: 'text', text: 'yes' },
        ],
      },
    ];
    const without = [{ role: 'assistant', content: 'yes' }];
    expect(encode(thought({ origin: ORIGIN }))).toMatchObject({ body: { messages: own }, told: [] });
    expect(encode(thought({ origin: 'other', signature: 'seal' }))).toMatchObject({
      body: { messages: without },
      told: ['messages.reasoning dropped minor'],
    });
    expect(encode(thought({ redacted: 'seal', text: '' })).body['messages']).toEqual(without);
    expect(encode(thought({}), { isReasoningModel: false })).toMatchObject({
      body: { messages: without },
      told: ['messages.reasoning dropped minor'],
    });
  });
});

describe('what is said in other words', () => {
  test.each<[Partial<ChatRequest>, object]>([
    [{ stream: true }, { stream: true }],
    [
      { maxOutputTokens: 5, temperature: 0.5, topP: 0.5, topK: 4, seed: 7 },
      { max_tokens: 5, temperature: 0.5, p: 0.5, k: 4, seed: 7 },
    ],
    [
      { frequencyPenalty: 0.5, presencePenalty: 1 },
      { frequency_penalty: 0.5, presence_penalty: 1 },
    ],
    [
      { stop: ['a'], logprobs: { top: 0 } },
      { stop_sequences: ['a'], logprobs: true },
    ],
    [{ responseFormat: { type: 'json' } }, { response_format: { type: 'json_object' } }],
    [
      { responseFormat: { type: 'json-schema', name: 'x', schema: { $schema: 'y', type: 'object' } } },
      { response_format: { type: 'json_object', json_schema: { type: 'object' } } },
    ],
    [{ tools: TOOLS, toolChoice: 'none' }, { tool_choice: 'NONE' }],
    [{ reasoning: { mode: 'on' } }, { thinking: { type: 'enabled' } }],
    [{ reasoning: { effort: 'none' } }, { thinking: { type: 'disabled' } }],
    [{ reasoning: { budgetTokens: 500 } }, { thinking: { type: 'enabled', token_budget: 500 } }],
    [{ extras: { 'openai-chat': { safety_mode: 'OFF', documents: ['d'] } } }, { safety_mode: 'OFF', documents: ['d'] }],
    [{ extras: { 'cohere-chat': { priority: 3, model: 'other' } } }, { priority: 3, model: 'command-a' }],
  ])('%j is %j', (request, members) => {
    const { body, told } = encode(request);
    expect(body).toMatchObject(members);
    expect(told.filter((loss) => !loss.startsWith('tools'))).toEqual([]);
  });

  test('what says nothing is not said', () => {
    const { body } = encode(
      {
        frequencyPenalty: 0,
        presencePenalty: 0,
        stop: [],
        tools: [],
        toolChoice: 'required',
        count: 1,
        parallelToolCalls: true,
        reasoning: { mode: 'off' },
      },
      { isReasoningModel: false },
    );
    expect(Object.keys(body).sort()).toEqual(['messages', 'model']);
  });

  test('tools have a schema, without the name of its language', () => {
    const { body } = encode({ tools: TOOLS, toolChoice: 'auto' });
    expect(body['tools']).toEqual([
      {
        type: 'function',
        function: {
          name: 'f',
          description: 'F.',
          parameters: { type: 'object', properties: { a: {} }, required: ['a'] },
        },
      },
      { type: 'function', function: { name: 'g', parameters: { type: 'object', properties: {} } } },
    ]);
    expect(body['tool_choice']).toBeUndefined();
  });

  test('a choice of one tool offers no other', () => {
    const { body, told } = encode({ tools: TOOLS, toolChoice: { name: 'f' } });
    expect(body).toMatchObject({ tool_choice: 'REQUIRED', strict_tools: true, tools: [{ function: { name: 'f' } }] });
    expect(body['tools']).toHaveLength(1);
    expect(told).toEqual(['tool_choice approximated minor']);
  });

  test('tools are strict only together', () => {
    expect(encode({ tools: [TOOLS[0]] })).toMatchObject({ body: { strict_tools: true }, told: [] });
    expect(encode({ tools: TOOLS }).told).toEqual(['tools.strict dropped minor']);
    expect(encode({ tools: TOOLS }).body['strict_tools']).toBeUndefined();
    const loose = { kind: 'function', name: 'g', strict: true } as const;
    expect(encode({ tools: [loose] }).body['strict_tools']).toBeUndefined();
  });
});

describe('what cannot be said is told', () => {
  const inline = (mediaType: string) => ({ kind: 'inline', mediaType, base64: 'aGVsbG8=' }) as const;
  const picture = { type: 'media', modality: 'image', source: inline('image/png') } as const;

  test.each<[Partial<ChatRequest>, string]>([
    [says({ type: 'media', modality: 'audio', source: inline('audio/wav') }), 'messages.audio dropped meaning'],
    [says({ type: 'media', modality: 'video', source: inline('video/mp4') }), 'messages.video dropped meaning'],
    [
      says({ type: 'media', modality: 'document', source: inline('application/pdf') }),
      'messages.document dropped meaning',
    ],
    [
      says({ type: 'media', modality: 'document', source: inline('text/plain') }),
      'messages.document approximated minor',
    ],
    [says({ type: 'tool-result', callId: 'a', content: [picture] }), 'messages.image dropped meaning'],
    [
      says({ type: 'tool-result', callId: 'a', content: [], isError: true }),
      'messages.tool_result.is_error dropped minor',
    ],
    [says({ type: 'foreign', protocol: 'openai-chat', value: { type: 'file' } }), 'messages.file dropped meaning'],
    [says({ type: 'text', text: 'x', cache: { ttl: '1h' } }), 'messages.cache_control dropped minor'],
    [says({ type: 'text', text: 'x', citations: [] }), 'messages.citations dropped minor'],
    [says({ type: 'refusal', text: 'x' }), 'messages.refusal approximated minor'],
    [
      says({ type: 'tool-call', id: 'a', name: 'f', arguments: '{"x":' }),
      'messages.tool_calls.arguments approximated minor',
    ],
    [{ tools: [{ kind: 'custom', name: 'f' }] }, 'tools.custom dropped meaning'],
    [{ tools: [{ kind: 'foreign', protocol: 'openai-responses', value: {} }] }, 'tools dropped meaning'],
    [{ tools: [{ kind: 'function', name: 'f' }], responseFormat: { type: 'json' } }, 'response_format dropped meaning'],
    [{ temperature: 1.5 }, 'temperature approximated minor'],
    [{ topP: 1 }, 'top_p approximated minor'],
    [{ topK: 900 }, 'top_k approximated minor'],
    [{ presencePenalty: -1 }, 'presence_penalty approximated minor'],
    [{ stop: ['1', '2', '3', '4', '5', '6'] }, 'stop approximated minor'],
    [{ logprobs: { top: 3 } }, 'top_logprobs dropped minor'],
    [{ count: 3 }, 'n dropped meaning'],
    [{ parallelToolCalls: false }, 'parallel_tool_calls dropped minor'],
    [{ user: 'me' }, 'user dropped minor'],
    [{ reasoning: { effort: 'low' } }, 'reasoning_effort approximated minor'],
    [{ extras: { 'openai-chat': { logit_bias: {} } } }, 'logit_bias dropped minor'],
  ])('%j: %s', (request, loss) => {
    expect(encode(request).told).toEqual([loss]);
  });

  test('a model that is not known to reason is not asked to', () => {
    const { body, told } = encode({ reasoning: { effort: 'high' } }, { isReasoningModel: false });
    expect(body['thinking']).toBeUndefined();
    expect(told).toEqual(['reasoning_effort dropped minor']);
  });
});

test('parameters of the configuration are in the words of Cohere', () => {
  const defaults = {
    temperature: 0.5,
    max_tokens: 9,
    top_p: 0.9,
    stop: 'END',
    reasoning_effort: 'none',
    safety_mode: 'OFF',
    odd: 1,
  };
  expect(cohereChatUpstream.encodeDefaults(defaults, 'model')).toEqual({
    temperature: 0.5,
    max_tokens: 9,
    p: 0.9,
    stop_sequences: ['END'],
    thinking: { type: 'disabled' },
    safety_mode: 'OFF',
    odd: 1,
  });
});
