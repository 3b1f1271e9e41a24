import { describe, expect, test } from 'vitest';
import type { ChatResponse, ChatStreamEvent } from '../../../src/canonical/chat.ts';
import { LossLedger } from '../../../src/canonical/loss.ts';
import { ERROR_CODES, type ErrorCode } from '../../../src/errors/codes.ts';
import { RouterError } from '../../../src/errors/router-error.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import {
  anthropicMessagesDialect as dialect,
  anthropicMessagesUpstream as upstream,
} from '../../../src/protocols/anthropic-messages/anthropic-messages.ts';
import { openSeal } from '../../../src/protocols/seal.ts';
import { answerFacts, streamFacts } from '../../support/facts.ts';

const answerOf = (content: readonly JsonObject[], more: JsonObject = {}): JsonObject => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'claude-x',
  content,
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 5, cache_read_input_tokens: 6, cache_creation_input_tokens: 7, output_tokens: 8 },
  ...more,
});

const SEARCH = { type: 'server_tool_use', id: 's', name: 'web_search', input: {} };

describe('an answer of the vendor', () => {
  const wire = answerOf(
    [
      { type: 'thinking', thinking: 'Hm.', signature: 'sig' },
      { type: 'redacted_thinking', data: 'EmwK' },
      SEARCH,
      { type: 'text', text: '' },
      { type: 'text', text: 'Grüße 🦜', citations: [{ type: 'char_location', cited_text: 'c', document_title: 'D' }] },
      { type: 'tool_use', id: 'toolu_1', name: 'f', input: { a: [1] } },
    ],
    { stop_reason: 'stop_sequence', stop_sequence: 'END' },
  );

  test('is read, with usage in disjoint buckets', () => {
    expect(upstream.decodeResponse(wire)).toEqual({
      id: 'msg_1',
      model: 'claude-x',
      choices: [
        {
          content: [
            { type: 'reasoning', text: 'Hm.', signature: 'sig' },
            { type: 'reasoning', text: '', redacted: 'EmwK' },
            { type: 'foreign', protocol: 'anthropic-messages', value: SEARCH },
            { type: 'text', text: 'Grüße 🦜', citations: [{ title: 'D', citedText: 'c' }] },
            { type: 'tool-call', id: 'toolu_1', name: 'f', arguments: '{"a":[1]}' },
          ],
          finishReason: 'stop-sequence',
          stopSequence: 'END',
        },
      ],
      usage: { inputTokens: 5, cacheReadTokens: 6, cacheWriteTokens: 7, outputTokens: 8, reasoningTokens: 0 },
    });
  });

  test('is summed up as it is decoded', () => {
    const { choices, usage } = upstream.decodeResponse(wire);
    const summary = upstream.summarizeResponse(Buffer.from(JSON.stringify(wire)));
    expect(summary).toEqual({ usage, finishReason: choices[0].finishReason });
  });

  test('means the same to a client after it was encoded', () => {
    const decoded = upstream.decodeResponse(wire);
    const encoded = dialect.encodeResponse(decoded, answerFacts());
    expect(encoded).toMatchObject({ id: 'msg_01TEST', model: 'large', provider: 'acme' });
    const opened = JSON.parse(JSON.stringify(encoded), (_, value: unknown) =>
      typeof value === 'string' ? openSeal(value).signature : value,
    ) as JsonObject;
    expect(upstream.decodeResponse(opened)).toEqual({ ...decoded, id: 'msg_01TEST', model: 'large' });
  });

  test.each<[string, JsonObject]>([
    ['end_turn', { finishReason: 'stop' }],
    ['max_tokens', { finishReason: 'length' }],
    ['model_context_window_exceeded', { finishReason: 'length' }],
    ['tool_use', { finishReason: 'tool-calls' }],
    ['refusal', { finishReason: 'content-filter' }],
    ['pause_turn', { finishReason: 'pause' }],
    ['something_new', { finishReason: 'other' }],
  ])('that stopped for %s', (reason, expected) => {
    expect(upstream.decodeResponse(answerOf([], { stop_reason: reason })).choices[0]).toMatchObject(expected);
  });

  test.each<JsonObject>([
    {},
    { type: 'error', error: { type: 'api_error', message: 'boom' } },
    { error: 'boom', content: [] },
    { content: 'x' },
    { content: [null] },
    { content: [{}] },
    { choices: [{ message: { content: 'x' } }] },
  ])('%j is none', (body) => {
    const summarize = () => upstream.summarizeResponse(Buffer.from(JSON.stringify(body)));
    for (const read of [() => upstream.decodeResponse(body), summarize]) {
      expect(read).toThrow(expect.objectContaining({ code: 'upstream.bad_response' }));
    }
  });
});

