import { describe, expect, test } from 'vitest';
import type { ChatStreamEvent } from '../../../src/canonical/chat.ts';
import { LossLedger } from '../../../src/canonical/loss.ts';
import { RouterError } from '../../../src/errors/router-error.ts';
import type { JsonValue } from '../../../src/lib/json.ts';
import {
  geminiGenerateDialect,
  geminiGenerateUpstream,
} from '../../../src/protocols/gemini-generate/gemini-generate.ts';
import type { StreamFacts } from '../../../src/protocols/protocol.ts';
import { decodeStream, encodeEvents, summarize, tapStream } from '../run-stream.ts';

const WORDS = 'Grüße 模型 🦜 \u2028 "finishReason" {"error"}';
const USAGE_START = { promptTokenCount: 12, totalTokenCount: 12, cachedContentTokenCount: 4 };
const USAGE_END = {
  promptTokenCount: 12,
  cachedContentTokenCount: 4,
  candidatesTokenCount: 5,
  thoughtsTokenCount: 7,
  toolUsePromptTokenCount: 3,
  totalTokenCount: 27,
};
const USAGE = { inputTokens: 11, cacheReadTokens: 4, cacheWriteTokens: 0, outputTokens: 12, reasoningTokens: 7 };

const HEAD = { modelVersion: 'gemini-x', responseId: 'r-1' };
const chunk = (parts: readonly JsonValue[], more: object = {}, rest: object = {}): object => ({
  candidates: [{ content: { parts, role: 'model' }, index: 0, ...more }],
  usageMetadata: USAGE_START,
  ...HEAD,
  ...rest,
});

const TALK = [
  chunk([{ text: 'Hm', thought: true }]),
  chunk([{ text: ', well.', thought: true, thoughtSignature: 'c2VhbA==' }]),
  chunk([{ text: WORDS.slice(0, 8) }]),
  chunk([{ text: WORDS.slice(8) }]),
  chunk([
    { functionCall: { name: 'weather', args: { city: 'Köln', days: [1, 2] } }, thoughtSignature: 'c2lnbg==' },
    { functionCall: { id: 'own', name: 'time' } },
  ]),
  chunk([{ text: '', thoughtSignature: 'ZW5k' }], { finishReason: 'STOP' }, { usageMetadata: USAGE_END }),
];

const TWO_CHOICES = [
  {
    candidates: [
      { index: 0, content: { parts: [{ text: 'a' }] } },
      { index: 1, content: { parts: [{ text: 'b' }] } },
    ],
  },
  { candidates: [{ index: 1, content: { parts: [{ text: 'B' }] }, finishReason: 'MAX_TOKENS' }] },
  { candidates: [{ index: 0, finishReason: 'STOP' }] },
];

type Framing = (chunks: readonly object[]) => string;
const LF: Framing = (chunks) => chunks.map((value) => `data: ${JSON.stringify(value)}\n\n`).join('');

const FRAMINGS: Readonly<Record<string, Framing>> = {
  LF,
  CRLF: (chunks) => LF(chunks).replaceAll('\n', '\r\n'),
  CR: (chunks) => LF(chunks).replaceAll('\n', '\r'),
  'comments and many lines': (chunks) =>
    chunks
      .map((value) => JSON.stringify(value, null, 1).split('\n'))
      .map((lines) => `: ping\n\nid: 7\n${lines.map((line) => `data: ${line}\n`).join('')}\ndata:\n\n`)
      .join(''),
};

const decode = (chunks: readonly Buffer[]) => decodeStream(chunks, geminiGenerateUpstream.createStreamDecoder());
const decodeText = (text: string) => decode([Buffer.from(text)]);

/** Ids that the decoder invents differ in every answer. */
const fixed = (events: readonly ChatStreamEvent[]): ChatStreamEvent[] => {
  return events.map((event) => (event.type === 'tool-call-start' ? { ...event, id: event.id.slice(0, 5) } : event));
};

const facts = (preferEventStream: boolean): StreamFacts => ({
  requestId: 'req-1',
  createdAt: 7,
  provider: 'acme',
  model: 'big',
  body: {},
  origin: 'anthropic-messages:acme',
  ledger: new LossLedger(),
  preferEventStream,
  includeUsage: true,
  estimatedInputTokens: 3,
  costOf: () => undefined,
});

