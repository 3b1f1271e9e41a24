import { describe, expect, test } from 'vitest';
import type { ChatResponse, ChatStreamEvent } from '../../../src/canonical/chat.ts';
import { RouterError } from '../../../src/errors/router-error.ts';
import { routerNativeDialect } from '../../../src/protocols/router-native/router-native.ts';
import { answerFacts, streamFacts } from '../../support/facts.ts';

const USAGE = { inputTokens: 5, cacheReadTokens: 1, cacheWriteTokens: 0, outputTokens: 2, reasoningTokens: 1 };
const WIRE_USAGE = {
  prompt_tokens: 6,
  completion_tokens: 2,
  total_tokens: 8,
  prompt_tokens_details: { cached_tokens: 1 },
  completion_tokens_details: { reasoning_tokens: 1 },
};

describe('an answer', () => {
  const facts = { requestId: 'r1', createdAt: 7, provider: 'acme', model: 'big', costUsd: 0.5, raw: { choices: [] } };
  const encode = (response: Partial<ChatResponse>, costUsd: number | undefined = 0.5) => {
    const plain: ChatResponse = {
      id: 'v',
      model: 'v',
      choices: [{ content: [{ type: 'text', text: 'hello' }], finishReason: 'stop' }],
      usage: USAGE,
    };
    return routerNativeDialect.encodeResponse({ ...plain, ...response }, answerFacts({ ...facts, costUsd }));
  };

  test('is plain text with its figures and the body it came from', () => {
    expect(encode({})).toEqual({
      id: 'r1',
      output_text: 'hello',
      finish_reason: 'stop',
      model: 'big',
      provider: 'acme',
      usage: WIRE_USAGE,
      cost: 0.5,
      raw: { choices: [] },
    });
  });

  test('has a null where there is no figure', () => {
    const encoded = routerNativeDialect.encodeResponse(
      { id: 'v', model: 'v', choices: [{ content: [], finishReason: 'other' }], usage: undefined },
      answerFacts({ ...facts, costUsd: undefined }),
    );
    expect(encoded).toMatchObject({ output_text: '', usage: null, cost: null, finish_reason: 'stop' });
  });

  test('has calls and reasoning beside the text', () => {
    const encoded = encode({
      choices: [
        {
          content: [
            { type: 'reasoning', text: 'hm' },
            { type: 'tool-call', id: 'c', name: 'f', arguments: '{}' },
          ],
          finishReason: 'tool-calls',
        },
      ],
    });
    expect(encoded).toMatchObject({
      output_text: '',
      reasoning: 'hm',
      tool_calls: [{ id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }],
      finish_reason: 'tool_calls',
    });
  });

  test('shows a refusal as its text', () => {
    const choices = [{ content: [{ type: 'refusal', text: 'no' }], finishReason: 'content-filter' }] as const;
    expect(encode({ choices })).toMatchObject({ output_text: 'no', finish_reason: 'content_filter' });
  });
});

