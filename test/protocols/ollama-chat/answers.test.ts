import { describe, expect, test } from 'vitest';
import type { ChatResponse, ChatStreamEvent } from '../../../src/canonical/chat.ts';
import { LossLedger } from '../../../src/canonical/loss.ts';
import { RouterError } from '../../../src/errors/router-error.ts';
import { type JsonObject, parseJson } from '../../../src/lib/json.ts';
import {
  ollamaChatDialect,
  ollamaChatUpstream,
  ollamaGenerateDialect,
} from '../../../src/protocols/ollama-chat/ollama-chat.ts';
import { answerFacts, streamFacts } from '../../support/facts.ts';
import { decodeStream } from '../run-stream.ts';
import { USAGE } from './stream-cases.ts';

const RESPONSE: ChatResponse = {
  id: 'vendor-id',
  model: 'vendor-model',
  choices: [
    {
      content: [
        { type: 'reasoning', text: 'hm' },
        { type: 'text', text: 'Grüße 世界' },
        { type: 'tool-call', id: 'call_a', name: 'look', arguments: '{"at":{"x":1}}' },
      ],
      finishReason: 'tool-calls',
      logprobs: [{ token: 'a', logprob: -0.5, bytes: [97], top: [{ token: 'b', logprob: -1, bytes: [98] }] }],
    },
  ],
  usage: USAGE,
};

const FIGURES = {
  done: true,
  done_reason: 'stop',
  total_duration: expect.any(Number),
  load_duration: expect.any(Number),
  prompt_eval_count: 26,
  prompt_eval_duration: expect.any(Number),
  eval_count: 9,
  eval_duration: expect.any(Number),
};
const HEAD = { model: 'large', created_at: '2023-11-14T22:13:20.000Z' };
const CALL = { id: 'call_a', function: { index: 0, name: 'look', arguments: { at: { x: 1 } } } };
const LOGPROBS = [{ token: 'a', logprob: -0.5, bytes: [97], top_logprobs: [{ token: 'b', logprob: -1, bytes: [98] }] }];

describe('a whole answer', () => {
  test('of a chat is in the form of the vendor', () => {
    expect(ollamaChatDialect.encodeResponse(RESPONSE, answerFacts())).toEqual({
      ...HEAD,
      message: { role: 'assistant', content: 'Grüße 世界', thinking: 'hm', tool_calls: [CALL] },
      ...FIGURES,
      logprobs: LOGPROBS,
    });
  });

  test('of a completion is in the form of the vendor', () => {
    expect(ollamaGenerateDialect.encodeResponse(RESPONSE, answerFacts())).toEqual({
      ...HEAD,
      response: 'Grüße 世界',
      thinking: 'hm',
      tool_calls: [CALL],
      ...FIGURES,
      logprobs: LOGPROBS,
    });
  });

  test('is decoded to what was encoded', () => {
    const body = ollamaChatDialect.encodeResponse(RESPONSE, answerFacts());
    expect(ollamaChatUpstream.decodeResponse(body)).toEqual({ ...RESPONSE, id: '', model: 'large' });
    const bytes = Buffer.from(JSON.stringify(body));
    expect(ollamaChatUpstream.summarizeResponse(bytes)).toEqual({ usage: USAGE, finishReason: 'tool-calls' });
  });

  test('hands on the times of an Ollama server', () => {
    const raw = { message: {}, total_duration: 5_000_000_000, load_duration: 3, eval_duration: 0 };
    const body = ollamaGenerateDialect.encodeResponse(RESPONSE, answerFacts({ raw }));
    expect(body).toMatchObject({ total_duration: 5_000_000_000, load_duration: 3 });
    expect(body['eval_duration']).toBeGreaterThan(0);
  });

  test('tells what it has no place for', () => {
    const ledger = new LossLedger();
    const source = { kind: 'url', url: 'https://example.com/x.png' } as const;
    const choice = {
      content: [
        { type: 'reasoning', text: 'hm', signature: 'seal' },
        { type: 'text', text: 'x', citations: [{ url: 'https://example.com' }] },
        { type: 'media', modality: 'image', source },
        { type: 'tool-call', id: 'c', name: 'f', arguments: 'not JSON' },
      ],
      finishReason: 'stop',
    } as const;
    const body = ollamaChatDialect.encodeResponse(
      { ...RESPONSE, choices: [choice, choice], usage: undefined },
      answerFacts({ ledger }),
    );
    expect(ledger.entries.map(({ field }) => field).sort()).toEqual([
      'answer.choices',
      'answer.citations',
      'answer.image',
      'answer.reasoning.signature',
      'answer.tool_calls.arguments',
    ]);
    expect(JSON.stringify(body)).not.toContain('seal');
    expect(body).toMatchObject({ prompt_eval_count: 0, eval_count: 0 });
  });

  test.each<[JsonObject, string]>([
    [{ done: true, done_reason: 'length', message: { content: 'x' } }, 'length'],
    [{ done: true, done_reason: 'load', message: { content: '' } }, 'other'],
    [{ done: true, message: { content: 'x' } }, 'stop'],
  ])('%j ends with %s', (body, reason) => {
    expect(ollamaChatUpstream.decodeResponse(body).choices[0].finishReason).toBe(reason);
  });

  test.each<JsonObject>([
    { message: { content: 'x' } },
    { message: { content: 'x' }, done: false },
    { done: true },
    { done: true, message: 'x' },
    { error: 'boom', done: true, message: {} },
  ])('%j is none', (body) => {
    expect(() => ollamaChatUpstream.decodeResponse(body)).toThrow(
      expect.objectContaining({ code: 'upstream.bad_response' }),
    );
  });

  test.each<[JsonObject, object | undefined]>([
    [{ prompt_eval_count: 3 }, { inputTokens: 3, outputTokens: 0 }],
    [{ eval_count: 3 }, { inputTokens: 0, outputTokens: 3 }],
    [{ prompt_eval_count: -3, eval_count: 3 }, undefined],
    [{ prompt_eval_count: '3', eval_count: 3 }, undefined],
    [{ prompt_eval_count: 1e12, eval_count: 3 }, undefined],
    [{}, undefined],
  ])('figures %j count as %j', (figures, expected) => {
    const { usage } = ollamaChatUpstream.decodeResponse({ done: true, message: {}, ...figures });
    if (expected === undefined) expect(usage).toBeUndefined();
    else expect(usage).toMatchObject(expected);
  });
});

