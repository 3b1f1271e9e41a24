import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatRequest } from '../../../src/canonical/chat.ts';
import type { JsonObject, JsonValue } from '../../../src/lib/json.ts';
import {
  ollamaChatDialect,
  ollamaChatUpstream,
  ollamaGenerateDialect,
} from '../../../src/protocols/ollama-chat/ollama-chat.ts';
import { encodeOptions } from '../../support/facts.ts';
import { PNG } from '../../support/vendors/samples.ts';

const OPTIONS = encodeOptions({ model: 'qwen3', origin: 'ollama-chat:acme', isReasoningModel: true });

const MESSAGES: readonly JsonObject[] = [
  { role: 'system', content: 'Be brief.' },
  { role: 'user', content: 'What is this? 世界', images: [PNG] },
  {
    role: 'assistant',
    content: 'Let me look.',
    thinking: 'hm',
    tool_calls: [{ id: 'call_a', function: { index: 0, name: 'look', arguments: { at: { x: 1 } } } }],
  },
  { role: 'tool', content: 'a dot', tool_name: 'look', tool_call_id: 'call_a' },
  { role: 'control', content: 'special', mood: 'good' },
];

const BODY: JsonObject = {
  model: 'qwen3',
  messages: MESSAGES,
  stream: true,
  tools: [
    {
      type: 'function',
      function: {
        name: 'look',
        description: 'Looks.',
        parameters: { type: 'object', properties: { at: { type: 'object' } } },
      },
    },
    { type: 'browser', depth: 3 },
  ],
  format: { type: 'object', properties: { a: { type: 'string' } } },
  think: 'low',
  logprobs: true,
  top_logprobs: 3,
  keep_alive: '10m',
  truncate: true,
  options: {
    num_ctx: 9000,
    num_predict: 100,
    temperature: 0.5,
    top_p: 0.9,
    top_k: 40,
    seed: 7,
    min_p: 0.1,
    stop: ['END'],
  },
};

const encode = (request: ChatRequest) => ollamaChatUpstream.encodeRequest(request, OPTIONS);

describe('a request of the format itself', () => {
  test('comes out as it went in', () => {
    ollamaChatDialect.readHead(BODY);
    const { body, losses } = encode(ollamaChatDialect.decodeRequest(BODY));
    expect(body).toEqual(BODY);
    expect(losses).toEqual([]);
  });

  test('any request comes out as it went in', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    const message = fc.oneof(
      fc.record({ role: fc.constantFrom('system', 'user'), content: text }),
      fc.record({ role: fc.constant('assistant'), content: text, thinking: text }),
    );
    const option = fc.dictionary(
      fc.constantFrom('temperature', 'num_predict', 'top_k', 'seed', 'repeat_penalty', 'mirostat', 'num_gpu', 'x'),
      fc.nat(99),
    );
    const body = fc.record({
      model: fc.constant('qwen3'),
      messages: fc.array(message, { minLength: 1 }),
      stream: fc.boolean(),
      think: fc.constantFrom<JsonValue>(true, false, 'low', 'medium', 'high', 'max'),
      format: fc.constantFrom<JsonValue>('json', { type: 'object' }),
      keep_alive: fc.constantFrom<JsonValue>(0, -1, '5m'),
      truncate: fc.boolean(),
      options: option.map((options) => ({ ...options, num_ctx: 8192 })),
      unknown: text,
    });
    fc.assert(
      fc.property(body, (sent) => {
        expect(encode(ollamaChatDialect.decodeRequest(sent)).body).toEqual(sent);
      }),
    );
  });

  test('streams unless told not to', () => {
    const messages = [{ role: 'user', content: 'hi' }];
    for (const [stream, expected] of [
      [undefined, true],
      [null, true],
      [true, true],
      [false, false],
    ] as const) {
      const body = stream === undefined ? { messages } : { messages, stream };
      expect(ollamaChatDialect.readHead(body).stream).toBe(expected);
      expect(ollamaChatDialect.decodeRequest(body).stream).toBe(expected);
      expect(ollamaGenerateDialect.readHead({ prompt: 'hi', ...body }).stream).toBe(expected);
    }
  });

  test('says what it needs', () => {
    const { needs, model } = ollamaChatDialect.readHead(BODY);
    expect(model).toBe('qwen3');
    expect([...needs.abilities].sort()).toEqual(['image', 'json_schema', 'tools']);
    expect(needs.maxOutputTokens).toBe(100);
    expect(needs.textLength).toBeGreaterThan(100);
    expect(needs.textLength).toBeLessThan(600);
  });
});

