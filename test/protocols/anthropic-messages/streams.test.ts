import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatStreamEvent } from '../../../src/canonical/chat.ts';
import type { ContentPart } from '../../../src/canonical/content.ts';
import type { JsonObject } from '../../../src/lib/json.ts';
import { readSseFrames } from '../../../src/lib/sse.ts';
import {
  anthropicMessagesDialect as dialect,
  anthropicMessagesUpstream as upstream,
} from '../../../src/protocols/anthropic-messages/anthropic-messages.ts';
import { openSeal } from '../../../src/protocols/seal.ts';
import { streamFacts } from '../../support/facts.ts';
import { readStream, STREAM_CASES, type StreamCase } from '../fixtures/anthropic-messages/stream-cases.ts';
import { cutAt, decodeStream, encodeEvents, summarize, tapStream } from '../run-stream.ts';
import { collectAnswer } from './collect-answer.ts';

/** Everything that the stream gives when it comes in these chunks. */
function run(chunks: readonly Buffer[]) {
  const { events, error } = decodeStream(chunks, upstream.createStreamDecoder());
  const tap = upstream.createStreamTap({ hideUsage: false });
  const tapped = tapStream(chunks, tap);
  const { sawContent, isComplete, usage, finishReason } = tap;
  return {
    events,
    error,
    encoded: encodeEvents(events, dialect.createStreamEncoder(streamFacts())),
    tapped,
    seen: { sawContent, isComplete, usage, finishReason },
  };
}

function expectCase(result: ReturnType<typeof run>, expected: StreamCase): void {
  const { content, finishReason, stopSequence, usage, error } = expected;
  summarize(result.events, result.error);
  expect(result.error).toBe(error);
  expect(collectAnswer(result.events)).toEqual({ content, finishReason, stopSequence, usage });
  expect(result.tapped.error).toBe(error);
  expect(result.seen.isComplete).toBe(error === undefined);
  if (error !== undefined) return;
  expect(result.seen).toEqual({ sawContent: content.length > 0, isComplete: true, usage, finishReason });
}

test('every written stream has its expectation', () => {
  const files = readdirSync(join(import.meta.dirname, '../fixtures/anthropic-messages/streams'));
  expect(STREAM_CASES.map(({ file }) => file).sort()).toEqual(files.sort());
});

describe.each(STREAM_CASES)('$file', (streamCase) => {
  const bytes = readStream(streamCase.file);

  test('says what it says', () => {
    expectCase(run([bytes]), streamCase);
  });

  test('cut at any byte gives the same', () => {
    const whole = JSON.stringify(run([bytes]));
    for (let at = 1; at < bytes.length; at += 1) expect(JSON.stringify(run(cutAt(bytes, [at])))).toBe(whole);
  });

  test('byte by byte and cut anywhere gives the same', () => {
    const whole = run([bytes]);
    expect(run(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)))).toEqual(whole);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 30 }), (points) => {
        expect(run(cutAt(bytes, points))).toEqual(whole);
      }),
      { numRuns: 10 },
    );
  });

  test.each(['\r\n', '\r'])('with other line endings says the same: %j', (ending) => {
    const other = Buffer.from(`\uFEFF${bytes.toString().replaceAll('\n', ending)}`);
    expectCase(run([other]), streamCase);
    expectCase(run(Array.from(other, (_, at) => other.subarray(at, at + 1))), streamCase);
  });

  test('with comments between the events and data on several lines says the same', () => {
    const other = bytes.toString().replaceAll('\n\n', '\n\n: ping\n\n').replaceAll('"type":', '"type"\ndata: :');
    expectCase(run([Buffer.from(other)]), streamCase);
  });

  test('goes through the tap untouched, up to its end or its error', () => {
    const { output } = run([bytes]).tapped;
    const end = 'event: message_stop\ndata: {"type":"message_stop"}\n\n';
    if (streamCase.file === 'no-stop.sse') expect(output).toBe(`${bytes.toString()}\n\n${end}`);
    else expect(bytes.toString().startsWith(output)).toBe(true);
    const isWhole = streamCase.error === undefined && streamCase.file !== 'after-stop.sse';
    if (isWhole) expect(output.length).toBeGreaterThanOrEqual(bytes.toString().length);
    else expect(output).not.toContain('event: error');
  });
});

describe('what a client reads is what was decoded', () => {
  /** Seals come wrapped, and a refusal is a text of a refused answer. */
  const asGiven = (part: ContentPart): ContentPart => {
    if (part.type === 'refusal') return { type: 'text', text: part.text };
    if (part.type !== 'reasoning') return part;
    const { signature, redacted } = part;
    return {
      ...part,
      ...(signature === undefined ? {} : { signature: openSeal(signature).signature }),
      ...(redacted === undefined ? {} : { redacted: openSeal(redacted).signature }),
    };
  };

  test.each(STREAM_CASES.filter(({ error }) => error === undefined))('$file', ({ file }) => {
    const { events } = decodeStream([readStream(file)], upstream.createStreamDecoder());
    const encoded = Buffer.from(encodeEvents(events, dialect.createStreamEncoder(streamFacts())));
    const again = decodeStream([encoded], upstream.createStreamDecoder());
    summarize(again.events, again.error);
    const before = collectAnswer(events);
    const after = collectAnswer(again.events);
    expect(after.content.map(asGiven)).toEqual(before.content.map(asGiven));
    expect(after.finishReason).toBe(before.finishReason);
    expect(after.stopSequence).toBe(before.stopSequence);
    if (before.usage !== undefined) expect(after.usage).toEqual(before.usage);
  });
});