describe('an answer of another provider', () => {
  const respond = (content: ChatResponse['choices'][0]['content'], ledger = new LossLedger()): JsonObject =>
    dialect.encodeResponse(
      { id: '', model: '', choices: [{ content, finishReason: 'stop' }], usage: undefined },
      answerFacts({ ledger, costUsd: 0.5 }),
    );

  test('that calls tools stops for them, whatever the provider says', () => {
    const call = { type: 'tool-call', id: 'c', name: 'f', arguments: '' } as const;
    expect(respond([call])).toMatchObject({ stop_reason: 'tool_use', content: [{ input: {} }] });
  });

  test('that refuses says so in a text and in its stop reason', () => {
    expect(respond([{ type: 'refusal', text: 'No.' }])).toMatchObject({
      stop_reason: 'refusal',
      stop_details: { type: 'refusal', category: null, explanation: null },
      content: [{ type: 'text', text: 'No.' }],
    });
  });

  test('has its cost, and figures even where the provider told none', () => {
    expect(respond([])['usage']).toMatchObject({ input_tokens: 0, output_tokens: 0, cost: 0.5 });
  });

  test('what has no place is told', () => {
    const ledger = new LossLedger();
    respond(
      [
        { type: 'media', modality: 'image', source: { kind: 'url', url: 'https://a.example' } },
        { type: 'foreign', protocol: 'openai-responses', value: {} },
        { type: 'tool-call', id: 'c', name: 'f', arguments: 'not json' },
      ],
      ledger,
    );
    expect(ledger.entries.map(({ field }) => field)).toEqual(['answer.image', 'answer.content', 'answer.tool_calls']);
  });

  test('streamed: other choices, pictures and probabilities are told, the first choice is whole', () => {
    const ledger = new LossLedger();
    const encoder = dialect.createStreamEncoder(streamFacts({ ledger }));
    const events: ChatStreamEvent[] = [
      { type: 'response-start', id: '', model: '' },
      { type: 'text-start', block: 0, choice: 1 },
      { type: 'text-delta', block: 0, text: 'other' },
      { type: 'text-end', block: 0 },
      { type: 'media', block: 1, choice: 0, modality: 'image', source: { kind: 'url', url: 'https://a.example' } },
      { type: 'text-start', block: 2, choice: 0 },
      { type: 'text-delta', block: 2, text: 'mine', logprobs: [{ token: 'mine', logprob: 0 }] },
      { type: 'text-end', block: 2 },
      { type: 'choice-end', choice: 1, finishReason: 'length' },
      { type: 'choice-end', choice: 0, finishReason: 'stop' },
      { type: 'response-end', usage: undefined },
    ];
    const stream = events.map((event) => encoder.push(event)).join('');
    expect(stream).toContain('"text":"mine"');
    expect(stream).not.toContain('other');
    expect(stream).toContain('"stop_reason":"end_turn"');
    expect(stream).toContain('"input_tokens":7');
    expect(ledger.entries.map(({ field }) => field)).toEqual(['answer.choices', 'answer.image', 'answer.logprobs']);
  });

  test('streamed: the seal of a call comes before it', () => {
    const encoder = dialect.createStreamEncoder(streamFacts());
    const start = { type: 'tool-call-start', block: 0, choice: 0, id: 'c', name: 'f', signature: 'sig' } as const;
    const frames = encoder.push(start).split('\n\n');
    expect(frames[0]).toContain('"redacted_thinking"');
    expect(frames[0]).toContain('"index":0');
    expect(frames[2]).toContain('"tool_use"');
    expect(frames[2]).toContain('"index":1');
  });
});

