import type { Usage } from '../../../src/canonical/usage.ts';
import type { ChoiceSummary } from '../run-stream.ts';

export interface StreamCase {
  readonly name: string;
  readonly events: readonly (object | string)[];
  readonly choice?: Partial<ChoiceSummary>;
  readonly usage?: Usage;
  readonly error?: string;
}

export const START = {
  type: 'message-start',
  id: 'chat-1',
  delta: { message: { role: 'assistant', content: [], tool_plan: '' } },
};

const content = (type: string, index: number, members: object, more: object = {}): object => {
  return { type, index, delta: { message: { content: members } }, ...more };
};
export const openText = (index = 0): object => content('content-start', index, { type: 'text', text: '' });
export const text = (words: string, index = 0, more: object = {}): object =>
  content('content-delta', index, { text: words }, more);
const openThought = content('content-start', 0, { type: 'thinking', thinking: '' });
const thought = (words: string): object => content('content-delta', 0, { thinking: words });
export const close = (index = 0): object => ({ type: 'content-end', index });
const plan = (words: string): object => ({ type: 'tool-plan-delta', delta: { message: { tool_plan: words } } });
const call = (type: string, index: number, tool_calls: object): object => ({
  type,
  index,
  delta: { message: { tool_calls } },
});
const startCall = (index: number, id: string, name: string): object =>
  call('tool-call-start', index, { id, type: 'function', function: { name, arguments: '' } });
const extend = (index: number, words: string): object =>
  call('tool-call-delta', index, { function: { arguments: words } });
const endCall = (index: number): object => ({ type: 'tool-call-end', index });
export const end = (finish_reason: string, more: object = {}): object => ({
  type: 'message-end',
  delta: {
    finish_reason,
    usage: {
      billed_units: { input_tokens: 119, output_tokens: 44 },
      tokens: { input_tokens: 1549, output_tokens: 95 },
      cached_tokens: 1504,
    },
    ...more,
  },
});

/** Of the 1504 tokens out of the cache 1430 are Cohere's own, which it does not bill. */
export const USAGE: Usage = {
  inputTokens: 45,
  cacheReadTokens: 74,
  cacheWriteTokens: 0,
  outputTokens: 44,
  reasoningTokens: 0,
};

export const STREAM_CASES: readonly StreamCase[] = [
  {
    name: 'words in many languages',
    events: [START, openText(), text('Grüße, '), text('世界! 👩‍🚀'), text(' \\n "type"'), close(), end('COMPLETE')],
    choice: { text: 'Grüße, 世界! 👩‍🚀 \\n "type"', finishReason: 'stop' },
    usage: USAGE,
  },
  {
    name: 'a thought before the words',
    events: [
      START,
      openThought,
      thought('hm'),
      thought(', so'),
      close(),
      openText(1),
      text('yes', 1),
      close(1),
      end('MAX_TOKENS'),
    ],
    choice: { reasoning: 'hm, so', text: 'yes', finishReason: 'length' },
    usage: USAGE,
  },
  {
    name: 'a plan and two calls, one after the other',
    events: [
      START,
      plan('I will '),
      plan('look.'),
      startCall(0, 'weather_1', 'weather'),
      extend(0, '{"'),
      extend(0, 'city":"Zürich"}'),
      endCall(0),
      startCall(1, 'now_2', 'now'),
      endCall(1),
      end('TOOL_CALL'),
    ],
    choice: {
      text: 'I will look.',
      toolCalls: [
        { id: 'weather_1', name: 'weather', arguments: '{"city":"Zürich"}' },
        { id: 'now_2', name: 'now', arguments: '{}' },
      ],
      finishReason: 'tool-calls',
    },
    usage: USAGE,
  },
  {
    name: 'calls that take turns, one of them never closed, one with null for arguments',
    events: [
      START,
      startCall(0, 'a', 'f'),
      startCall(1, 'b', 'g'),
      startCall(2, 'c', 'h'),
      extend(1, '{"x":'),
      extend(0, 'nu'),
      extend(2, 'n'),
      extend(1, '1.50}'),
      extend(0, 'll'),
      extend(2, 'o'),
      endCall(0),
      endCall(2),
      end('TOOL_CALL'),
    ],
    choice: {
      toolCalls: [
        { id: 'a', name: 'f', arguments: '{}' },
        { id: 'b', name: 'g', arguments: '{"x":1.50}' },
        { id: 'c', name: 'h', arguments: 'no' },
      ],
      finishReason: 'tool-calls',
    },
    usage: USAGE,
  },
  {
    name: 'unknown events, no figures, a stop sequence, no brackets',
    events: [
      START,
      { type: 'debug', prompt: 'x' },
      text('a'),
      { type: 'new-thing', delta: null },
      text('b'),
      { type: 'message-end', delta: { finish_reason: 'STOP_SEQUENCE' } },
    ],
    choice: { text: 'ab', finishReason: 'stop-sequence' },
  },
  {
    name: 'a safety stop',
    events: [START, end('ERROR_TOXIC')],
    choice: { finishReason: 'content-filter' },
    usage: USAGE,
  },
  {
    name: 'what comes after the end is not looked at',
    events: [START, openText(), text('x'), close(), end('COMPLETE'), '[DONE]', { message: 'late' }],
    choice: { text: 'x', finishReason: 'stop' },
    usage: USAGE,
  },
  { name: 'an error first', events: [{ id: 'x', message: 'boom' }], error: 'upstream.failed' },
  {
    name: 'an error as the end',
    events: [START, openText(), text('x'), end('ERROR', { error: 'boom' })],
    choice: { text: 'x' },
    error: 'upstream.failed',
  },
  {
    name: 'out of time',
    events: [START, openText(), text('x'), end('TIMEOUT')],
    choice: { text: 'x' },
    error: 'upstream.failed',
  },
  {
    name: 'cut off',
    events: [START, openText(), text('x'), close()],
    choice: { text: 'x' },
    error: 'upstream.truncated',
  },
  { name: 'only a start', events: [START], error: 'upstream.truncated' },
  { name: 'only an end', events: [{ type: 'message-end', delta: {} }], error: 'upstream.bad_response' },
  { name: 'nothing', events: [], error: 'upstream.truncated' },
  { name: 'a page', events: ['<html>'], error: 'upstream.bad_response' },
  { name: 'arguments of no call', events: [START, extend(0, '{}')], error: 'upstream.bad_response' },
];

/** As Cohere writes them: with the name of the event. `extra` stands between the events. */
export function bytesOf(events: StreamCase['events'], extra = '', ending = '\n'): Buffer {
  const frames = events.map((event) =>
    typeof event === 'string'
      ? `data: ${event}\n\n`
      : `event: ${(event as { type?: string }).type ?? ''}\ndata: ${JSON.stringify(event)}\n\n`,
  );
  return Buffer.from(frames.join(extra).replaceAll('\n', ending));
}
