import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatRequest, ChatResponse, ChatStreamEvent } from '../../src/canonical/chat.ts';
import type { DialectId } from '../../src/canonical/protocol-id.ts';
import { ERROR_CODES, type ErrorCode } from '../../src/errors/codes.ts';
import { RouterError } from '../../src/errors/router-error.ts';
import type { JsonObject, JsonValue } from '../../src/lib/json.ts';
import { readSseFrames } from '../../src/lib/sse.ts';
import { clientDialects } from '../../src/protocols/registry.ts';
import { answerFacts, streamFacts } from '../support/facts.ts';

const FACTS = {
  requestId: 'req-1',
  createdAt: 7,
  provider: 'acme',
  model: 'big',
  includeUsage: true,
  costOf: () => 0.125,
};
const USAGE = { inputTokens: 11, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 22, reasoningTokens: 0 };
const WORDS = 'Grüße 模型 🦜 \u2028 "quoted" \\ \n\n';

const RESPONSE: ChatResponse = {
  id: 'vendor-id',
  model: 'vendor-model',
  choices: [{ content: [{ type: 'text', text: WORDS }], finishReason: 'stop' }],
  usage: USAGE,
};

const EVENTS: readonly ChatStreamEvent[] = [
  { type: 'response-start', id: 'vendor-id', model: 'vendor-model' },
  { type: 'reasoning-start', block: 0, choice: 0 },
  { type: 'reasoning-delta', block: 0, text: 'thinking' },
  { type: 'reasoning-end', block: 0 },
  { type: 'text-start', block: 1, choice: 0 },
  { type: 'text-delta', block: 1, text: WORDS },
  { type: 'text-end', block: 1 },
  { type: 'tool-call-start', block: 2, choice: 0, id: 'call-a', name: 'weather' },
  { type: 'tool-call-start', block: 3, choice: 0, id: 'call-b', name: 'time' },
  { type: 'tool-call-delta', block: 3, arguments: '{"b":' },
  { type: 'tool-call-delta', block: 2, arguments: '{"a":1}' },
  { type: 'tool-call-delta', block: 3, arguments: '2}' },
  { type: 'tool-call-end', block: 2 },
  { type: 'tool-call-end', block: 3 },
  { type: 'choice-end', choice: 0, finishReason: 'tool-calls' },
  { type: 'response-end', usage: USAGE },
];

interface DialectWords {
  /** How an answer says its model and its 11 and 22 tokens. */
  readonly figures: readonly string[];
  /** How a stream says them. */
  readonly streamFigures: readonly string[];
  /** What of the calls is a text of its own in a stream. */
  readonly calls: readonly string[];
  /** How it says that tools are called. */
  readonly end: string;
  /** Whether errors have the member that clients of the earlier router read. */
  readonly hasDetail: boolean;
}

const COUNTED = ['"prompt_tokens":11', '"completion_tokens":22', '0.125'];
const IN_AND_OUT = ['"input_tokens":11', '"output_tokens":22', '0.125'];
const GOOGLE = ['"promptTokenCount":11', '"candidatesTokenCount":22', '"modelVersion":"big"'];
const LOCAL = ['"prompt_eval_count":11', '"eval_count":22', '"model":"big"'];
const STREAMED_CALLS = ['call-a', 'weather', 'call-b', 'time', '{"a":1}', '{"b":', '2}'];
const NAMED = ['"model":"big"', '"provider":"acme"', 'req-1'];

const WORDS_OF: Readonly<Record<DialectId, DialectWords>> = {
  'openai-chat': {
    figures: [...NAMED, ...COUNTED],
    streamFigures: COUNTED,
    calls: STREAMED_CALLS,
    end: 'tool_calls',
    hasDetail: true,
  },
  'router-native': {
    figures: [...NAMED, ...COUNTED],
    streamFigures: COUNTED,
    calls: STREAMED_CALLS,
    end: 'tool_calls',
    hasDetail: true,
  },
  'openai-responses': {
    figures: [...NAMED, ...IN_AND_OUT],
    streamFigures: IN_AND_OUT,
    calls: STREAMED_CALLS,
    end: 'response.completed',
    hasDetail: true,
  },
  'anthropic-messages': {
    figures: [...NAMED, ...IN_AND_OUT],
    streamFigures: IN_AND_OUT,
    calls: STREAMED_CALLS,
    end: 'tool_use',
    hasDetail: true,
  },
  'gemini-generate': {
    figures: GOOGLE,
    streamFigures: GOOGLE,
    calls: ['weather', 'time'],
    end: 'STOP',
    hasDetail: false,
  },
  'ollama-chat': { figures: LOCAL, streamFigures: LOCAL, calls: ['weather', 'time'], end: 'stop', hasDetail: true },
  'ollama-generate': { figures: LOCAL, streamFigures: LOCAL, calls: [], end: 'stop', hasDetail: true },
};