describe('errors', () => {
  const error = (type: string, message: string): string => JSON.stringify({ type: 'error', error: { type, message } });

  test.each<[number, string, ErrorCode]>([
    [400, error('invalid_request_error', 'max_tokens: Field required'), 'upstream.rejected'],
    [
      400,
      error('invalid_request_error', 'messages.1.content.0: Invalid `signature` in `thinking` block'),
      'upstream.bad_signature',
    ],
    [
      400,
      error('invalid_request_error', 'messages.1.content.0: Invalid `data` in `redacted_thinking` block'),
      'upstream.bad_signature',
    ],
    [
      400,
      error('invalid_request_error', 'Expected `thinking` or `redacted_thinking`, but found `text`.'),
      'upstream.bad_signature',
    ],
    [
      400,
      error(
        'invalid_request_error',
        '`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified.',
      ),
      'upstream.bad_signature',
    ],
    [400, error('invalid_request_error', 'Your credit balance is too low to access the API.'), 'upstream.quota'],
    [401, error('authentication_error', 'invalid x-api-key'), 'upstream.auth'],
    [402, error('billing_error', 'pay'), 'upstream.auth'],
    [403, error('permission_error', 'no'), 'upstream.auth'],
    [404, error('not_found_error', 'model: x'), 'upstream.not_found'],
    [413, error('request_too_large', 'big'), 'upstream.too_large'],
    [429, error('rate_limit_error', 'slow'), 'upstream.rate_limited'],
    [500, error('api_error', 'boom'), 'upstream.failed'],
    [504, error('timeout_error', 'late'), 'upstream.timeout'],
    [529, error('overloaded_error', 'Overloaded'), 'upstream.overloaded'],
    [500, error('overloaded_error', 'Overloaded'), 'upstream.overloaded'],
    [502, '<html>', 'upstream.failed'],
  ])('%d %s is %s', (status, body, code) => {
    const decoded = upstream.decodeError(status, body, { 'retry-after': '2' });
    expect(decoded).toMatchObject({ code, upstreamStatus: status, retryAfterMs: 2000 });
  });

  test.each(Object.keys(ERROR_CODES) as ErrorCode[])('%s is told in the shape of the vendor', (code) => {
    const failure = new RouterError(code, { detail: 'secret', hints: { near: ['x'], type: 'fake', code: 'fake' } });
    const body = dialect.encodeError(failure, 'req-1');
    expect(body).toMatchObject({
      type: 'error',
      error: { message: failure.publicMessage, code, near: ['x'] },
      request_id: 'req-1',
    });
    expect(JSON.stringify(body)).not.toMatch(/secret|fake/);
    const status = dialect.errorStatus(failure);
    expect(status).toBe(code === 'upstream.overloaded' ? 529 : failure.status);
  });

  test('a stream breaks with one event of that shape', () => {
    const encoder = dialect.createStreamEncoder(streamFacts());
    const last = encoder.fail(new RouterError('upstream.overloaded'));
    expect(last).toMatch(/^event: error\ndata: \{"type":"error","error":\{"type":"overloaded_error",.*\}\n\n$/);
  });
});

test('the count of tokens is read, or refused', () => {
  expect(upstream.tokenCounter?.decodeResponse({ input_tokens: 12 })).toBe(12);
  const nonsense = () => upstream.tokenCounter?.decodeResponse({ input_tokens: '12' });
  expect(nonsense).toThrow(expect.objectContaining({ code: 'upstream.bad_response' }));
});
