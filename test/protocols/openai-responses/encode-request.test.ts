import { describe, expect, test } from 'vitest';
import type { ContentPart, ToolSpec } from '../../../src/canonical/content.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { openAiResponsesUpstream } from '../../../src/protocols/openai-responses/openai-responses.ts';
import { encode, lossesOf, ORIGIN, user } from './request-halves.ts';

describe('encoding what came in another format', () => {
  test('nothing is stored, and reasoning models give their thoughts sealed', () => {
    const messages = [user({ type: 'text', text: 'Hi' })];
    expect(encode({ messages }).body).toEqual({
      model: 'gpt-5.1',
      input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] }],
      store: false,
      include: ['reasoning.encrypted_content'],
    });
    expect(encode({ messages }, { isReasoningModel: false }).body['include']).toBeUndefined();
  });

  test('functions are not strict unless the client says so', () => {
    const tools: ToolSpec[] = [
      { kind: 'function', name: 'a' },
      { kind: 'function', name: 'b', strict: true, parameters: { type: 'object' } },
    ];
    expect(encode({ tools }).body['tools']).toEqual([
      { type: 'function', name: 'a', parameters: { type: 'object', properties: {} }, strict: false },
      { type: 'function', name: 'b', parameters: { type: 'object' }, strict: true },
    ]);
  });

  test('what there is no word for is in the ledger', () => {
    const { body, losses } = encode({
      stop: ['x'],
      seed: 1,
      count: 2,
      topK: 3,
      frequencyPenalty: 1,
      presencePenalty: 1,
      maxOutputTokens: 5,
      reasoning: { mode: 'on', budgetTokens: 4096 },
      tools: [
        { kind: 'foreign', protocol: 'anthropic-messages', value: { type: 'web_search_20250305', name: 'web_search' } },
      ],
      extras: { 'openai-chat': { metadata: { a: 'b' }, verbosity: 'low', logit_bias: { 1: 2 }, max_tokens: 5 } },
      messages: [
        {
          role: 'user',
          name: 'ann',
          content: [
            { type: 'text', text: 'Hi', cache: {} },
            { type: 'media', modality: 'video', source: { kind: 'url', url: 'https://e.org' } },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'reasoning', text: 'T', signature: 's', origin: 'anthropic-messages:x' },
            { type: 'text', text: 'A' },
          ],
        },
        {
          role: 'tool',
          content: [{ type: 'tool-result', callId: 'c', content: [{ type: 'text', text: 'bad' }], isError: true }],
        },
      ],
    });
    expect(lossesOf(losses).sort()).toEqual([
      'frequency_penalty dropped minor',
      'logit_bias dropped minor',
      'max_tokens approximated minor',
      'messages.cache_control approximated minor',
      'messages.name dropped minor',
      'messages.reasoning dropped minor',
      'messages.tool_result.is_error approximated minor',
      'messages.video dropped meaning',
      'n dropped meaning',
      'presence_penalty dropped minor',
      'reasoning_effort approximated minor',
      'seed dropped minor',
      'stop dropped meaning',
      'tools.web_search_20250305 dropped meaning',
      'top_k dropped minor',
    ]);
    expect(body).toMatchObject({
      metadata: { a: 'b' },
      text: { verbosity: 'low' },
      max_output_tokens: 16,
      reasoning: { effort: 'medium' },
    });
    expect(body['tools']).toBeUndefined();
  });

  test('a model that does not reason is not told how much', () => {
    const { body, losses } = encode({ reasoning: { effort: 'high' } }, { isReasoningModel: false });
    expect(body['reasoning']).toBeUndefined();
    expect(lossesOf(losses)).toEqual(['reasoning_effort dropped minor']);
  });

  test('a thought that leads to nothing is left out, one before a call is not', () => {
    const reasoning: ContentPart = { type: 'reasoning', text: '', redacted: 'seal', origin: ORIGIN };
    const call: ContentPart = { type: 'tool-call', id: 'c', name: 'f', arguments: '{}' };
    const types = (content: ContentPart[]): unknown[] => {
      const { body } = encode({ messages: [{ role: 'assistant', content }, user({ type: 'text', text: 'Q' })] });
      return (body['input'] as JsonObject[]).map(({ type }) => type);
    };
    expect(types([reasoning, call])).toEqual(['reasoning', 'function_call', 'message']);
    expect(types([call, reasoning])).toEqual(['function_call', 'message']);
  });

  test('results of a custom tool are such, whoever says so', () => {
    const { body } = encode({
      messages: [
        { role: 'assistant', content: [{ type: 'tool-call', id: 'c', name: 'f', arguments: 'x', isCustom: true }] },
        {
          role: 'tool',
          content: [
            { type: 'tool-result', callId: 'c', content: [] },
            { type: 'text', text: 'and this' },
          ],
        },
      ],
    });
    expect(body['input']).toEqual([
      { type: 'custom_tool_call', call_id: 'c', name: 'f', input: 'x' },
      { type: 'custom_tool_call_output', call_id: 'c', output: '' },
      { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'and this' }] },
    ]);
  });

  test('parameters of the configuration', () => {
    const parameters = {
      temperature: 1,
      max_tokens: 9,
      reasoning_effort: 'low',
      verbosity: 'high',
      response_format: { type: 'json_schema', json_schema: { name: 'n', schema: {} } },
      stop: ['x'],
      logprobs: true,
      truncation: 'auto',
    };
    expect(openAiResponsesUpstream.encodeDefaults(parameters, 'model')).toEqual({
      temperature: 1,
      max_output_tokens: 9,
      reasoning: { effort: 'low' },
      text: { verbosity: 'high', format: { type: 'json_schema', name: 'n', schema: {} } },
      include: ['message.output_text.logprobs'],
      truncation: 'auto',
    });
  });
});
