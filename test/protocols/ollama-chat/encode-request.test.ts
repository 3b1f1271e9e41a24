import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatRequest } from '../../../src/canonical/chat.ts';
import type { ContentPart } from '../../../src/canonical/content.ts';
import { asObject } from '../../../src/lib/json.ts';
import { ollamaChatUpstream } from '../../../src/protocols/ollama-chat/ollama-chat.ts';
import type { EncodeOptions } from '../../../src/protocols/protocol.ts';
import { encodeOptions } from '../../support/facts.ts';
import { PNG } from '../../support/vendors/samples.ts';

const ORIGIN = 'ollama-chat:acme';

const says = (...content: ContentPart[]): ChatRequest => ({ messages: [{ role: 'user', content }], stream: false });
const HI = says({ type: 'text', text: 'hi' });

function encode(request: Partial<ChatRequest>, options: Partial<EncodeOptions> = {}) {
  const { body, losses } = ollamaChatUpstream.encodeRequest(
    { ...HI, ...request },
    encodeOptions({ origin: ORIGIN, isReasoningModel: true, ...options }),
  );
  const told = losses.map(({ field, outcome, severity }) => `${field} ${outcome} ${severity}`);
  return { body, options: asObject(body['options']), message: asObject((body['messages'] as object[])[0]), told };
}

describe('room for the prompt', () => {
  const sizeOf = (request: Partial<ChatRequest>, options: Partial<EncodeOptions> = {}): unknown =>
    encode(request, options).options['num_ctx'];

  test('is there even for short ones, and what does not fit is refused instead of cut', () => {
    expect(sizeOf({})).toBe(4096);
    expect(encode({}).body['truncate']).toBe(false);
  });

  test('grows in powers of two with the prompt, in any script', () => {
    expect(sizeOf(says({ type: 'text', text: 'word '.repeat(4000) }))).toBe(16_384);
    expect(sizeOf(says({ type: 'text', text: '世'.repeat(7000) }))).toBe(16_384);
    expect(sizeOf({}, { estimatedInputTokens: 20_000 })).toBe(32_768);
  });

  test('has room for the answer, pictures and tools', () => {
    expect(sizeOf({ maxOutputTokens: 10_000 })).toBe(16_384);
    expect(sizeOf({}, { maxOutputTokens: 10_000 })).toBe(16_384);
    expect(sizeOf({}, { defaults: { options: { num_predict: 10_000 } } })).toBe(16_384);
    const picture = {
      type: 'media',
      modality: 'image',
      source: { kind: 'inline', mediaType: 'image/png', base64: PNG },
    } as const;
    expect(sizeOf(says(picture, picture, picture))).toBe(8192);
    expect(sizeOf({ tools: [{ kind: 'function', name: 'f', description: 'x'.repeat(9000) }] })).toBe(8192);
  });

  test('is not more than the model takes', () => {
    expect(sizeOf({ maxOutputTokens: 50_000 }, { contextWindow: 20_000 })).toBe(20_000);
    expect(sizeOf({}, { contextWindow: 2048 })).toBe(2048);
  });

  test('is what the client or the configuration says', () => {
    const extras = { 'ollama-chat': { options: { num_ctx: 1234 }, truncate: true } };
    const defaults = { options: { num_ctx: 99_999, min_p: 0.1 }, truncate: true };
    expect(encode({ extras }, { defaults }).options).toEqual({ num_ctx: 1234, min_p: 0.1 });
    expect(encode({}, { defaults }).options).toEqual({ num_ctx: 99_999, min_p: 0.1 });
    expect(encode({}, { defaults }).body['truncate']).toBe(true);
    expect(encode({ extras: { 'openai-chat': { num_ctx: 512 } } }).options).toEqual({ num_ctx: 512 });
  });

  test('is always enough for the estimate', () => {
    fc.assert(
      fc.property(fc.nat(200_000), fc.nat(50_000), (estimatedInputTokens, maxOutputTokens) => {
        const size = Number(sizeOf({ maxOutputTokens }, { estimatedInputTokens }));
        expect(size).toBeGreaterThanOrEqual(estimatedInputTokens + maxOutputTokens);
        expect(Number.isInteger(Math.log2(size))).toBe(true);
      }),
    );
  });
});