describe('decoding', () => {
  test('thoughts, words, calls, seals and figures', () => {
    const { events, error } = decodeText(LF(TALK));
    expect(error).toBeUndefined();
    expect(summarize(events).choices).toMatchObject([
      {
        reasoning: 'Hm, well.',
        text: WORDS,
        toolCalls: [
          {
            id: expect.stringMatching(/^call_[0-9A-Z]{26}$/),
            name: 'weather',
            arguments: '{"city":"Köln","days":[1,2]}',
          },
          { id: 'own', name: 'time', arguments: '{}' },
        ],
        finishReason: 'tool-calls',
      },
    ]);
    expect(events[0]).toEqual({
      type: 'response-start',
      id: 'r-1',
      model: 'gemini-x',
      usage: { inputTokens: 8, cacheReadTokens: 4, cacheWriteTokens: 0, outputTokens: 0, reasoningTokens: 0 },
    });
    expect(events).toContainEqual({ type: 'reasoning-end', block: 0, signature: 'c2VhbA==' });
    expect(events.find(({ type }) => type === 'tool-call-start')).toMatchObject({ signature: 'c2lnbg==' });
    expect(events.at(-1)).toEqual({ type: 'response-end', usage: USAGE });
  });

  test.each(Object.entries(FRAMINGS))('the same events wherever the bytes are cut: %s', (_, framing) => {
    for (const chunks of [TALK, TWO_CHOICES]) {
      const bytes = Buffer.from(framing(chunks));
      const expected = fixed(decodeText(LF(chunks)).events);
      for (let at = 0; at <= bytes.length; at += 1) {
        const { events, error } = decode([bytes.subarray(0, at), bytes.subarray(at)]);
        expect(error).toBeUndefined();
        expect(fixed(events)).toEqual(expected);
      }
      expect(fixed(decode([...bytes].map((byte) => Buffer.from([byte]))).events)).toEqual(expected);
    }
  });

  test('several candidates', () => {
    expect(summarize(decodeText(LF(TWO_CHOICES)).events).choices).toMatchObject([
      { text: 'a', finishReason: 'stop' },
      { text: 'bB', finishReason: 'length' },
    ]);
  });

  test.each([
    ['MAX_TOKENS', 'length'],
    ['SAFETY', 'content-filter'],
    ['RECITATION', 'content-filter'],
    ['BLOCKLIST', 'content-filter'],
    ['PROHIBITED_CONTENT', 'content-filter'],
    ['SPII', 'content-filter'],
    ['IMAGE_SAFETY', 'content-filter'],
    ['CONTINUATION', 'length'],
    ['MALFORMED_FUNCTION_CALL', 'other'],
    ['LANGUAGE', 'other'],
    ['NEW_WORD', 'other'],
  ])('%s is %s', (word, finishReason) => {
    const { events } = decodeText(LF([{ candidates: [{ finishReason: word }] }]));
    expect(events.at(-2)).toEqual({ type: 'choice-end', choice: 0, finishReason });
    const whole = geminiGenerateUpstream.decodeResponse({ candidates: [{ finishReason: word }] });
    expect(whole.choices[0].finishReason).toBe(finishReason);
  });

  test('a prompt that is refused is an answer that was filtered', () => {
    const refused = { promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, usageMetadata: USAGE_START, ...HEAD };
    const { events, error } = decodeText(LF([refused]));
    expect(error).toBeUndefined();
    expect(events.at(-2)).toEqual({ type: 'choice-end', choice: 0, finishReason: 'content-filter' });
    expect(geminiGenerateUpstream.decodeResponse(refused)).toMatchObject({
      choices: [{ content: [], finishReason: 'content-filter' }],
      usage: { inputTokens: 8 },
    });
  });

  test('pictures, and no drafts of pictures', () => {
    const picture = { inlineData: { mimeType: 'image/png', data: 'AAAA' } };
    const { events } = decodeText(
      LF([chunk([{ ...picture, thought: true }, { text: 'see' }, picture], { finishReason: 'STOP' })]),
    );
    expect(events.filter(({ type }) => type === 'media')).toEqual([
      {
        type: 'media',
        block: 1,
        choice: 0,
        modality: 'image',
        source: { kind: 'inline', mediaType: 'image/png', base64: 'AAAA' },
      },
    ]);
  });

  test('sources, whose ranges count bytes', () => {
    const groundingMetadata = {
      groundingChunks: [{ web: { uri: 'https://a', title: 'A' } }],
      groundingSupports: [{ segment: { startIndex: 7, endIndex: 11, text: '🦜' }, groundingChunkIndices: [0, 9] }],
    };
    const { events } = decodeText(
      LF([chunk([{ text: 'Grüß' }]), chunk([{ text: ' 🦜!' }], { finishReason: 'STOP', groundingMetadata })]),
    );
    expect(events.find(({ type }) => type === 'citation')).toEqual({
      type: 'citation',
      block: 0,
      citation: { url: 'https://a', title: 'A', start: 5, end: 7 },
    });
  });

  test('probabilities of tokens', () => {
    const logprobsResult = {
      chosenCandidates: [{ token: 'a', logProbability: -0.5, tokenId: 7 }],
      topCandidates: [{ candidates: [{ token: 'b', logProbability: -1 }] }],
    };
    const { events } = decodeText(LF([chunk([{ text: 'a' }], { finishReason: 'STOP', logprobsResult })]));
    expect(events).toContainEqual({
      type: 'text-delta',
      block: 0,
      text: 'a',
      logprobs: [{ token: 'a', logprob: -0.5, top: [{ token: 'b', logprob: -1 }] }],
    });
  });
});

