import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatResponse } from '../../../src/canonical/chat.ts';
import type { ContentPart } from '../../../src/canonical/content.ts';
import { LossLedger } from '../../../src/canonical/loss.ts';
import { ERROR_CODES, type ErrorCode } from '../../../src/errors/codes.ts';
import { RouterError } from '../../../src/errors/router-error.ts';
import type { JsonObject, JsonValue } from '../../../src/lib/json.ts';
import { byteOffsetOf, indexOfByte } from '../../../src/protocols/gemini-generate/byte-offsets.ts';
import {
  geminiGenerateDialect,
  geminiGenerateUpstream,
} from '../../../src/protocols/gemini-generate/gemini-generate.ts';
import type { AnswerFacts } from '../../../src/protocols/protocol.ts';
import { openSeal } from '../../../src/protocols/seal.ts';

const { decodeResponse, summarizeResponse, decodeError } = geminiGenerateUpstream;

const factsWith = (ledger: LossLedger): AnswerFacts => ({
  requestId: 'req-1',
  createdAt: 7,
  provider: 'acme',
  model: 'big',
  body: {},
  origin: 'anthropic-messages:acme',
  ledger,
  costUsd: 0.5,
  raw: { from: 'vendor' },
});

function encodeAnswer(response: ChatResponse) {
  const ledger = new LossLedger();
  return { body: geminiGenerateDialect.encodeResponse(response, factsWith(ledger)), losses: ledger.entries };
}

const USAGE = { inputTokens: 5, cacheReadTokens: 2, cacheWriteTokens: 1, outputTokens: 9, reasoningTokens: 4 };

const answer = (...content: ContentPart[]): ChatResponse => ({
  id: 'vendor-id',
  model: 'vendor-model',
  choices: [{ content, finishReason: 'stop' }],
  usage: USAGE,
});