describe('a stream', () => {
  const facts = {
    requestId: 'r1',
    createdAt: 7,
    provider: 'acme',
    model: 'big',
    includeUsage: false,
    costOf: () => 0.5,
  };
  const createEncoder = (preferEventStream: boolean) =>
    routerNativeDialect.createStreamEncoder(streamFacts({ ...facts, preferEventStream }));
  const encode = (events: readonly ChatStreamEvent[], preferEventStream = false): string => {
    const encoder = createEncoder(preferEventStream);
    return events.map((event) => encoder.push(event)).join('');
  };

  const events: readonly ChatStreamEvent[] = [
    { type: 'response-start', id: 'v', model: 'v' },
    { type: 'reasoning-start', block: 0, choice: 0 },
    { type: 'reasoning-delta', block: 0, text: 'hm' },
    { type: 'reasoning-end', block: 0 },
    { type: 'text-start', block: 1, choice: 0 },
    { type: 'text-delta', block: 1, text: 'a\nb' },
    { type: 'text-end', block: 1 },
    { type: 'tool-call-start', block: 2, choice: 0, id: 'c', name: 'f' },
    { type: 'tool-call-delta', block: 2, arguments: '{}' },
    { type: 'tool-call-end', block: 2 },
    { type: 'choice-end', choice: 0, finishReason: 'tool-calls' },
    { type: 'response-end', usage: USAGE },
  ];
  const lines = [
    { text: null, finish_reason: null, is_final: false, reasoning: 'hm' },
    { text: 'a\nb', finish_reason: null, is_final: false },
    {
      text: null,
      finish_reason: null,
      is_final: false,
      tool_calls: [{ index: 0, id: 'c', type: 'function', function: { name: 'f', arguments: '' } }],
    },
    { text: null, finish_reason: null, is_final: false, tool_calls: [{ index: 0, function: { arguments: '{}' } }] },
    { text: null, finish_reason: 'tool_calls', is_final: false, usage: WIRE_USAGE, cost: 0.5 },
  ];
  const last = '{"text":null,"finish_reason":null,"is_final":true}';

  test('is one object a line, the figures on the last but one', () => {
    expect(createEncoder(false).contentType).toBe('application/jsonl');
    const output = encode(events).split('\n');
    expect(output.slice(0, -2).map((line) => JSON.parse(line) as unknown)).toEqual(lines);
    expect(output.slice(-2)).toEqual([last, '']);
  });

  test('is the same objects as events where the client prefers those', () => {
    expect(createEncoder(true).contentType).toBe('text/event-stream');
    const expected = encode(events)
      .trim()
      .split('\n')
      .map((line) => `data: ${line}\n\n`);
    expect(encode(events, true)).toBe(expected.join(''));
  });

  test('without usage says so by leaving it out', () => {
    const output = encode([
      { type: 'choice-end', choice: 0, finishReason: 'stop' },
      { type: 'response-end', usage: undefined },
    ]);
    expect(output).toBe(`{"text":null,"finish_reason":"stop","is_final":false}\n${last}\n`);
  });

  test('with several choices names those after the first', () => {
    const output = encode([
      { type: 'text-start', block: 0, choice: 1 },
      { type: 'text-delta', block: 0, text: 'b' },
      { type: 'choice-end', choice: 0, finishReason: 'stop' },
      { type: 'choice-end', choice: 1, finishReason: 'length' },
      { type: 'response-end', usage: undefined },
    ]);
    expect(output.trim().split('\n')).toEqual([
      '{"text":"b","finish_reason":null,"is_final":false,"choice":1}',
      '{"text":null,"finish_reason":"length","is_final":false,"choice":1}',
      '{"text":null,"finish_reason":"stop","is_final":false}',
      last,
    ]);
  });

  test('that breaks ends with one line that says why', () => {
    const line = createEncoder(false).fail(new RouterError('upstream.timeout', { detail: 'secret' }));
    expect(JSON.parse(line)).toEqual({
      text: null,
      finish_reason: null,
      is_final: true,
      error: { code: 'upstream.timeout', message: 'The provider did not answer in time.' },
    });
    expect(line.endsWith('\n')).toBe(true);
  });
});

describe('an error', () => {
  test('is the detail of the original with code, field and hints', () => {
    const error = new RouterError('request.invalid', {
      publicMessage: 'wrong',
      param: 'prompt',
      hints: { near: ['a'] },
    });
    expect(routerNativeDialect.encodeError(error, 'r1')).toEqual({
      detail: 'wrong',
      code: 'request.invalid',
      request_id: 'r1',
      param: 'prompt',
      near: ['a'],
    });
  });

  test('keeps 404 for paths that do not exist', () => {
    expect(routerNativeDialect.errorStatus(new RouterError('model.unknown'))).toBe(400);
    expect(routerNativeDialect.errorStatus(new RouterError('route.no_candidate'))).toBe(400);
    expect(routerNativeDialect.errorStatus(new RouterError('request.unknown_path'))).toBe(404);
    expect(routerNativeDialect.errorStatus(new RouterError('client.closed'))).toBe(499);
  });
});