const ERROR = { error: { code: 503, message: 'busy', status: 'UNAVAILABLE' } };

describe('what breaks', () => {
  const cases: readonly (readonly [name: string, stream: string, code: string])[] = [
    ['nothing', '', 'upstream.truncated'],
    ['no finish reason', LF(TALK.slice(0, 4)), 'upstream.truncated'],
    ['one of two candidates unfinished', LF(TWO_CHOICES.slice(0, 2)), 'upstream.truncated'],
    ['no JSON', `${LF(TALK.slice(0, 3))}data: <html>\n\n`, 'upstream.bad_response'],
    ['an array', 'data: [1]\n\n', 'upstream.bad_response'],
    ['a candidate without sense', LF([{ candidates: [{ index: 1e9 }] }]), 'upstream.bad_response'],
    ['an error first', LF([ERROR]), 'upstream.overloaded'],
    ['an error midway', LF([...TALK.slice(0, 4), ERROR]), 'upstream.overloaded'],
    ['an error after the finish reason', LF([...TALK, ERROR]), 'upstream.overloaded'],
    ['an error without a status', LF([{ error: 'boom' }]), 'upstream.failed'],
    ['an error event', 'event: error\ndata: x\n\n', 'upstream.failed'],
    ['an exhausted quota', LF([{ error: { code: 429, message: 'x' } }]), 'upstream.rate_limited'],
  ];

  test.each(cases)('%s', (_, stream, code) => {
    expect(decodeText(stream).error).toBe(code);
    expect(tapStream([Buffer.from(stream)], geminiGenerateUpstream.createStreamTap({ hideUsage: true })).error).toBe(
      code,
    );
  });
});

describe('passing through', () => {
  test.each(Object.entries(FRAMINGS))('untouched wherever it is cut: %s', (_, framing) => {
    const bytes = Buffer.from(framing(TALK));
    for (let at = 0; at <= bytes.length; at += 7) {
      const tap = geminiGenerateUpstream.createStreamTap({ hideUsage: true });
      const { output, error } = tapStream([bytes.subarray(0, at), bytes.subarray(at)], tap);
      expect({ output, error }).toEqual({ output: bytes.toString(), error: undefined });
      expect(tap).toMatchObject({ usage: USAGE, finishReason: 'tool-calls', sawContent: true, isComplete: true });
    }
  });

  test('only the good frames before a bad one', () => {
    const good = LF(TALK.slice(0, 3));
    const tap = geminiGenerateUpstream.createStreamTap({ hideUsage: true });
    const { output } = tapStream([Buffer.from(good + LF([ERROR]) + LF(TALK.slice(3)))], tap);
    expect(output).toBe(good);
  });

  test.each([{ parts: [] }, { parts: [{ text: '' }] }, { parts: [{ text: '', thoughtSignature: 'AA==' }] }])(
    '%j is no content',
    ({ parts }) => {
      const tap = geminiGenerateUpstream.createStreamTap({ hideUsage: true });
      tap.push(Buffer.from(LF([chunk(parts)])));
      expect(tap.sawContent).toBe(false);
    },
  );

  test('usage is that of the last frame, whoever asks and when', () => {
    const tap = geminiGenerateUpstream.createStreamTap({ hideUsage: true });
    tap.push(Buffer.from(LF(TALK.slice(0, 3))));
    tap.push(Buffer.from(LF([chunk([{ text: 'x' }], {}, { usageMetadata: { promptTokenCount: 9 } })])));
    expect(tap.usage?.inputTokens).toBe(9);
    expect(tap.usage?.inputTokens).toBe(9);
  });
});

