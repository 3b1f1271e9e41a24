import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../../src/lib/json.ts';
import { openAiResponsesUpstream } from '../../../src/protocols/openai-responses/openai-responses.ts';
import type { StreamTap } from '../../../src/protocols/protocol.ts';
import { cutAt, tapStream } from '../run-stream.ts';
import {
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
} from './wire-streams.ts';

const tapOf = (): StreamTap => openAiResponsesUpstream.createStreamTap({ hideUsage: false });
const USAGE = { inputTokens: 50, cacheReadTokens: 40, cacheWriteTokens: 10, outputTokens: 30, reasoningTokens: 20 };
const FULL = sseOf(fullStream());

describe('a stream that goes through', () => {
  test('comes out as it went in, wherever it is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(FULL.length), { maxLength: 12 }),
        fc.constantFrom('\n', '\r\n', '\r'),
        (cuts, lineEnd) => {
          const tap = tapOf();
          const bytes = Buffer.from(FULL.replaceAll('\n', lineEnd));
          const { output, error } = tapStream(cutAt(bytes, cuts), tap);
          expect(error).toBeUndefined();
          expect(output).toBe(bytes.toString());
          expect(tap).toMatchObject({ isComplete: true, sawContent: true, usage: USAGE, finishReason: 'tool-calls' });
        },
      ),
    );
  });

  test('ends with its own end', () => {
    const { output } = tapStream([Buffer.from(`${FULL}data: [DONE]\n\n`)], tapOf());
    expect(output).toBe(FULL);
    const tap = tapOf();
    tap.push(Buffer.from(FULL));
    expect(tap.push(Buffer.from(sseOf(started())))).toBeUndefined();
  });

  test('hands on the same bytes once there is content', () => {
    const tap = tapOf();
    tap.push(Buffer.from(sseOf([...started(), ...message(0, ['Hi'])])));
    const frames = Buffer.from(sseOf(message(1, ['there "error" \n'])));
    expect(tap.push(frames)).toBe(frames);
  });

  test.each([
    [[...message(0, ['Hi']), completed()], 'stop'],
    [[...message(0, ['Hi']), incomplete('max_output_tokens')], 'length'],
    [[...refusal(0, 'No.'), completed()], 'content-filter'],
  ])('says why it ended (case %#)', (events, finishReason) => {
    const tap = tapOf();
    for (const event of [...started(), ...events]) tap.push(Buffer.from(sseOf([event])));
    expect(tap.finishReason).toBe(finishReason);
    expect(tap.end()).toBe('');
  });
});

describe('content', () => {
  const call = { index: 0, callId: 'c', name: 'f', words: '{}' };
  const [added, part, delta] = message(0, ['Hi']);
  const item = (type: string): JsonObject => ({
    type: 'response.output_item.added',
    output_index: 0,
    item: { id: 'x', type },
  });

  test.each([
    ['the start', started(), false],
    ['an empty message', [added, part], false],
    ['an empty thought', thought(0, []).slice(0, 1), false],
    ['words', [delta], true],
    ['a summary', thought(0, ['T']).slice(0, 3), true],
    ['a thought that is done', thought(0, [], 'seal'), true],
    ['a call', [callStart(call)], true],
    ['a tool of the vendor', [item('web_search_call')], true],
    ['a ping', [{ type: 'keepalive' }], false],
    ['no words', [{ type: 'response.output_text.delta', delta: '' }], false],
  ])('%s: %j', (_, events, isContent) => {
    const tap = tapOf();
    tap.push(Buffer.from(sseOf(events.filter((event) => event !== undefined))));
    expect(tap.sawContent).toBe(isContent);
  });

  test('a call is why an answer ends, even where only its end is looked at', () => {
    const tap = tapOf();
    for (const event of [...started(), ...message(1, ['Hi']), callStart(call), ...callEnd(call), completed()]) {
      tap.push(Buffer.from(sseOf([event])));
    }
    expect(tap.finishReason).toBe('tool-calls');
  });
});

describe('a stream that breaks', () => {
  const good = sseOf([...started(), ...message(0, ['Hi'])]);
  const failed = {
    type: 'response.failed',
    response: { status: 'failed', error: { code: 'server_error', message: 'x' } },
  };

  test.each([
    [failed, 'upstream.failed'],
    [{ type: 'error', code: 'rate_limit_exceeded', message: 'x' }, 'upstream.rate_limited'],
  ])('gives what came before %j', (event, code) => {
    for (const cuts of [[], [good.length], [good.length - 5]]) {
      const { output, error } = tapStream(cutAt(Buffer.from(good + sseOf([event])), cuts), tapOf());
      expect({ output, error }).toEqual({ output: good, error: code });
    }
  });

  test('is noticed where it only stops', () => {
    expect(tapStream([Buffer.from(good)], tapOf())).toEqual({ output: good, error: 'upstream.truncated' });
    expect(tapStream([], tapOf()).error).toBe('upstream.bad_response');
    expect(tapStream([Buffer.from(`${good}data: {"cut\n\n`)], tapOf())).toEqual({
      output: good,
      error: 'upstream.bad_response',
    });
  });
});
