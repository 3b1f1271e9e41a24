import type { Usage } from '../../../src/canonical/usage.ts';
import type { ChoiceSummary } from '../run-stream.ts';

export interface StreamCase {
  readonly name: string;
  readonly lines: readonly (object | string)[];
  readonly choice?: Partial<ChoiceSummary>;
  readonly usage?: Usage;
  readonly error?: string;
}

const HEAD = { model: 'qwen3', created_at: '2026-11-20T12:00:00Z' };

export const words = (message: object, more: object = {}): object => {
  return { ...HEAD, message: { role: 'assistant', content: '', ...message }, done: false, ...more };
};

export const done = (more: object = {}): object => {
  const figures = { total_duration: 5, load_duration: 1, prompt_eval_count: 26, eval_count: 9, eval_duration: 3 };
  return { ...HEAD, message: { role: 'assistant', content: '' }, done: true, done_reason: 'stop', ...figures, ...more };
};

const call = (name: string, given: object, more: object = {}): object => {
  return { tool_calls: [{ ...more, function: { index: 0, name, arguments: given } }] };
};

export const USAGE: Usage = {
  inputTokens: 26,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  outputTokens: 9,
  reasoningTokens: 0,
};

export const STREAM_CASES: readonly StreamCase[] = [
  {
    name: 'words in many languages',
    lines: [
      words({ content: 'Grüße, ' }),
      words({ content: '世界! 👩‍🚀' }),
      words({ content: ' "done":true \\u0000' }),
      done(),
    ],
    choice: { text: 'Grüße, 世界! 👩‍🚀 "done":true \\u0000', finishReason: 'stop' },
    usage: USAGE,
  },
  {
    name: 'the last line has words, too',
    lines: [words({ content: 'a' }), done({ message: { role: 'assistant', content: 'b' }, done_reason: 'length' })],
    choice: { text: 'ab', finishReason: 'length' },
    usage: USAGE,
  },
  {
    name: 'thoughts, words and thoughts again',
    lines: [
      words({ thinking: 'hm' }),
      words({ thinking: ', so' }),
      words({ content: 'yes' }),
      words({ thinking: '!' }),
      done(),
    ],
    choice: { reasoning: 'hm, so!', text: 'yes', finishReason: 'stop' },
    usage: USAGE,
  },
  {
    name: 'two calls with ids in two lines',
    lines: [
      words({ content: 'Looking.' }),
      words(call('weather', { city: 'Zürich', at: [1.5, null] }, { id: 'call_a' })),
      words(call('weather', { city: 'Oslo' }, { id: 'call_b' })),
      done(),
    ],
    choice: {
      text: 'Looking.',
      toolCalls: [
        { id: 'call_a', name: 'weather', arguments: '{"city":"Zürich","at":[1.5,null]}' },
        { id: 'call_b', name: 'weather', arguments: '{"city":"Oslo"}' },
      ],
      finishReason: 'tool-calls',
    },
    usage: USAGE,
  },
  {
    name: 'calls without ids and without arguments, in the last line',
    lines: [
      done({
        message: {
          role: 'assistant',
          content: '',
          tool_calls: [{ function: { name: 'now', arguments: {} } }, { function: { name: 'here' } }],
        },
      }),
    ],
    choice: {
      toolCalls: [
        { id: 'invented-0', name: 'now', arguments: '{}' },
        { id: 'invented-1', name: 'here', arguments: '{}' },
      ],
      finishReason: 'tool-calls',
    },
    usage: USAGE,
  },
  {
    name: 'no figures at all, blank lines, unknown members',
    lines: ['', words({ content: 'x', images: null, mood: 'good' }), ' ', { ...words({}), done: true }],
    choice: { text: 'x', finishReason: 'stop' },
  },
  {
    name: 'nothing said',
    lines: [done()],
    choice: { finishReason: 'stop' },
    usage: USAGE,
  },
  {
    name: 'what comes after the end is not looked at',
    lines: [words({ content: 'x' }), done(), 'nonsense', { error: 'late' }],
    choice: { text: 'x', finishReason: 'stop' },
    usage: USAGE,
  },
  { name: 'an error first', lines: [{ error: 'boom' }], error: 'upstream.failed' },
  {
    name: 'an error midway',
    lines: [words({ content: 'x' }), { error: 'boom' }, done()],
    choice: { text: 'x' },
    error: 'upstream.failed',
  },
  {
    name: 'an error of a proxy before it',
    lines: [{ error: { message: 'boom', type: 'api_error' } }],
    error: 'upstream.failed',
  },
  {
    name: 'cut off',
    lines: [words({ content: 'x' }), words({ content: 'y' })],
    choice: { text: 'xy' },
    error: 'upstream.truncated',
  },
  { name: 'nothing', lines: [], error: 'upstream.truncated' },
  { name: 'a page', lines: ['<html>'], error: 'upstream.bad_response' },
  {
    name: 'broken JSON',
    lines: [words({ content: 'x' }), '{"message":'],
    choice: { text: 'x' },
    error: 'upstream.bad_response',
  },
  { name: 'an answer of another kind', lines: [{ status: 'pulling manifest' }], error: 'upstream.bad_response' },
];

export function bytesOf(lines: StreamCase['lines'], ending = '\n'): Buffer {
  return Buffer.from(
    lines.map((line) => `${typeof line === 'string' ? line : JSON.stringify(line)}${ending}`).join(''),
  );
}