describe('whole answers', () => {
  test("in the vendor's order and completeness", () => {
    const { body, losses } = encodeAnswer({
      ...answer(
        { type: 'reasoning', text: 'hm', signature: 'SIG' },
        { type: 'text', text: 'Grüße 🦜', citations: [{ url: 'https://a', title: 'A', start: 6, end: 8 }] },
        { type: 'tool-call', id: 'c', name: 'f', arguments: '{"a":1}', signature: 'CALL' },
      ),
    });
    expect(body).toEqual({
      candidates: [
        {
          content: {
            parts: [
              { text: 'hm', thought: true, thoughtSignature: expect.any(String) },
              { text: 'Grüße 🦜' },
              { functionCall: { id: 'c', name: 'f', args: { a: 1 } }, thoughtSignature: expect.any(String) },
            ],
            role: 'model',
          },
          finishReason: 'STOP',
          index: 0,
          groundingMetadata: {
            groundingChunks: [{ web: { uri: 'https://a', title: 'A' } }],
            groundingSupports: [{ segment: { startIndex: 8, endIndex: 12, text: '🦜' }, groundingChunkIndices: [0] }],
          },
        },
      ],
      usageMetadata: {
        promptTokenCount: 8,
        cachedContentTokenCount: 2,
        candidatesTokenCount: 5,
        thoughtsTokenCount: 4,
        totalTokenCount: 17,
      },
      modelVersion: 'big',
      responseId: 'req-1',
    });
    expect(losses).toEqual([]);
  });

  test('seals are bytes, and tell who made them', () => {
    const { body } = encodeAnswer(
      answer({ type: 'reasoning', text: '', redacted: 'RED' }, { type: 'reasoning', text: 'x', signature: 'SIG' }),
    );
    const seals = [...JSON.stringify(body).matchAll(/"thoughtSignature":"([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(seals.map((seal) => Buffer.from(seal, 'base64').toString('base64'))).toEqual(seals);
    expect(openSeal(Buffer.from(seals[1] ?? '', 'base64').toString())).toEqual({
      signature: 'SIG',
      origin: 'anthropic-messages:acme',
    });
    const parts = seals.map((thoughtSignature) => ({ text: 'x', thought: true, thoughtSignature }));
    const { messages } = geminiGenerateDialect.decodeRequest({ contents: [{ role: 'model', parts }] });
    expect(messages[0]?.content).toEqual([
      { type: 'reasoning', text: 'x', redacted: 'RED', origin: 'anthropic-messages:acme' },
      { type: 'reasoning', text: 'x', signature: 'SIG', origin: 'anthropic-messages:acme' },
    ]);
  });

  test('what a client is sent, it can send back: the same words, calls and figures', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    const object = fc.dictionary(text, fc.jsonValue({ maxDepth: 2 })).map((value) => JSON.stringify(value));
    const part = fc.oneof(
      fc.record({ type: fc.constant('text' as const), text }),
      fc.record({ type: fc.constant('tool-call' as const), id: text, name: text, arguments: object }),
      fc.record({
        type: fc.constant('media' as const),
        modality: fc.constant('image' as const),
        source: fc.constant({ kind: 'inline', mediaType: 'image/png', base64: 'AA==' } as const),
      }),
      fc.record({ type: fc.constant('reasoning' as const), text }),
    );
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), (content) => {
        const decoded = decodeResponse(encodeAnswer(answer(...content)).body);
        const args = (parts: readonly ContentPart[]) => {
          return parts.map((one) =>
            one.type === 'tool-call' ? { ...one, arguments: JSON.parse(one.arguments) as unknown } : one,
          );
        };
        expect(args(decoded.choices[0].content)).toEqual(args(content));
        expect(decoded.usage).toEqual({ ...USAGE, inputTokens: 6, cacheWriteTokens: 0 });
      }),
    );
  });

  test('citations come back with the part that they belong to', () => {
    const citations = [{ url: 'https://a', start: 1, end: 3 }];
    const content: ContentPart[] = [
      { type: 'text', text: 'ä🦜' },
      { type: 'text', text: 'ö🐢!', citations },
    ];
    expect(decodeResponse(encodeAnswer(answer(...content)).body).choices[0].content).toEqual(content);
  });

  test('sources of every kind, and quotations', () => {
    const { content } = decodeResponse({
      candidates: [
        {
          content: { parts: [{ text: 'words' }] },
          finishReason: 'STOP',
          groundingMetadata: {
            groundingChunks: [{ retrievedContext: { uri: 'u', title: 'T', text: 'source' } }, { maps: { uri: 'm' } }],
          },
          citationMetadata: {
            citations: [
              { startIndex: 1, endIndex: 3, uri: 'q' },
              { endIndex: 99, title: 'far' },
            ],
          },
        },
      ],
    }).choices[0];
    expect(content).toEqual([
      {
        type: 'text',
        text: 'words',
        citations: [
          { url: 'u', title: 'T', citedText: 'source' },
          { url: 'm' },
          { url: 'q', start: 1, end: 3 },
          { title: 'far' },
        ],
      },
    ]);
  });

  test.each([
    {},
    { candidates: null },
    { candidates: [] },
    { candidates: [{}] },
    { candidates: [{ content: {} }] },
    { candidates: [{ index: -1, finishReason: 'STOP' }] },
    { candidates: [], promptFeedback: { blockReason: 'BLOCK_REASON_UNSPECIFIED' } },
    { error: { code: 500, message: 'boom' } },
    { error: { message: 'boom' }, candidates: [{ finishReason: 'STOP' }] },
  ] as JsonObject[])('%j is no answer', (body) => {
    for (const read of [() => decodeResponse(body), () => summarizeResponse(Buffer.from(JSON.stringify(body)))]) {
      expect(read).toThrow(expect.objectContaining({ code: 'upstream.bad_response' }));
    }
  });

  test('a summary says the same as the answer', () => {
    const body = {
      candidates: [{ content: { parts: [{ functionCall: { name: 'f' } }] }, finishReason: 'STOP' }],
      usageMetadata: { promptTokenCount: 3 },
    };
    expect(summarizeResponse(Buffer.from(JSON.stringify(body)))).toMatchObject({
      finishReason: 'tool-calls',
      usage: { inputTokens: 3 },
    });
    const blocked = Buffer.from('{"promptFeedback":{"blockReason":"SAFETY"}}');
    expect(summarizeResponse(blocked).finishReason).toBe('content-filter');
  });

  test.each([
    [{}, undefined],
    [{ promptTokenCount: -1 }, undefined],
    [
      { promptTokenCount: 3, cachedContentTokenCount: 9 },
      { inputTokens: 0, cacheReadTokens: 3 },
    ],
    [
      { candidatesTokenCount: 2, thoughtsTokenCount: 5 },
      { inputTokens: 0, outputTokens: 7, reasoningTokens: 5 },
    ],
  ])('usage %j', (usageMetadata, usage) => {
    const decoded = decodeResponse({ candidates: [{ finishReason: 'STOP' }], usageMetadata }).usage;
    if (usage === undefined) expect(decoded).toBeUndefined();
    else expect(decoded).toMatchObject(usage);
  });

  test('whatever a provider sends, it is understood or refused, never a surprise', () => {
    const name = fc.constantFrom(
      ...[
        'candidates',
        'content',
        'parts',
        'text',
        'thought',
        'functionCall',
        'args',
        'name',
        'index',
        'finishReason',
        'finish_reason',
      ],
      ...[
        'promptFeedback',
        'blockReason',
        'usageMetadata',
        'promptTokenCount',
        'groundingMetadata',
        'groundingChunks',
        'groundingSupports',
      ],
      ...[
        'segment',
        'startIndex',
        'endIndex',
        'groundingChunkIndices',
        'citationMetadata',
        'citations',
        'logprobsResult',
        'chosenCandidates',
      ],
    );
    const tree = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 6, withCrossShrink: true },
        fc.constantFrom<JsonValue>('', 'STOP', 0, 1, -1, 1e9, true, null),
        tie('object'),
        fc.array(tie('object'), { maxLength: 2 }),
      ),
      object: fc.dictionary(name, tie('value'), { maxKeys: 5 }) as fc.Arbitrary<JsonObject>,
    })).object;
    const codeOf = (run: () => unknown): string | undefined => {
      try {
        run();
        return undefined;
      } catch (thrown) {
        return thrown instanceof RouterError ? thrown.code : String(thrown);
      }
    };
    fc.assert(
      fc.property(tree, fc.array(tree, { maxLength: 4 }), (body, chunks) => {
        const decoder = geminiGenerateUpstream.createStreamDecoder();
        const tap = geminiGenerateUpstream.createStreamTap({ hideUsage: true });
        const decoded = codeOf(() => chunks.map((chunk) => decoder.push({ data: JSON.stringify(chunk) })));
        const tapped = codeOf(() => chunks.map((chunk) => tap.push(Buffer.from(`data: ${JSON.stringify(chunk)}\n\n`))));
        if (tapped !== undefined) expect(decoded).toBe(tapped);
        for (const code of [codeOf(() => decodeResponse(body)), decoded]) {
          expect([undefined, 'upstream.bad_response']).toContain(code);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

test('bytes and code units', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, at) => {
      const points = [...text].slice(0, at).join('').length;
      expect(indexOfByte(text, byteOffsetOf(text, points))).toBe(points);
    }),
  );
  expect(indexOfByte('ä', 1)).toBe(0);
  expect(indexOfByte('ä', 3)).toBeUndefined();
});