/** Every string in every JSON object of a stream, of lines or of events. */
function stringsOf(stream: string, contentType: string): string[] {
  const texts = contentType.includes('event-stream')
    ? readSseFrames(stream).map(({ data }) => data)
    : stream.startsWith('[')
      ? [stream]
      : stream.trim().split('\n');
  const strings: string[] = [];
  for (const text of texts.filter((data) => data !== '[DONE]')) {
    JSON.parse(text, (_, value: JsonValue) => {
      if (typeof value === 'string') strings.push(value);
      return value;
    });
  }
  return strings;
}

test('every dialect has its own name', () => {
  for (const [id, dialect] of Object.entries(clientDialects)) expect(dialect.id).toBe(id);
});

describe.each(Object.values(clientDialects))('$id', (dialect) => {
  const words = WORDS_OF[dialect.id];
  const codes = Object.keys(ERROR_CODES) as ErrorCode[];

  test.each(codes)('says %s in its own shape, without what is for the log', (code) => {
    const error = new RouterError(code, { detail: 'secret', cause: new Error('secret'), hints: { near: ['x'] } });
    const body = JSON.stringify(dialect.encodeError(error, 'req-1'));
    expect(body).toContain(JSON.stringify(error.publicMessage));
    expect(body).toContain(`"${code}"`);
    expect(body).toContain('"req-1"');
    expect(body).toContain('"near":["x"]');
    expect(body).not.toContain('secret');
    const { detail } = dialect.encodeError(error, 'req-1') as { detail: unknown };
    expect(detail).toBe(words.hasDetail ? error.publicMessage : undefined);
    expect(dialect.errorStatus(error)).toBeGreaterThanOrEqual(400);
    expect(dialect.errorStatus(error)).toBeLessThan(600);
  });

  test('hints do not replace what every error has', () => {
    const hints = { message: 'fake', code: 'fake', detail: 'fake', type: 'fake', request_id: 'fake', error: 'fake' };
    const fields = JSON.stringify(dialect.encodeError(new RouterError('model.unknown', { hints }), 'req-1'));
    expect(fields).toContain('"model.unknown"');
    expect(fields).not.toContain('"code":"fake"');
    expect(fields).toContain('"req-1"');
  });

  test('an answer names the model as registered and holds the words and the figures', () => {
    const facts = answerFacts({ ...FACTS, costUsd: 0.125, raw: { from: 'vendor' } });
    const body = JSON.stringify(dialect.encodeResponse(RESPONSE, facts));
    expect(body).toContain(JSON.stringify(WORDS));
    for (const part of words.figures) expect(body).toContain(part);
    expect(body).not.toContain('vendor-model');
  });

  test.each([true, false])(
    'a stream holds the words, the calls and the figures (event stream: %s)',
    (preferEventStream) => {
      const encoder = dialect.createStreamEncoder(streamFacts({ ...FACTS, preferEventStream }));
      const stream = EVENTS.map((event) => encoder.push(event)).join('');
      const strings = stringsOf(stream, encoder.contentType);
      for (const part of [WORDS, 'thinking', ...words.calls, words.end]) expect(strings).toContain(part);
      expect(strings.indexOf('thinking')).toBeLessThan(strings.indexOf(WORDS));
      for (const part of words.streamFigures) expect(stream).toContain(part);
      expect(stream).not.toContain('vendor-model');
    },
  );

  test.each([true, false])('a stream that breaks ends with one error (event stream: %s)', (preferEventStream) => {
    const encoder = dialect.createStreamEncoder(streamFacts({ ...FACTS, preferEventStream }));
    const before = EVENTS.slice(0, 6)
      .map((event) => encoder.push(event))
      .join('');
    const last = encoder.fail(new RouterError('upstream.truncated', { detail: 'secret' }));
    const strings = stringsOf(before + last, encoder.contentType);
    expect(strings).toContain('upstream.truncated');
    expect(strings).toContain(WORDS);
    expect(last).not.toContain('secret');
    expect(last).not.toContain('[DONE]');
    // Google's own reader throws on whatever stands behind the array that it streams.
    expect(last.endsWith(encoder.contentType === 'application/json' ? ']' : '\n')).toBe(true);
  });

  test('what is no request is refused as such, and what is accepted can be decoded', () => {
    const member = fc.constantFrom(
      'model',
      'messages',
      'contents',
      'input',
      'prompt',
      'parameters',
      'stream',
      'temperature',
      'tools',
      'stop',
      'x',
    );
    const json = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<JsonValue>;
    fc.assert(
      fc.property(fc.dictionary(member, json) as fc.Arbitrary<JsonObject>, (body) => {
        let request: ChatRequest | undefined;
        try {
          dialect.readHead(body);
          request = dialect.decodeRequest(body);
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: 'request.invalid', param: expect.any(String) });
          return;
        }
        // A prompt that the provider keeps is a request without words of its own.
        if (dialect.id !== 'openai-responses') expect(request.messages.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
});
