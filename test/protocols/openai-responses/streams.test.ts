import { describe, expect, test } from 'vitest';
import type { ChatStreamEvent } from '../../../src/canonical/chat.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { openAiResponsesUpstream } from '../../../src/protocols/openai-responses/openai-responses.ts';
import { cutAt, decodeStream } from '../run-stream.ts';
import {
  callDelta,
  callEnd,
  callStart,
  completed,
  fullStream,
  incomplete,
  message,
  refusal,
  sseOf,
  started,
  thought,
  WORDS,
} from './wire-streams.ts';

function decode(stream: string | Buffer, cuts: readonly number[] = []): ReturnType<typeof decodeStream> {
  return decodeStream(cutAt(Buffer.from(stream), cuts), openAiResponsesUpstream.createStreamDecoder());
}

function decodeEvents(events: readonly JsonObject[]): ChatStreamEvent[] {
  const { events: decoded, error } = decode(sseOf(events));
  expect(error).toBeUndefined();
  return decoded;
}

const USAGE = { inputTokens: 50, cacheReadTokens: 40, cacheWriteTokens: 10, outputTokens: 30, reasoningTokens: 20 };
const START: ChatStreamEvent = { type: 'response-start', id: 'resp_abc', model: 'gpt-5.1-2025-11-13' };

function ending(finishReason: 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'other'): ChatStreamEvent[] {
  return [
    { type: 'choice-end', choice: 0, finishReason },
    { type: 'response-end', usage: USAGE },
  ];
}

const FULL: readonly ChatStreamEvent[] = [
  START,
  { type: 'reasoning-start', block: 0, choice: 0 },
  { type: 'reasoning-delta', block: 0, text: 'First I look.' },
  { type: 'reasoning-delta', block: 0, text: '\n\nThen I 模型.' },
  { type: 'reasoning-end', block: 0, signature: 'gAAAA-seal' },
  { type: 'text-start', block: 1, choice: 0 },
  { type: 'text-delta', block: 1, text: WORDS.slice(0, 5) },
  { type: 'text-delta', block: 1, text: WORDS.slice(5) },
  { type: 'citation', block: 1, citation: { url: 'https://example.org', title: 'Example', start: 0, end: 5 } },
  { type: 'text-end', block: 1 },
  { type: 'tool-call-start', block: 2, choice: 0, id: 'call_a', name: 'weather' },
  { type: 'tool-call-start', block: 3, choice: 0, id: 'call_b', name: 'patch', isCustom: true },
  { type: 'tool-call-delta', block: 3, arguments: '*** Begin' },
  { type: 'tool-call-delta', block: 2, arguments: '{"city":' },
  { type: 'tool-call-delta', block: 3, arguments: '\n🦜' },
  { type: 'tool-call-delta', block: 2, arguments: '"Köln"}' },
  { type: 'tool-call-end', block: 3 },
  { type: 'tool-call-end', block: 2 },
  ...ending('tool-calls'),
];

describe('a stream with thoughts, words, a citation and two calls at once', () => {
  const stream = sseOf(fullStream());

  test('becomes bracketed events', () => {
    expect(decodeEvents(fullStream())).toEqual(FULL);
  });

  test.each(['\n', '\r\n', '\r'])('gives the same wherever it is cut (line ending %j)', (lineEnd) => {
    const bytes = Buffer.from(stream.replaceAll('\n', lineEnd));
    for (let at = 1; at < bytes.length; at += 1) expect(decode(bytes, [at])).toEqual({ events: FULL });
  });

  test('gives the same with comments, pings and data over several lines', () => {
    const noisy = stream
      .replaceAll('event: ', ': note\nevent: ')
      .replaceAll(',"sequence_number"', ',\ndata: "sequence_number"')
      .replaceAll('\n\n', '\n\n: ping\n\nevent: keepalive\ndata: {"type":"keepalive"}\n\n');
    expect(decode(noisy)).toEqual({ events: FULL });
  });

  test('looks at nothing after its end', () => {
    const more = `${stream}data: [DONE]\n\nevent: error\ndata: {"type":"error","message":"late"}\n\ndata: nonsense\n\n`;
    expect(decode(more)).toEqual({ events: FULL });
  });

  test('tells every place where it breaks off', () => {
    const frames = stream.split('\n\n').slice(0, -1);
    for (let count = 1; count < frames.length; count += 1) {
      const { error } = decode(`${frames.slice(0, count).join('\n\n')}\n\n`);
      expect(error).toBe('upstream.truncated');
    }
    expect(decode('').error).toBe('upstream.bad_response');
  });
});