describe('whatever the order of events', () => {
  const wireEvent = fc.oneof(
    fc.record({
      type: fc.constant('content_block_start'),
      index: fc.nat(3),
      content_block: fc.constantFrom<JsonObject>(
        { type: 'text', text: '' },
        { type: 'text', text: 'at once' },
        { type: 'thinking', thinking: '' },
        { type: 'redacted_thinking', data: 'x' },
        { type: 'tool_use', id: 'a', name: 'f', input: {} },
        { type: 'server_tool_use', id: 's', name: 'g', input: {} },
      ),
    }),
    fc.record({
      type: fc.constant('content_block_delta'),
      index: fc.nat(3),
      delta: fc.constantFrom<JsonObject>(
        { type: 'text_delta', text: 'a' },
        { type: 'thinking_delta', thinking: 'b' },
        { type: 'signature_delta', signature: 's' },
        { type: 'input_json_delta', partial_json: '{}' },
        { type: 'citations_delta', citation: { url: 'https://a.example' } },
      ),
    }),
    fc.record({ type: fc.constant('content_block_stop'), index: fc.nat(3) }),
  );
  const end = { type: 'message_delta', delta: { stop_reason: 'end_turn' } };

  test('blocks open once, speak while they are open, and close', () => {
    fc.assert(
      fc.property(fc.array(wireEvent, { maxLength: 12 }), (wire) => {
        const frames = [...wire, end, { type: 'message_stop' }].map((data) => `data: ${JSON.stringify(data)}\n\n`);
        const { events, error } = decodeStream([Buffer.from(frames.join(''))], upstream.createStreamDecoder());
        summarize(events, error);
        expect([undefined, 'upstream.bad_response']).toContain(error);
      }),
      { numRuns: 2000 },
    );
  });

  /** Calls that go on side by side, texts between them, in the order that the numbers give. */
  const overlapping = fc.array(fc.tuple(fc.constantFrom('text', 'call'), fc.array(fc.nat(5), { maxLength: 4 })), {
    minLength: 1,
    maxLength: 5,
  });

  test('a client gets every block whole, one after the other', () => {
    fc.assert(
      fc.property(overlapping, (blocks) => {
        const events = overlappingEvents(blocks);
        const encoded = encodeEvents(events, dialect.createStreamEncoder(streamFacts()));
        const open = new Set<number>();
        for (const { type, index } of readSseFrames(encoded).map(({ data }) => JSON.parse(data) as JsonObject)) {
          if (type === 'content_block_start') open.add(Number(index));
          expect(open.size).toBeLessThanOrEqual(1);
          if (type === 'content_block_stop') open.delete(Number(index));
        }
        const again = decodeStream([Buffer.from(encoded)], upstream.createStreamDecoder());
        expect(collectAnswer(again.events).content).toEqual(collectAnswer(events).content);
      }),
      { numRuns: 500 },
    );
  });
});

/** Texts are whole at once; calls stay open to the end, and each piece of one lets all the others go on too. */
function overlappingEvents(blocks: readonly (readonly [string, readonly number[]])[]): ChatStreamEvent[] {
  const events: ChatStreamEvent[] = [{ type: 'response-start', id: '', model: '' }];
  const calls = new Map<number, string[]>();
  for (const [block, [kind, pieces]] of blocks.entries()) {
    if (kind === 'call') {
      events.push({ type: 'tool-call-start', block, choice: 0, id: `c${block}`, name: 'f' });
      calls.set(block, ['{"a":[', ...pieces.map((piece) => `${piece},`), '0]}']);
    } else {
      const deltas = ['x', ...pieces.map(String)].map((text) => ({ type: 'text-delta', block, text }) as const);
      events.push({ type: 'text-start', block, choice: 0 }, ...deltas, { type: 'text-end', block });
    }
    for (const [open, rest] of calls) {
      const next = rest.shift();
      if (next !== undefined) events.push({ type: 'tool-call-delta', block: open, arguments: next });
    }
  }
  for (const [block, rest] of calls) {
    for (const piece of rest) events.push({ type: 'tool-call-delta', block, arguments: piece });
    events.push({ type: 'tool-call-end', block });
  }
  events.push({ type: 'choice-end', choice: 0, finishReason: 'stop' }, { type: 'response-end', usage: undefined });
  return events;
}