describe('calls and results without ids', () => {
  const body = {
    messages: [
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ function: { name: 'a', arguments: {} } }, { function: { name: 'b', arguments: {} } }],
      },
      { role: 'tool', content: 'of b', tool_name: 'b' },
      { role: 'tool', content: 'of a' },
      { role: 'tool', content: 'of nobody' },
    ],
  };

  test('find each other by name, then by order', () => {
    const [calls, ...results] = ollamaChatDialect.decodeRequest(body).messages;
    const ids = calls?.content.map((part) => (part.type === 'tool-call' ? part.id : ''));
    const answered = results.flatMap(({ content }) =>
      content.map((part) => (part.type === 'tool-result' ? part.callId : '')),
    );
    expect(ids?.[0]).not.toBe(ids?.[1]);
    expect(answered.slice(0, 2)).toEqual([ids?.[1], ids?.[0]]);
    expect(answered[2]).not.toBe('');
  });

  test('have the same ids whenever the conversation comes back', () => {
    expect(ollamaChatDialect.decodeRequest(body)).toEqual(ollamaChatDialect.decodeRequest(body));
  });
});

describe('a completion', () => {
  test('is a chat of one question', () => {
    const request = ollamaGenerateDialect.decodeRequest({
      model: 'm',
      prompt: 'Why?',
      system: 'Be brief.',
      images: [PNG],
      format: 'json',
      think: true,
      raw: false,
      suffix: '',
      context: [],
      keep_alive: 0,
      truncate: false,
      options: { temperature: 0, num_keep: 4 },
    });
    expect(request).toEqual({
      messages: [
        { role: 'system', content: [{ type: 'text', text: 'Be brief.' }] },
        {
          role: 'user',
          content: [
            { type: 'media', modality: 'image', source: { kind: 'inline', mediaType: 'image/png', base64: PNG } },
            { type: 'text', text: 'Why?' },
          ],
        },
      ],
      stream: true,
      responseFormat: { type: 'json' },
      reasoning: { mode: 'on', isVisible: true },
      temperature: 0,
      extras: { 'ollama-chat': { options: { num_keep: 4 }, keep_alive: 0, truncate: false } },
    });
  });

  test('that asks for what a chat cannot do says so', () => {
    const body = { prompt: 'def f(', suffix: 'return', raw: true, template: '{{ .Prompt }}', context: [1, 2] };
    const { losses } = encode(ollamaGenerateDialect.decodeRequest(body));
    expect(losses.map(({ field, severity }) => [field, severity]).sort()).toEqual([
      ['context', 'meaning'],
      ['raw', 'meaning'],
      ['suffix', 'meaning'],
      ['template', 'meaning'],
    ]);
  });
});

describe('what is certainly wrong', () => {
  const messages = [{ role: 'user', content: 'hi' }];
  test.each<[JsonObject, string]>([
    [{ messages, model: 7 }, 'model'],
    [{ messages, stream: 'yes' }, 'stream'],
    [{}, 'messages'],
    [{ messages: [] }, 'messages'],
    [{ messages: ['hi'] }, 'messages[0]'],
    [{ messages: [{ content: 'hi' }] }, 'messages[0].role'],
    [{ messages: [{ role: 'user', content: [] }] }, 'messages[0].content'],
    [{ messages: [{ role: 'user', content: 'x', images: 'x' }] }, 'messages[0].images'],
    [{ messages: [{ role: 'user', content: 'x', images: [1] }] }, 'messages[0].images'],
    [{ messages: [{ role: 'assistant', tool_calls: {} }] }, 'messages[0].tool_calls'],
    [{ messages, tools: [1] }, 'tools'],
    [{ messages, options: [] }, 'options'],
    [{ messages, options: { temperature: '1' } }, 'options.temperature'],
    [{ messages, format: 3 }, 'format'],
    [{ messages, think: 3 }, 'think'],
  ])('%j names %s', (body, param) => {
    expect(() => ollamaChatDialect.readHead(body)).toThrow(expect.objectContaining({ code: 'request.invalid', param }));
  });

  test.each<[JsonObject, string]>([
    [{}, 'prompt'],
    [{ prompt: '' }, 'prompt'],
    [{ prompt: 'x', system: 1 }, 'system'],
    [{ prompt: 'x', raw: 1 }, 'raw'],
    [{ prompt: 'x', images: {} }, 'images'],
  ])('%j of a completion names %s', (body, param) => {
    expect(() => ollamaGenerateDialect.readHead(body)).toThrow(
      expect.objectContaining({ code: 'request.invalid', param }),
    );
  });
});