describe('what is said in other words', () => {
  test.each<[Partial<ChatRequest>, object]>([
    [{ responseFormat: { type: 'json' } }, { format: 'json' }],
    [
      { responseFormat: { type: 'json-schema', name: 'x', schema: { type: 'object' }, strict: true } },
      { format: { type: 'object' } },
    ],
    [{ reasoning: { mode: 'off' } }, { think: false }],
    [{ reasoning: { effort: 'none' } }, { think: false }],
    [{ reasoning: { mode: 'on' } }, { think: true }],
    [{ reasoning: { effort: 'high' } }, { think: 'high' }],
    [{ reasoning: { effort: 'max' } }, { think: 'max' }],
    [{ logprobs: { top: 0 } }, { logprobs: true }],
    [{ logprobs: { top: 5 } }, { logprobs: true, top_logprobs: 5 }],
    [{ count: 1, parallelToolCalls: true, toolChoice: 'auto' }, {}],
    [{ stream: true }, { stream: true }],
  ])('%j is %j', (request, members) => {
    const { body, told } = encode(request);
    expect(body).toMatchObject(members);
    expect(told).toEqual([]);
  });

  test('parameters are options', () => {
    const { options, told } = encode({
      maxOutputTokens: 10,
      temperature: 0,
      topP: 0.5,
      topK: 3,
      frequencyPenalty: 0.1,
      presencePenalty: 0.2,
      seed: 7,
      stop: ['a', 'b'],
      extras: { 'openai-chat': { min_p: 0.1, repetition_penalty: 1.1, keep_alive: '1h' } },
    });
    expect(options).toEqual({
      num_ctx: 4096,
      num_predict: 10,
      temperature: 0,
      top_p: 0.5,
      top_k: 3,
      frequency_penalty: 0.1,
      presence_penalty: 0.2,
      seed: 7,
      stop: ['a', 'b'],
      min_p: 0.1,
      repeat_penalty: 1.1,
    });
    expect(told).toEqual([]);
  });

  test('tools that must not be called are not offered', () => {
    const tools = [{ kind: 'function', name: 'f' }] as const;
    expect(encode({ tools, toolChoice: 'none' }).body['tools']).toBeUndefined();
    expect(encode({ tools }).body['tools']).toEqual([
      { type: 'function', function: { name: 'f', parameters: { type: 'object', properties: {} } } },
    ]);
  });

  test('results stand on their own, with the name of their tool, before what the user says', () => {
    const { body, told } = encode({
      messages: [
        {
          role: 'assistant',
          content: [{ type: 'tool-call', id: 'c1', name: 'look', arguments: '{ "a" : [1, "b c"] }' }],
        },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'And now?' },
            { type: 'tool-result', callId: 'c1', content: [{ type: 'text', text: 'seen' }] },
          ],
        },
      ],
    });
    expect(body['messages']).toEqual([
      {
        role: 'assistant',
        content: '',
        tool_calls: [{ id: 'c1', function: { index: 0, name: 'look', arguments: { a: [1, 'b c'] } } }],
      },
      { role: 'tool', content: 'seen', tool_name: 'look', tool_call_id: 'c1' },
      { role: 'user', content: 'And now?' },
    ]);
    expect(told).toEqual([]);
  });

  test('thoughts go back to where they came from, and unsealed ones to anybody', () => {
    const thought = (more: object): ContentPart => ({ type: 'reasoning', text: 'hm', ...more });
    expect(encode(says(thought({}))).message).toMatchObject({ thinking: 'hm' });
    expect(encode(says(thought({ origin: ORIGIN }))).message).toMatchObject({ thinking: 'hm' });
    const foreign = encode(says(thought({ origin: 'anthropic-messages:x', signature: 'seal' })));
    expect(JSON.stringify(foreign.body)).not.toMatch(/hm|seal/);
    expect(foreign.told).toEqual(['messages.reasoning dropped minor']);
    const unknown = encode(says(thought({ signature: 'seal' })));
    expect(unknown.message).toMatchObject({ thinking: 'hm' });
    expect(JSON.stringify(unknown.body)).not.toContain('seal');
    expect(unknown.told).toEqual(['messages.reasoning.signature dropped minor']);
  });
});