describe('how an answer ends', () => {
  test.each([
    [[...started(), ...message(0, ['Hi']), completed()], 'stop'],
    [[...started(), ...message(0, ['Hi']), incomplete('max_output_tokens')], 'length'],
    [[...started(), ...message(0, ['Hi']), incomplete('content_filter')], 'content-filter'],
    [[...started(), ...message(0, ['Hi']), incomplete('new_reason')], 'other'],
    [[...started(), ...refusal(0, 'No.'), completed()], 'content-filter'],
  ] as const)('case %#', (events, finishReason) => {
    expect(decodeEvents(events).slice(-2)).toEqual(ending(finishReason));
  });
});

test('a refusal is a block of its own', () => {
  expect(decodeEvents([...started(), ...refusal(0, 'No.'), completed()]).slice(1, 4)).toEqual([
    { type: 'refusal-start', block: 0, choice: 0 },
    { type: 'refusal-delta', block: 0, text: 'No.' },
    { type: 'refusal-end', block: 0 },
  ]);
});

test('a thought without words is a sealed one, and one without a seal is nothing', () => {
  const sealed = decodeEvents([...started(), ...thought(0, [], 'seal'), ...message(1, ['Hi']), completed()]);
  expect(sealed.slice(1, 3)).toEqual([
    { type: 'reasoning-start', block: 0, choice: 0 },
    { type: 'reasoning-end', block: 0, redacted: 'seal' },
  ]);
  const open = decodeEvents([...started(), ...thought(0, []), ...message(1, ['Hi']), completed()]);
  expect(open[1]).toMatchObject({ type: 'text-start', block: 0 });
});

test('thoughts of open models come as text of their own', () => {
  const place = { item_id: 'rs_0', output_index: 0, content_index: 0 };
  const item = { id: 'rs_0', type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'Hm.' }] };
  const events = decodeEvents([
    ...started(),
    { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } },
    { type: 'response.reasoning_text.delta', ...place, delta: 'Hm.' },
    { type: 'response.reasoning_text.done', ...place, text: 'Hm.' },
    { type: 'response.output_item.done', output_index: 0, item },
    completed(),
  ]);
  expect(events.slice(1, 4)).toEqual([
    { type: 'reasoning-start', block: 0, choice: 0 },
    { type: 'reasoning-delta', block: 0, text: 'Hm.' },
    { type: 'reasoning-end', block: 0 },
  ]);
});

describe('services that leave steps out', () => {
  const call = { index: 1, callId: 'call_1', name: 'f', words: '{"a":1}' };

  test('arguments only at the end', () => {
    const events = decodeEvents([...started(), callStart(call), ...callEnd(call), completed()]);
    expect(events.filter(({ type }) => type === 'tool-call-delta')).toEqual([
      { type: 'tool-call-delta', block: 0, arguments: '{"a":1}' },
    ]);
  });

  test('a call only when it is whole', () => {
    const events = decodeEvents([...started(), ...callEnd(call).slice(1), completed()]);
    expect(events.slice(1, 4)).toEqual([
      { type: 'tool-call-start', block: 0, choice: 0, id: 'call_1', name: 'f' },
      { type: 'tool-call-delta', block: 0, arguments: '{"a":1}' },
      { type: 'tool-call-end', block: 0 },
    ]);
  });

  test('a call that is never closed', () => {
    const events = decodeEvents([...started(), callStart(call), callDelta(call, '{"a":1}'), completed()]);
    expect(events.slice(3)).toEqual([{ type: 'tool-call-end', block: 0 }, ...ending('tool-calls')]);
  });

  test('two calls with one number', () => {
    const other = { index: 1, callId: 'call_2', name: 'g', words: '{}' };
    const first = [callStart(call), ...callEnd(call)];
    const events = decodeEvents([...started(), ...first, callStart(other), ...callEnd(other), completed()]);
    expect(events.filter(({ type }) => type === 'tool-call-start')).toHaveLength(2);
    expect(events.flatMap((event) => (event.type === 'tool-call-delta' ? [event.arguments] : []))).toEqual([
      '{"a":1}',
      '{}',
    ]);
  });

  test('nothing but the end, with the whole answer in it', () => {
    const output = [message(0, ['Hi']), callEnd({ ...call, index: 1 })].map(
      (events) => events.at(-1)?.['item'] as JsonObject,
    );
    const events = decodeEvents([completed(output)]);
    expect(events.map(({ type }) => type)).toEqual([
      'response-start',
      'text-start',
      'text-delta',
      'text-end',
      'tool-call-start',
      'tool-call-delta',
      'tool-call-end',
      'choice-end',
      'response-end',
    ]);
  });

  test('words and citations only with the item', () => {
    const page = { type: 'url_citation', url: 'https://example.org', title: 'E', start_index: 0, end_index: 2 };
    const last = message(0, ['Hi'], [page]).at(-1) as JsonObject;
    expect(decodeEvents([...started(), last, completed()]).slice(1, 5)).toEqual([
      { type: 'text-start', block: 0, choice: 0 },
      { type: 'text-delta', block: 0, text: 'Hi' },
      { type: 'citation', block: 0, citation: { url: 'https://example.org', title: 'E', start: 0, end: 2 } },
      { type: 'text-end', block: 0 },
    ]);
  });
});

