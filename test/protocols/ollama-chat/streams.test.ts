import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChatStreamEvent } from '../../../src/canonical/chat.ts';
import { ollamaChatDialect, ollamaChatUpstream } from '../../../src/protocols/ollama-chat/ollama-chat.ts';
import { streamFacts } from '../../support/facts.ts';
import { everyCut, runFramed, withStableIds } from '../run-framed.ts';
import { cutAt } from '../run-stream.ts';
import { bytesOf, done, STREAM_CASES, type StreamCase, words } from './stream-cases.ts';

const run = (bytes: Buffer) => withStableIds(runFramed(ollamaChatUpstream, [bytes]));

function expectCase({ summary, tap }: ReturnType<typeof run>, { choice, usage, error }: StreamCase): void {
  const full = { text: '', refusal: '', reasoning: '', toolCalls: [], ...choice };
  expect(summary).toEqual(JSON.parse(JSON.stringify({ choices: choice === undefined ? [] : [full], usage, error })));
  expect(tap.error).toBe(error);
  expect(tap.isComplete).toBe(error === undefined);
  expect(tap.usage).toEqual(error === undefined ? usage : undefined);
  expect(tap.finishReason).toBe(choice?.finishReason);
}

describe.each(STREAM_CASES)('$name', (streamCase) => {
  const bytes = bytesOf(streamCase.lines);

  test('says what it says', () => {
    expectCase(run(bytes), streamCase);
  });

  test('cut at any byte gives the same', () => {
    const whole = run(bytes);
    for (const cut of everyCut(ollamaChatUpstream, bytes)) expect(cut).toEqual(whole);
  });

  test('with other line endings says the same', () => {
    expectCase(run(bytesOf(streamCase.lines, '\r\n')), streamCase);
    expectCase(run(Buffer.from(bytes.toString().replace(/\n$/, ''))), streamCase);
  });

  test('goes through the tap untouched, up to its end or its error', () => {
    const { output, sawContent } = run(bytes).tap;
    expect(bytes.toString().startsWith(output)).toBe(true);
    const { choice } = streamCase;
    expect(sawContent).toBe([choice?.text, choice?.reasoning, choice?.toolCalls].some((said) => said !== undefined));
    if (streamCase.error === undefined)
      expect(output.split('\n').filter((line) => line.includes('"done":true')).length).toBe(1);
  });
});

test('probabilities go with the words that they are about', () => {
  const logprob = { token: 'a', logprob: -0.5, bytes: [97], top_logprobs: [{ token: 'b', logprob: -1 }] };
  const held = { token: ' ', logprob: -0.1 };
  const { events } = run(
    bytesOf([words({}, { logprobs: [held] }), words({ content: ' a' }, { logprobs: [logprob] }), done()]),
  );
  expect(events.find((event) => event.type === 'text-delta')).toEqual({
    type: 'text-delta',
    block: 0,
    text: ' a',
    logprobs: [held, { token: 'a', logprob: -0.5, bytes: [97], top: [{ token: 'b', logprob: -1 }] }],
  });
});

test('a picture that a model made is a block of its own', () => {
  const { events } = run(bytesOf([words({ content: 'Here:', images: ['iVBORw0KGgoAAA'] }), done()]));
  const source = { kind: 'inline', mediaType: 'image/png', base64: 'iVBORw0KGgoAAA' };
  expect(events).toContainEqual({ type: 'media', block: 1, choice: 0, modality: 'image', source });
});

test('more calls than any model makes are refused', () => {
  const lines = Array.from({ length: 600 }, () => words({ tool_calls: [{ function: { name: 'f', arguments: {} } }] }));
  expect(run(bytesOf([...lines, done()])).error).toBe('upstream.bad_response');
});

test('what our own lines say is understood as it was said, wherever they are cut', () => {
  const piece = fc.string({ unit: 'binary', minLength: 1 });
  const call = fc.record({ id: fc.uuid(), name: piece, args: fc.dictionary(piece, fc.jsonValue()) });
  const points = fc.array(fc.nat(5000), { maxLength: 20 });
  fc.assert(
    fc.property(
      fc.array(piece, { minLength: 1 }),
      fc.array(piece, { minLength: 1 }),
      fc.array(call),
      points,
      (thoughts, texts, calls, at) => {
        const toolCalls = calls.map(({ id, name, args }) => ({ id, name, arguments: JSON.stringify(args) }));
        const encoder = ollamaChatDialect.createStreamEncoder(streamFacts());
        const stream = eventsOf(thoughts, texts, toolCalls)
          .map((event) => encoder.push(event))
          .join('');
        const { summary } = runFramed(ollamaChatUpstream, cutAt(Buffer.from(stream), at));
        expect(summary.choices[0]).toMatchObject({
          reasoning: Buffer.from(thoughts.join('')).toString(),
          text: Buffer.from(texts.join('')).toString(),
          toolCalls,
        });
      },
    ),
    { numRuns: 60 },
  );
});

function eventsOf(
  thoughts: readonly string[],
  texts: readonly string[],
  calls: readonly { readonly id: string; readonly name: string; readonly arguments: string }[],
): ChatStreamEvent[] {
  return [
    { type: 'response-start', id: '', model: '' },
    { type: 'reasoning-start', block: 0, choice: 0 },
    ...thoughts.map((text): ChatStreamEvent => ({ type: 'reasoning-delta', block: 0, text })),
    { type: 'reasoning-end', block: 0 },
    { type: 'text-start', block: 1, choice: 0 },
    ...texts.map((text): ChatStreamEvent => ({ type: 'text-delta', block: 1, text })),
    { type: 'text-end', block: 1 },
    ...calls.flatMap(({ id, name, arguments: words }, index): ChatStreamEvent[] => [
      { type: 'tool-call-start', block: index + 2, choice: 0, id, name },
      { type: 'tool-call-delta', block: index + 2, arguments: words },
      { type: 'tool-call-end', block: index + 2 },
    ]),
    { type: 'choice-end', choice: 0, finishReason: 'stop' },
    { type: 'response-end', usage: undefined },
  ];
}