const EVENTS: readonly ChatStreamEvent[] = [
  { type: 'response-start', id: 'vendor-id', model: 'vendor-model' },
  { type: 'reasoning-start', block: 0, choice: 0 },
  { type: 'reasoning-delta', block: 0, text: 'thinking' },
  { type: 'reasoning-end', block: 0, signature: 'SIG' },
  { type: 'text-start', block: 1, choice: 0 },
  { type: 'text-delta', block: 1, text: WORDS },
  { type: 'citation', block: 1, citation: { url: 'https://a', title: 'A', start: 6, end: 8 } },
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

const encodeAll = (preferEventStream: boolean) =>
  encodeEvents(EVENTS, geminiGenerateDialect.createStreamEncoder(facts(preferEventStream)));

describe('encoding', () => {
  test('events say again what was said', () => {
    const { events, error } = decodeText(encodeAll(true));
    expect(error).toBeUndefined();
    expect(summarize(events)).toMatchObject({
      choices: [
        {
          reasoning: 'thinking',
          text: WORDS,
          toolCalls: [
            { id: 'call-a', name: 'weather', arguments: '{"a":1}' },
            { id: 'call-b', name: 'time', arguments: '{"b":2}' },
          ],
          finishReason: 'tool-calls',
        },
      ],
      usage: USAGE,
    });
    expect(encodeAll(true)).not.toContain('vendor');
    expect(encodeAll(true)).toContain('"groundingSupports":[{"segment":{"startIndex":8,"endIndex":14,"text":"模型"}');
  });

  test('an array has the same elements', () => {
    const elements = JSON.parse(encodeAll(false)) as unknown[];
    const data = encodeAll(true)
      .trim()
      .split('\n\n')
      .map((frame) => JSON.parse(frame.slice('data: '.length)) as unknown);
    expect(elements).toEqual(data);
    expect(geminiGenerateDialect.createStreamEncoder(facts(false)).contentType).toBe('application/json');
  });

  test.each([true, false])('a stream that breaks ends with one error (events: %s)', (preferEventStream) => {
    const encoder = geminiGenerateDialect.createStreamEncoder(facts(preferEventStream));
    const before = encodeEvents(EVENTS.slice(0, 6), encoder);
    const last = encoder.fail(new RouterError('upstream.truncated', { detail: 'secret' }));
    expect(last).toContain('"reason":"upstream.truncated"');
    expect(last).not.toContain('secret');
    if (preferEventStream) expect(decodeText(before + last).error).toBe('upstream.failed');
    else expect((JSON.parse(before + last) as unknown[]).at(-1)).toMatchObject({ error: { code: 502 } });
  });

  test('a stream that breaks at once is still an array', () => {
    const encoder = geminiGenerateDialect.createStreamEncoder(facts(false));
    expect(JSON.parse(encoder.fail(new RouterError('upstream.failed')))).toMatchObject([{ error: { code: 502 } }]);
  });

  test('events of a provider as an array', () => {
    const reframer = geminiGenerateDialect.createReframer?.(facts(false));
    const array = reframer && reframer.push(LF(TALK.slice(0, 2))) + reframer.push(LF(TALK.slice(2))) + reframer.end();
    expect(JSON.parse(array ?? '')).toEqual(TALK);
    expect(JSON.parse(geminiGenerateDialect.createReframer?.(facts(false))?.end() ?? '')).toEqual([]);
    expect(geminiGenerateDialect.createReframer?.(facts(true))).toBeUndefined();
  });
});