test('groups, log probabilities and pictures are kept', () => {
  const call = { index: 1, callId: 'c', name: 'status', words: '{}', namespace: 'mcp__burp' };
  const token = {
    token: 'Hi',
    logprob: -0.5,
    bytes: [72, 105],
    top_logprobs: [{ token: 'Ho', logprob: -2, bytes: [72, 111] }],
  };
  const text = message(0, ['Hi']).map((event) => ('logprobs' in event ? { ...event, logprobs: [token] } : event));
  const picture = {
    id: 'ig_2',
    type: 'image_generation_call',
    status: 'completed',
    result: 'aGk=',
    output_format: 'webp',
  };
  const events = decodeEvents([
    ...started(),
    ...text,
    callStart(call),
    ...callEnd(call),
    { type: 'response.output_item.done', output_index: 2, item: picture },
    completed(),
  ]);
  expect(events).toContainEqual({
    type: 'text-delta',
    block: 0,
    text: 'Hi',
    logprobs: [{ token: 'Hi', logprob: -0.5, bytes: [72, 105], top: [{ token: 'Ho', logprob: -2, bytes: [72, 111] }] }],
  });
  expect(events).toContainEqual({
    type: 'tool-call-start',
    block: 1,
    choice: 0,
    id: 'c',
    name: 'status',
    namespace: 'mcp__burp',
  });
  expect(events).toContainEqual({
    type: 'media',
    block: 2,
    choice: 0,
    modality: 'image',
    source: { kind: 'inline', mediaType: 'image/webp', base64: 'aGk=' },
  });
});

describe('errors', () => {
  const failed = (error: JsonObject): JsonObject => ({
    type: 'response.failed',
    response: { status: 'failed', error },
  });

  test.each([
    [failed({ code: 'server_error', message: 'oops' }), 'upstream.failed'],
    [failed({ code: 'rate_limit_exceeded', message: 'slow' }), 'upstream.rate_limited'],
    [failed({ code: 'context_length_exceeded', message: 'long' }), 'upstream.rejected'],
    [{ type: 'error', code: 'server_is_overloaded', message: 'busy', param: null }, 'upstream.overloaded'],
    [
      { type: 'error', error: { type: 'invalid_request_error', code: 'invalid_encrypted_content', message: 'x' } },
      'upstream.bad_signature',
    ],
    [{ type: 'response.cancelled', response: { status: 'cancelled' } }, 'upstream.failed'],
    [{ error: { message: 'from a proxy' } }, 'upstream.failed'],
  ])('%j', (event, code) => {
    expect(decode(sseOf([event])).error).toBe(code);
    const late = decode(sseOf([...started(), ...message(0, ['Hi']), event]));
    expect(late.error).toBe(code);
    expect(late.events).toContainEqual({ type: 'text-delta', block: 0, text: 'Hi' });
  });

  test('what is no event', () => {
    expect(decode('data: <html>\n\n').error).toBe('upstream.bad_response');
    expect(decode('event: error\ndata: gone\n\n').error).toBe('upstream.failed');
  });
});
