import { describe, expect, test } from 'vitest';
import { cohereChatUpstream } from '../../../src/protocols/cohere-chat/cohere-chat.ts';
import { everyCut, runFramed } from '../run-framed.ts';
import { bytesOf, close, end, openText, START, STREAM_CASES, type StreamCase, text } from './stream-cases.ts';

const run = (bytes: Buffer) => runFramed(cohereChatUpstream, [bytes]);

function expectCase({ summary, tap }: ReturnType<typeof run>, { choice, usage, error }: StreamCase): void {
  const full = { text: '', refusal: '', reasoning: '', toolCalls: [], ...choice };
  expect(JSON.parse(JSON.stringify(summary))).toEqual(
    JSON.parse(JSON.stringify({ choices: choice === undefined ? [] : [full], usage, error })),
  );
  expect(tap.error).toBe(error);
  expect(tap.isComplete).toBe(error === undefined);
  expect(tap.usage).toEqual(usage);
  expect(tap.finishReason).toBe(choice?.finishReason);
}

describe.each(STREAM_CASES)('$name', (streamCase) => {
  const bytes = bytesOf(streamCase.events);

  test('says what it says', () => {
    expectCase(run(bytes), streamCase);
  });

  test('cut at any byte gives the same', () => {
    const whole = JSON.stringify(run(bytes));
    for (const cut of everyCut(cohereChatUpstream, bytes)) expect(JSON.stringify(cut)).toBe(whole);
  });

  test.each(['\n', '\r\n', '\r'])('with comments and other line endings says the same: %j', (ending) => {
    expectCase(run(bytesOf(streamCase.events, ': ping\n\nid: 7\n\n', ending)), streamCase);
  });

  test('goes through the tap untouched, up to its end or its error', () => {
    const { output, sawContent } = run(bytes).tap;
    expect(bytes.toString().startsWith(output)).toBe(true);
    const { choice } = streamCase;
    expect(sawContent).toBe([choice?.text, choice?.reasoning, choice?.toolCalls].some((said) => said !== undefined));
  });
});

test('an event over several lines of data is one event', () => {
  const lines = JSON.stringify(text('x'), null, 1)
    .split('\n')
    .map((line) => `data: ${line}\n`)
    .join('');
  const bytes = Buffer.concat([bytesOf([START]), Buffer.from(`${lines}\n`), bytesOf([end('COMPLETE')])]);
  expect(run(bytes).summary.choices[0]?.text).toBe('x');
});

describe('citations', () => {
  const cite = (start: number, end: number, cited: string, more: object = {}): object => ({
    type: 'citation-start',
    index: 0,
    delta: {
      message: {
        citations: {
          start,
          end,
          text: cited,
          sources: [
            { type: 'document', id: 'doc:0', document: { title: 'T', url: 'https://example.com', snippet: 'words' } },
          ],
          type: 'TEXT_CONTENT',
          ...more,
        },
      },
    },
  });
  const citationsOf = (...events: readonly object[]) =>
    run(bytesOf([START, openText(), text('👩 say'), text('s hi'), ...events, end('COMPLETE')])).events.flatMap(
      (event) => (event.type === 'citation' ? [event.citation] : []),
    );
  const source = { title: 'T', url: 'https://example.com', citedText: 'words' };

  test('come before or after the end of the text that they are about', () => {
    expect(citationsOf(cite(3, 7, 'says'), close())).toEqual([{ ...source, start: 3, end: 7 }]);
    expect(citationsOf(close(), cite(3, 7, 'says'))).toEqual([{ ...source, start: 3, end: 7 }]);
  });

  test('counted in characters are counted in code units here', () => {
    expect(citationsOf(cite(2, 6, 'says'))).toEqual([{ ...source, start: 3, end: 7 }]);
  });

  test('in the wrong place have no place', () => {
    expect(citationsOf(cite(0, 4, 'says'))).toEqual([source]);
  });

  test('of a tool, of nothing, of a thought', () => {
    const sources = [
      { type: 'tool', id: 'weather_1:0', tool_output: { text: 'rain' } },
      { type: 'tool', id: 'b' },
    ];
    expect(citationsOf(cite(3, 7, 'says', { sources }))).toEqual([
      { title: 'weather_1:0', citedText: 'rain', start: 3, end: 7 },
      { title: 'b', start: 3, end: 7 },
    ]);
    expect(citationsOf(cite(3, 7, 'says', { sources: [] }))).toEqual([{ start: 3, end: 7 }]);
    expect(citationsOf(cite(3, 7, 'says', { type: 'THINKING_CONTENT' }))).toEqual([]);
  });
});

test('probabilities go with the words that they are about', () => {
  const logprobs = { text: ' ab', token_ids: [1, 2], logprobs: [-0.5, -0.25] };
  const { events } = run(bytesOf([START, openText(), text(' ab', 0, { logprobs }), close(), end('COMPLETE')]));
  expect(events).toContainEqual({
    type: 'text-delta',
    block: 0,
    text: ' ab',
    logprobs: [{ token: ' ab', logprob: -0.75 }],
  });
});

test('more calls than any model makes are refused', () => {
  const call = { tool_calls: { id: 'a', type: 'function', function: { name: 'f', arguments: '{}' } } };
  const calls = Array.from({ length: 600 }, (_, index) => ({
    type: 'tool-call-start',
    index,
    delta: { message: call },
  }));
  expect(run(bytesOf([START, ...calls, end('TOOL_CALL')])).error).toBe('upstream.bad_response');
});
