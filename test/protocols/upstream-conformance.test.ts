import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHAT_PROTOCOLS } from '../../src/canonical/protocol-id.ts';
import { RouterError } from '../../src/errors/router-error.ts';
import type { JsonObject, JsonValue } from '../../src/lib/json.ts';
import { upstreamProtocols } from '../../src/protocols/registry.ts';
import { encodeOptions } from '../support/facts.ts';

test('every protocol has its upstream half, under its own name', () => {
  expect(Object.entries(upstreamProtocols).map(([id, protocol]) => [id, protocol.id])).toEqual(
    CHAT_PROTOCOLS.map((id) => [id, id]),
  );
});

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (thrown) {
    return thrown instanceof RouterError ? thrown.code : 'not a RouterError';
  }
}

/** Objects of names that some vendor uses, at every level, with values of any kind. */
const answer = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom<JsonValue>('', 'x', 'error', 'stop', 'function', 0, 1, -1, 1e9, true, null),
    fc.constantFrom<JsonValue>('message_start', 'content_block_start', 'content_block_delta', 'text_delta', 'tool_use'),
    fc.constantFrom<JsonValue>(
      'response.output_item.added',
      'response.output_text.delta',
      'response.completed',
      'STOP',
    ),
    fc.constantFrom<JsonValue>('message-start', 'content-delta', 'tool-call-start', 'message-end', 'COMPLETE'),
    tie('object'),
    fc.array(tie('object'), { maxLength: 2 }),
  ),
  object: fc.dictionary(
    fc.constantFrom(
      ...[
        'choices',
        'index',
        'message',
        'delta',
        'content',
        'tool_calls',
        'function',
        'name',
        'arguments',
        'id',
        'type',
      ],
      ...[
        'finish_reason',
        'usage',
        'prompt_tokens',
        'text',
        'reasoning',
        'refusal',
        'function_call',
        'x_groq',
        'model',
      ],
      ...['role', 'stop_reason', 'input_tokens', 'thinking', 'signature', 'event', 'content_block', 'error', 'status'],
      ...['output', 'item', 'item_id', 'output_index', 'response', 'sequence_number', 'summary', 'part', 'annotations'],
      ...['candidates', 'parts', 'functionCall', 'args', 'usageMetadata', 'promptFeedback', 'finishReason', 'thought'],
      ...['done', 'done_reason', 'eval_count', 'images', 'tool_plan', 'citations', 'billed_units', 'data'],
    ),
    tie('value'),
    { maxKeys: 6 },
  ) as fc.Arbitrary<JsonObject>,
})).object;

describe.each(Object.values(upstreamProtocols))('$id', (protocol) => {
  const nonsense: readonly JsonObject[] = [
    {},
    { choices: null },
    { choices: [] },
    { choices: {} },
    { choices: 'x' },
    { choices: [null] },
    { choices: [{}] },
    { choices: [{ message: null }] },
    { choices: [{ message: 'x' }] },
    { choices: [{ index: 1e9, message: { content: 'x' } }] },
    { choices: [{ message: { content: 'x' } }, {}] },
    { choices: [{ message: { content: 'x' }, finish_reason: 'error' }] },
    { error: { message: 'boom' } },
    { error: 'boom' },
    { error: { message: 'boom' }, choices: [{ message: { content: 'x' } }] },
    { object: 'error', message: 'boom' },
    { detail: 'boom' },
  ];

  test.each(nonsense)('%j is no answer, to be decoded or passed through', (body) => {
    expect(codeOf(() => protocol.decodeResponse(body))).toBe('upstream.bad_response');
    expect(codeOf(() => protocol.summarizeResponse(Buffer.from(JSON.stringify(body))))).toBe('upstream.bad_response');
  });

  test.each([
    [400, 'upstream.rejected'],
    [401, 'upstream.auth'],
    [404, 'upstream.not_found'],
    [413, 'upstream.too_large'],
    [429, 'upstream.rate_limited'],
    [500, 'upstream.failed'],
    [503, 'upstream.overloaded'],
    [302, 'upstream.redirected'],
  ])('whatever the body, status %d is %s', (status, code) => {
    for (const body of [
      '',
      '{}',
      '[]',
      'null',
      '"x"',
      '<html>',
      '{"error":',
      '{"error":{"message":7}}',
      '\u0000\uFFFD',
    ]) {
      expect(protocol.decodeError(status, body, {}).code).toBe(code);
      expect(protocol.decodeError(status, body, {}).upstreamStatus).toBe(status);
    }
  });

  test('a wait is read from the headers, dates against the given time', () => {
    expect(protocol.decodeError(429, '', { 'retry-after': '2' }).retryAfterMs).toBe(2000);
    const date = { 'retry-after': 'Fri, 20 Nov 2026 12:00:30 GMT' };
    expect(protocol.decodeError(429, '', date, Date.UTC(2026, 10, 20, 12)).retryAfterMs).toBe(30_000);
    expect(protocol.decodeError(429, '', {}).retryAfterMs).toBeUndefined();
  });

  test('the model that is asked for is the one given', () => {
    const messages = [{ role: 'user', content: [{ type: 'text', text: 'hi' }] }] as const;
    const extras = { [protocol.id]: { model: 'other', messages: [] } };
    const encoded = protocol.encodeRequest({ messages, stream: false, extras }, encodeOptions({ model: 'mine' })).body;
    if (protocol.isModelInPath !== true) expect(JSON.stringify(encoded)).toContain('"mine"');
    expect(JSON.stringify(encoded)).not.toContain('other');
    expect(JSON.stringify(encoded)).toContain('hi');
  });

  test('whatever a provider sends, it is understood or refused, never a surprise', () => {
    fc.assert(
      fc.property(answer, fc.array(answer, { maxLength: 6 }), (body, chunks) => {
        const { decodeResponse, createStreamDecoder, createStreamTap } = protocol;
        const decoder = createStreamDecoder();
        const tap = createStreamTap({ hideUsage: true });
        const frames = chunks.map((chunk) => JSON.stringify(chunk));
        const decoded = codeOf(() => [...frames, '[DONE]'].map((data) => decoder.push({ data })));
        const frameOf = (data: string): Buffer =>
          Buffer.from(protocol.framing === 'sse' ? `data: ${data}\n\n` : `${data}\n`);
        const tapped = codeOf(() => [...frames, '[DONE]'].map((data) => tap.push(frameOf(data))));
        if (tapped !== undefined) expect(decoded).toBeDefined();
        for (const code of [codeOf(() => decodeResponse(body)), decoded, tapped]) {
          expect([undefined, 'upstream.bad_response', 'upstream.failed']).toContain(code);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a stream without anything is no answer, for the decoder and the tap', () => {
    const codes = ['upstream.truncated', 'upstream.bad_response'];
    expect(codes).toContain(codeOf(() => protocol.createStreamDecoder().end()));
    expect(codes).toContain(codeOf(() => protocol.createStreamTap({ hideUsage: true }).end()));
  });
});
