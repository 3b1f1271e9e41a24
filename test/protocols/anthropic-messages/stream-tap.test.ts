import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RouterError } from '../../../src/errors/router-error.ts';
import type { JsonObject, JsonValue } from '../../../src/lib/json.ts';
import { anthropicMessagesUpstream as upstream } from '../../../src/protocols/anthropic-messages/anthropic-messages.ts';

const event = (data: JsonObject): string => `event: ${String(data['type'])}\ndata: ${JSON.stringify(data)}\n\n`;
const delta = (more: JsonObject): string => event({ type: 'content_block_delta', index: 0, delta: more });
const start = (block: JsonObject): string => event({ type: 'content_block_start', index: 0, content_block: block });

const BEGIN = event({ type: 'message_start', message: { usage: { input_tokens: 5, output_tokens: 1 } } });
const WORD = delta({ type: 'text_delta', text: 'word' });
const END = event({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } });
const STOP = event({ type: 'message_stop' });
const ERROR = event({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } });

const createTap = () => upstream.createStreamTap({ hideUsage: true });

function pushed(tap: ReturnType<typeof createTap>, ...frames: string[]): string {
  return frames.map((frame) => tap.push(Buffer.from(frame))?.toString() ?? '').join('');
}

/** Code of what `run` throws. */
function codeOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (thrown) {
    return thrown instanceof RouterError ? thrown.code : 'not a RouterError';
  }
}

test.each([
  BEGIN,
  event({ type: 'ping' }),
  ': keep-alive\n\n',
  'event: heartbeat\ndata: now\n\n',
  start({ type: 'text', text: '' }),
  start({ type: 'thinking', thinking: '', signature: '' }),
  delta({ type: 'text_delta', text: '' }),
  delta({ type: 'input_json_delta', partial_json: '' }),
  delta({ type: 'signature_delta', signature: 'sealed' }),
  event({ type: 'content_block_stop', index: 0 }),
])('%j is no content', (frame) => {
  const tap = createTap();
  expect(pushed(tap, frame)).toBe(frame);
  expect(tap.sawContent).toBe(false);
});

test.each([
  WORD,
  delta({ type: 'thinking_delta', thinking: 'Hm' }),
  delta({ type: 'input_json_delta', partial_json: '{' }),
  start({ type: 'tool_use', id: 'a', name: 'f', input: {} }),
  start({ type: 'redacted_thinking', data: 'x' }),
  start({ type: 'text', text: 'at once' }),
])('%j is content', (frame) => {
  const tap = createTap();
  expect(pushed(tap, frame)).toBe(frame);
  expect(tap.sawContent).toBe(true);
});

test('content goes through as the same bytes, and the end is read', () => {
  const tap = createTap();
  pushed(tap, BEGIN + WORD);
  const frames = Buffer.from(WORD + WORD);
  expect(tap.push(frames)).toBe(frames);
  expect(pushed(tap, `${WORD}${END}${STOP}${ERROR}`)).toBe(WORD + END + STOP);
  expect(tap).toMatchObject({ isComplete: true, finishReason: 'stop' });
  expect(tap.usage).toMatchObject({ inputTokens: 5, outputTokens: 2 });
  expect(tap.end()).toBe('');
});

describe('an error after content', () => {
  test.each([ERROR, ERROR.replaceAll('\n', '\r\n'), ERROR.replace('event: error\n', '')])('%j', (frame) => {
    const tap = createTap();
    pushed(tap, BEGIN, WORD);
    expect(codeOf(() => tap.push(Buffer.from(WORD + frame)))).toBe('upstream.overloaded');
    expect(tap.goodPrefix?.toString()).toBe(WORD);
  });

  test('with nothing good before it', () => {
    const tap = createTap();
    pushed(tap, WORD);
    expect(codeOf(() => tap.push(Buffer.from(ERROR)))).toBe('upstream.overloaded');
    expect(tap.goodPrefix).toBeUndefined();
  });
});

test('a stream that only lacks its last event gets it, any other is truncated', () => {
  const tap = createTap();
  pushed(tap, BEGIN, WORD, END);
  expect(tap.end()).toBe(STOP);
  expect(tap.end()).toBe('');
  expect(codeOf(() => createTap().end())).toBe('upstream.truncated');
});

test('more blocks than anybody opens are refused', () => {
  const decoder = upstream.createStreamDecoder();
  const open = (index: number) =>
    decoder.push({ data: JSON.stringify({ type: 'content_block_start', index, content_block: { type: 'text' } }) });
  expect(codeOf(() => Array.from({ length: 1000 }, (_, index) => open(index)))).toBe('upstream.bad_response');
});

const NAMES = ['type', 'message', 'content', 'content_block', 'delta', 'index', 'usage', 'error', 'text', 'thinking'];
const MORE = ['signature', 'data', 'id', 'name', 'input', 'partial_json', 'stop_reason', 'stop_details', 'citations'];
const TYPES = ['message_start', 'content_block_start', 'content_block_delta', 'content_block_stop', 'message_delta'];
const KINDS = ['text', 'thinking', 'tool_use', 'text_delta', 'input_json_delta', 'message_stop', 'error', 'refusal'];

/** Objects of the vendor's names, at every level, with values of any kind. */
const made = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    fc.constantFrom<JsonValue>('', 'x', ...TYPES, ...KINDS, 0, 1, -1, 1e9, true, null),
    tie('object'),
    fc.array(tie('object'), { maxLength: 2 }),
  ),
  object: fc.dictionary(fc.constantFrom(...NAMES, ...MORE), tie('value'), { maxKeys: 6 }) as fc.Arbitrary<JsonObject>,
})).object;
const streamed = fc.tuple(fc.constantFrom(...TYPES, 'message_stop'), made).map(([type, rest]) => ({ ...rest, type }));

test('whatever a provider sends, it is understood or refused, never a surprise', () => {
  const known = [undefined, 'upstream.bad_response', 'upstream.failed', 'upstream.truncated'];
  fc.assert(
    fc.property(made, fc.array(fc.oneof(streamed, made), { maxLength: 8 }), (body, events) => {
      const decoder = upstream.createStreamDecoder();
      const tap = createTap();
      const frames = events.map((each) => JSON.stringify(each));
      const decoded = codeOf(() => [...frames.map((data) => decoder.push({ data })), decoder.end()]);
      const tapped = codeOf(() => [...frames.map((data) => tap.push(Buffer.from(`data: ${data}\n\n`))), tap.end()]);
      if (tapped !== undefined) expect(decoded).toBeDefined();
      for (const code of [codeOf(() => upstream.decodeResponse(body)), decoded, tapped]) expect(known).toContain(code);
    }),
    { numRuns: 3000 },
  );
});