const EVENTS: readonly ChatStreamEvent[] = [
  { type: 'response-start', id: 'vendor-id', model: 'vendor-model' },
  { type: 'reasoning-start', block: 0, choice: 0 },
  { type: 'reasoning-delta', block: 0, text: 'hm' },
  { type: 'reasoning-end', block: 0, signature: 'seal' },
  { type: 'text-start', block: 1, choice: 0 },
  { type: 'text-delta', block: 1, text: 'Grüße', logprobs: [{ token: 'a', logprob: -0.5 }] },
  { type: 'citation', block: 1, citation: { url: 'https://example.com' } },
  { type: 'text-end', block: 1 },
  { type: 'text-start', block: 2, choice: 1 },
  { type: 'text-delta', block: 2, text: 'another answer' },
  { type: 'text-end', block: 2 },
  { type: 'tool-call-start', block: 3, choice: 0, id: 'call_a', name: 'look' },
  { type: 'tool-call-start', block: 4, choice: 0, id: 'call_b', name: 'now' },
  { type: 'tool-call-delta', block: 3, arguments: '{"at":{' },
  { type: 'tool-call-end', block: 4 },
  { type: 'tool-call-delta', block: 3, arguments: '"x":1}}' },
  { type: 'tool-call-end', block: 3 },
  { type: 'choice-end', choice: 0, finishReason: 'tool-calls' },
  { type: 'choice-end', choice: 1, finishReason: 'length' },
  { type: 'response-end', usage: USAGE },
];