describe('errors of a provider', () => {
  const error = (code: number, message: string, status: string, details?: JsonValue) => {
    return JSON.stringify({ error: { code, message, status, ...(details === undefined ? {} : { details }) } });
  };
  const SEAL = 'Function call is missing a thought_signature in functionCall parts.';

  test.each([
    [400, error(400, 'bad', 'INVALID_ARGUMENT'), 'upstream.rejected'],
    [400, error(400, SEAL, 'INVALID_ARGUMENT'), 'upstream.bad_signature'],
    [400, error(400, 'Thought signature is not valid.', 'INVALID_ARGUMENT'), 'upstream.bad_signature'],
    [400, error(400, 'Corrupted thought signature.', 'INVALID_ARGUMENT'), 'upstream.bad_signature'],
    [400, `[${error(400, SEAL, 'INVALID_ARGUMENT')}]`, 'upstream.bad_signature'],
    [400, error(400, 'API key not valid. Please pass a valid API key.', 'INVALID_ARGUMENT'), 'upstream.auth'],
    [400, error(400, 'x', 'INVALID_ARGUMENT', [{ '@type': 'x', reason: 'API_KEY_INVALID' }]), 'upstream.auth'],
    [400, error(400, 'User location is not supported for the API use.', 'FAILED_PRECONDITION'), 'upstream.auth'],
    [403, error(403, 'denied', 'PERMISSION_DENIED'), 'upstream.auth'],
    [404, error(404, 'models/x is not found', 'NOT_FOUND'), 'upstream.not_found'],
    [429, error(429, 'quota', 'RESOURCE_EXHAUSTED'), 'upstream.rate_limited'],
    [500, error(500, 'oops', 'INTERNAL'), 'upstream.failed'],
    [503, error(503, 'The model is overloaded.', 'UNAVAILABLE'), 'upstream.overloaded'],
    [504, error(504, 'late', 'DEADLINE_EXCEEDED'), 'upstream.timeout'],
    [500, '<html>', 'upstream.failed'],
    [400, 'null', 'upstream.rejected'],
  ])('%d %s is %s', (status, body, code) => {
    expect(decodeError(status, body, {})).toMatchObject({ code, upstreamStatus: status });
  });

  test("a rejection is told in the vendor's own words", () => {
    expect(decodeError(400, error(400, 'max 5 stop sequences', 'INVALID_ARGUMENT'), {}).publicMessage).toBe(
      'max 5 stop sequences',
    );
  });

  test('the wait is in the header or in the body', () => {
    const details = [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '36.4s' }];
    const body = error(429, 'quota', 'RESOURCE_EXHAUSTED', details);
    expect(decodeError(429, body, {}).retryAfterMs).toBe(36_400);
    expect(decodeError(429, body, { 'retry-after': '2' }).retryAfterMs).toBe(2000);
    expect(
      decodeError(429, error(429, 'quota', 'x', [{ ...details[0], retryDelay: 'soon' }]), {}).retryAfterMs,
    ).toBeUndefined();
  });
});

describe('errors for a client', () => {
  test.each(Object.keys(ERROR_CODES) as ErrorCode[])('%s', (code) => {
    const error = new RouterError(code, {
      detail: 'secret',
      param: 'contents',
      retryAfterMs: 1500,
      hints: { near: ['x'], code: 'fake' },
    });
    const body = geminiGenerateDialect.encodeError(error, 'req-1') as { error: JsonObject };
    expect(body).toEqual({
      error: {
        near: ['x'],
        code: error.status,
        message: error.publicMessage,
        status: expect.stringMatching(/^[A-Z_]+$/),
        details: [
          {
            '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
            reason: code,
            domain: 'llm-router',
            metadata: { requestId: 'req-1' },
          },
          { '@type': 'type.googleapis.com/google.rpc.RequestInfo', requestId: 'req-1' },
          expect.objectContaining({ fieldViolations: [{ field: 'contents', description: error.publicMessage }] }),
          expect.objectContaining({ retryDelay: '1.5s' }),
        ],
        request_id: 'req-1',
      },
    });
    expect(geminiGenerateDialect.errorStatus(error)).toBe(error.status);
    expect(decodeError(error.status, JSON.stringify(body), {}).retryAfterMs).toBe(1500);
  });
});
