import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clientDialects, upstreamProtocols } from '../../../src/protocols/registry.ts';
import { streamFacts } from '../../support/facts.ts';
import { readStream, STREAM_CASES, type StreamCase } from '../fixtures/openai-chat/stream-cases.ts';
import { type ChoiceSummary, cutAt, decodeStream, encodeEvents, summarize, tapStream } from '../run-stream.ts';

const upstream = upstreamProtocols['openai-chat'];
const facts = {
  requestId: 'r1',
  createdAt: 1_763_600_000,
  provider: 'p',
  model: 'm',
  includeUsage: true,
  costOf: () => 0.25,
};

/** Everything that the stream gives when it comes in these chunks. */
function run(chunks: readonly Buffer[]) {
  const { events, error } = decodeStream(chunks, upstream.createStreamDecoder());
  const tap = upstream.createStreamTap({ hideUsage: false });
  const hidingTap = upstream.createStreamTap({ hideUsage: true });
  return {
    summary: summarize(events, error),
    encoded: [clientDialects['openai-chat'], clientDialects['router-native']].flatMap((dialect) =>
      [true, false].map((preferEventStream) =>
        encodeEvents(events, dialect.createStreamEncoder(streamFacts({ ...facts, preferEventStream }))),
      ),
    ),
    tapped: tapStream(chunks, tap),
    hidden: tapStream(chunks, hidingTap),
    facts: [tap, hidingTap].map(({ sawContent, isComplete, usage, finishReason }) => {
      return { sawContent, isComplete, usage, finishReason };
    }),
  };
}

const full = (choice: Partial<ChoiceSummary>): ChoiceSummary => {
  return { text: '', refusal: '', reasoning: '', toolCalls: [], finishReason: undefined, ...choice };
};

function expectCase(result: ReturnType<typeof run>, { choices, usage, error }: StreamCase): void {
  expect(result.summary).toEqual({ choices: choices.map(full), usage, error });
  expect(result.tapped.error).toBe(error);
  expect(result.hidden.error).toBe(error);
  for (const seen of result.facts) {
    expect(seen.sawContent).toBe(choices.length > 0);
    expect(seen.isComplete).toBe(error === undefined);
    if (error === undefined) expect(seen.usage).toEqual(usage);
  }
}

test('every written stream has its expectation', () => {
  const files = readdirSync(join(import.meta.dirname, '../fixtures/openai-chat/streams'));
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

  test('goes through the tap untouched, up to its end or its error', () => {
    const text = bytes.toString();
    const { output } = run([bytes]).tapped;
    if (streamCase.file === 'no-done.sse') expect(output).toBe(`${text}\n\ndata: [DONE]\n\n`);
    else expect(text.startsWith(output)).toBe(true);
    if (streamCase.error === undefined && streamCase.file !== 'after-done.sse') {
      expect(output.length).toBeGreaterThanOrEqual(text.length);
    }
  });

  test('what the client reads from the OpenAI encoder is what was decoded', () => {
    if (streamCase.error !== undefined) {
      expect(run([bytes]).summary.error).toBe(streamCase.error);
      return;
    }
    const { events } = decodeStream([bytes], upstream.createStreamDecoder());
    const encoder = clientDialects['openai-chat'].createStreamEncoder(
      streamFacts({ ...facts, preferEventStream: true }),
    );
    const encoded = Buffer.from(encodeEvents(events, encoder));
    const again = decodeStream([encoded], upstream.createStreamDecoder());
    const { choices, usage } = summarize(again.events, again.error);
    const { choices: before, usage: usageBefore } = summarize(events);
    const isOther = (choice: ChoiceSummary): boolean => choice.finishReason === 'other';
    expect(choices).toEqual(before.map((choice) => (isOther(choice) ? { ...choice, finishReason: 'stop' } : choice)));
    expect(usage).toEqual(usageBefore && { ...usageBefore, costUsd: 0.25 });
  });
});