describe('a streamed answer', () => {
  const run = (dialect: typeof ollamaChatDialect) => {
    const ledger = new LossLedger();
    const encoder = dialect.createStreamEncoder(streamFacts({ ledger }));
    const text = EVENTS.map((event) => encoder.push(event)).join('');
    const lines = text
      .trim()
      .split('\n')
      .map((line) => parseJson(line))
      .map((parsed) => (parsed.ok ? parsed.value : null));
    return { text, lines, ledger, contentType: encoder.contentType };
  };

  test('of a chat is in lines of the vendor, calls whole', () => {
    const { lines, text, ledger, contentType } = run(ollamaChatDialect);
    const line = (message: object, more: object = { done: false }) => ({
      ...HEAD,
      message: { role: 'assistant', content: '', ...message },
      ...more,
    });
    expect(contentType).toBe('application/x-ndjson');
    expect(lines).toEqual([
      line({ thinking: 'hm' }),
      line(
        { content: 'Grüße' },
        { done: false, logprobs: [{ token: 'a', logprob: -0.5, bytes: [97], top_logprobs: [] }] },
      ),
      line({ tool_calls: [{ id: 'call_b', function: { index: 1, name: 'now', arguments: {} } }] }),
      line({ tool_calls: [CALL] }),
      line({}, FIGURES),
    ]);
    expect(text).not.toMatch(/seal|another answer|vendor/);
    expect(ledger.entries.map(({ field }) => field).sort()).toEqual([
      'answer.choices',
      'answer.citations',
      'answer.reasoning.signature',
    ]);
  });

  test('of a completion is in lines of the vendor', () => {
    const { lines } = run(ollamaGenerateDialect);
    expect(lines[0]).toEqual({ ...HEAD, response: '', thinking: 'hm', done: false });
    expect(lines[1]).toMatchObject({ response: 'Grüße', done: false });
    expect(lines.at(-1)).toEqual({ ...HEAD, response: '', ...FIGURES });
  });

  test('is decoded to what was said', () => {
    const { events } = decodeLines(run(ollamaChatDialect).text);
    const said = events.flatMap((event) =>
      'text' in event ? [event.text] : 'arguments' in event ? [event.arguments] : [],
    );
    expect(said).toEqual(['hm', 'Grüße', '{}', '{"at":{"x":1}}']);
    expect(events.at(-1)).toEqual({ type: 'response-end', usage: USAGE });
  });

  test('that breaks ends with one line that is an error', () => {
    const encoder = ollamaChatDialect.createStreamEncoder(streamFacts());
    const line = encoder.fail(new RouterError('upstream.truncated', { detail: 'secret' }));
    expect(JSON.parse(line)).toMatchObject({
      error: expect.stringContaining('early'),
      code: 'upstream.truncated',
      request_id: '01TEST',
    });
    expect(line).toMatch(/^[^\n]+\n$/);
    expect(line).not.toContain('secret');
  });

  test('does not hold arguments without end', () => {
    const encoder = ollamaChatDialect.createStreamEncoder(streamFacts());
    encoder.push({ type: 'tool-call-start', block: 0, choice: 0, id: 'c', name: 'f' });
    const push = () => encoder.push({ type: 'tool-call-delta', block: 0, arguments: 'x'.repeat(9_000_000) });
    expect(push()).toBe('');
    expect(push).toThrow(expect.objectContaining({ code: 'upstream.bad_response' }));
  });
});

/** Lines as the events of an event stream, which the shared helper reads. */
function decodeLines(text: string) {
  const frames = text
    .trim()
    .split('\n')
    .map((line) => `data: ${line}\n\n`)
    .join('');
  return decodeStream([Buffer.from(frames)], ollamaChatUpstream.createStreamDecoder());
}

describe('an error of the server', () => {
  test.each<[number, string, string, string]>([
    [404, '{"error":"model \'x\' not found"}', 'upstream.not_found', "404: model 'x' not found"],
    [400, '{"error":"\\"x\\" does not support thinking"}', 'upstream.rejected', '400: "x" does not support thinking'],
    [401, '{"error":"unauthorized","signin_url":"https://ollama.com"}', 'upstream.auth', '401: unauthorized'],
    [503, '{"error":"server busy"}', 'upstream.overloaded', '503: server busy'],
    [500, '{"error":{"message":"out of memory"}}', 'upstream.failed', '500: out of memory'],
    [502, '<html>', 'upstream.failed', '502: <html>'],
  ])('%d %s is %s', (status, body, code, message) => {
    const error = ollamaChatUpstream.decodeError(status, body, {});
    expect(error.code).toBe(code);
    expect(error.message).toBe(message);
  });

  test('keeps the words where the client can do something about it', () => {
    const error = ollamaChatUpstream.decodeError(400, '{"error":"the input length exceeds the context length"}', {});
    expect(ollamaChatDialect.encodeError(error, 'r1')).toEqual({
      error: 'the input length exceeds the context length',
      detail: 'the input length exceeds the context length',
      code: 'upstream.rejected',
      param: null,
      request_id: 'r1',
    });
    expect(ollamaChatDialect.errorStatus(error)).toBe(400);
  });
});