describe('what cannot be said is told', () => {
  const inline = (mediaType: string) => ({ kind: 'inline', mediaType, base64: 'aGVsbG8=' }) as const;
  const url = { kind: 'url', url: 'https://example.com/x' } as const;
  const call = (words: string): Partial<ChatRequest> =>
    says({ type: 'tool-call', id: 'c', name: 'f', arguments: words });

  test.each<[Partial<ChatRequest>, string]>([
    [says({ type: 'media', modality: 'image', source: url }), 'messages.image dropped meaning'],
    [says({ type: 'media', modality: 'audio', source: inline('audio/wav') }), 'messages.audio dropped meaning'],
    [says({ type: 'media', modality: 'video', source: url }), 'messages.video dropped meaning'],
    [
      says({ type: 'media', modality: 'document', source: inline('application/pdf') }),
      'messages.document dropped meaning',
    ],
    [
      says({ type: 'media', modality: 'document', source: inline('text/plain') }),
      'messages.document approximated minor',
    ],
    [says({ type: 'foreign', protocol: 'openai-chat', value: { type: 'file' } }), 'messages.file dropped meaning'],
    [says({ type: 'text', text: 'x', cache: {} }), 'messages.cache_control dropped minor'],
    [says({ type: 'text', text: 'x', citations: [] }), 'messages.citations dropped minor'],
    [says({ type: 'refusal', text: 'no' }), 'messages.refusal approximated minor'],
    [
      says({ type: 'tool-result', callId: 'c', content: [], isError: true }),
      'messages.tool_result.is_error dropped minor',
    ],
    [call('[1]'), 'messages.tool_calls.arguments approximated minor'],
    [call('{"a":'), 'messages.tool_calls.arguments approximated minor'],
    [call('{"a":1.0}'), 'messages.tool_calls.arguments approximated minor'],
    [call('{"a":1,"a":2}'), 'messages.tool_calls.arguments approximated minor'],
    [{ tools: [{ kind: 'function', name: 'f', strict: true }] }, 'tools.strict dropped minor'],
    [{ tools: [{ kind: 'custom', name: 'f' }] }, 'tools.custom dropped meaning'],
    [{ tools: [{ kind: 'foreign', protocol: 'openai-responses', value: {} }] }, 'tools dropped meaning'],
    [{ toolChoice: 'required' }, 'tool_choice dropped meaning'],
    [{ toolChoice: { name: 'f' } }, 'tool_choice dropped meaning'],
    [{ parallelToolCalls: false }, 'parallel_tool_calls dropped minor'],
    [{ count: 2 }, 'n dropped meaning'],
    [{ user: 'me' }, 'user dropped minor'],
    [{ logprobs: { top: 30 } }, 'top_logprobs approximated minor'],
    [{ reasoning: { effort: 'minimal' } }, 'reasoning_effort approximated minor'],
    [{ reasoning: { budgetTokens: 1000 } }, 'reasoning_effort approximated minor'],
    [{ extras: { 'openai-chat': { logit_bias: {} } } }, 'logit_bias dropped minor'],
  ])('%j: %s', (request, loss) => {
    expect(encode(request).told).toEqual([loss]);
  });

  test('a model that is not known to reason is not asked to', () => {
    const { body, told } = encode({ reasoning: { effort: 'high' } }, { isReasoningModel: false });
    expect(body['think']).toBeUndefined();
    expect(told).toEqual(['reasoning_effort dropped minor']);
    expect(encode({ reasoning: { mode: 'off' } }, { isReasoningModel: false }).body['think']).toBe(false);
  });

  test('a text document is said as text', () => {
    expect(encode(says({ type: 'media', modality: 'document', source: inline('text/markdown') })).message).toEqual({
      role: 'user',
      content: 'hello',
    });
  });
});

test('parameters of the configuration go where Ollama looks for them', () => {
  const defaults = {
    temperature: 0.5,
    max_tokens: 100,
    stop: 'END',
    num_ctx: 8192,
    reasoning_effort: 'low',
    keep_alive: -1,
    odd: true,
  };
  expect(ollamaChatUpstream.encodeDefaults(defaults, 'model')).toEqual({
    options: { temperature: 0.5, num_predict: 100, stop: ['END'], num_ctx: 8192 },
    think: 'low',
    keep_alive: -1,
    odd: true,
  });
  expect(ollamaChatUpstream.encodeDefaults({}, 'model')).toEqual({});
});
