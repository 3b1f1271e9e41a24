import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatRequest, ChatResponse, ChatStreamEvent } from '../../src/canonical/chat.ts';
import { ERROR_CODES, type ErrorCode } from '../../src/errors/codes.ts';
import { RouterError } from '../../src/errors/router-error.ts';
import type { JsonObject, JsonValue } from '../../src/lib/json.ts';
import { readSseFrames } from '../../src/lib/sse.ts';
import { clientDialects } from '../../src/protocols/registry.ts';

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

/** Every string in every JSON object of a stream, of lines or of events. */
function stringsOf(stream: string, contentType: string): string[] {
  const texts = contentType.includes('event-stream')
    ? readSseFrames(stream).map(({ data }) => data)
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
  const codes = Object.keys(ERROR_CODES) as ErrorCode[];

  test.each(codes)('says %s in its own shape, without what is for the log', (code) => {
    const error = new RouterError(code, { detail: 'secret', cause: new Error('secret'), hints: { near: ['x'] } });
    const body = JSON.stringify(dialect.encodeError(error, 'req-1'));
    expect(body).toContain(JSON.stringify(error.publicMessage));
    expect(body).toContain(`"${code}"`);
    expect(body).toContain('"req-1"');
    expect(body).toContain('"near":["x"]');
    expect(body).not.toContain('secret');
    expect((dialect.encodeError(error, 'req-1') as { detail: unknown }).detail).toBe(error.publicMessage);
    expect(dialect.errorStatus(error)).toBeGreaterThanOrEqual(400);
    expect(dialect.errorStatus(error)).toBeLessThan(600);
  });

  test('hints do not replace what every error has', () => {
    const hints = { message: 'fake', code: 'fake', detail: 'fake', type: 'fake', request_id: 'fake', error: 'fake' };
    const fields = JSON.stringify(dialect.encodeError(new RouterError('model.unknown', { hints }), 'req-1'));
    expect(fields).toContain('"model.unknown"');
    expect(fields).not.toContain('"code":"fake"');
    expect(fields).not.toContain('"request_id":"fake"');
  });

  test('an answer names the model as registered and holds the words and the figures', () => {
    const facts = { ...FACTS, costUsd: 0.125, raw: { from: 'vendor' } };
    const body = JSON.stringify(dialect.encodeResponse(RESPONSE, facts));
    expect(body).toContain(JSON.stringify(WORDS));
    for (const part of [
      '"model":"big"',
      '"provider":"acme"',
      '"prompt_tokens":11',
      '"completion_tokens":22',
      '0.125',
      'req-1',
    ]) {
      expect(body).toContain(part);
    }
    expect(body).not.toContain('vendor-model');
  });

  test.each([true, false])(
    'a stream holds the words, the calls and the figures (event stream: %s)',
    (preferEventStream) => {
      const encoder = dialect.createStreamEncoder({ ...FACTS, preferEventStream });
      const stream = EVENTS.map((event) => encoder.push(event)).join('');
      const strings = stringsOf(stream, encoder.contentType);
      for (const part of [
        WORDS,
        'thinking',
        'call-a',
        'weather',
        'call-b',
        'time',
        '{"a":1}',
        '{"b":',
        '2}',
        'tool_calls',
      ]) {
        expect(strings).toContain(part);
      }
      expect(strings.indexOf('thinking')).toBeLessThan(strings.indexOf(WORDS));
      for (const part of ['"prompt_tokens":11', '"completion_tokens":22', '0.125']) expect(stream).toContain(part);
      expect(stream).not.toContain('vendor-model');
    },
  );

  test.each([true, false])('a stream that breaks ends with one error (event stream: %s)', (preferEventStream) => {
    const encoder = dialect.createStreamEncoder({ ...FACTS, preferEventStream });
    const before = EVENTS.slice(0, 6)
      .map((event) => encoder.push(event))
      .join('');
    const last = encoder.fail(new RouterError('upstream.truncated', { detail: 'secret' }));
    expect(stringsOf(last, encoder.contentType)).toContain('upstream.truncated');
    expect(stringsOf(before + last, encoder.contentType)).toContain(WORDS);
    expect(last).not.toContain('secret');
    expect(last).not.toContain('[DONE]');
    expect(last.endsWith('\n')).toBe(true);
  });

  test('what is no request is refused as such, and what is accepted can be decoded', () => {
    const member = fc.constantFrom(
      'model',
      'messages',
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
        expect(request.messages.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });
});
