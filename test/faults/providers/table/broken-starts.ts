import type { Fault, Play } from '../fault.ts';
import { chunk, flood, LAST_CHUNK, repeat, sendFrames, startStream, stream, writeChunks } from '../replies.ts';
import { dataFrame } from '../shapes.ts';
import { FAILED, NONSENSE, OVERSIZED, TOO_SLOW, TRUNCATED } from './endings.ts';

/** Streams that break before their first content: nothing has reached the client, so another model may answer. */

const MODES = ['stream'] as const;

const startedThen =
  (end: Play): Play =>
  (turn) => {
    startStream(turn);
    writeChunks(turn, turn.shape.starts);
    return end(turn);
  };

export const BROKEN_STARTS: readonly Fault[] = [
  { id: 'sse-stall-pre', play: startStream, modes: MODES, ending: TOO_SLOW, again: 'last', clock: 'first-token' },
  {
    id: 'sse-start-then-stall',
    play: startedThen(() => undefined),
    modes: MODES,
    ending: TOO_SLOW,
    again: 'last',
    clock: 'first-token',
  },
  {
    id: 'sse-comments-forever',
    play: async (turn) => {
      startStream(turn);
      await repeat(turn, 20, () => turn.socket.write(chunk(': still here\n\n')));
    },
    modes: MODES,
    ending: TOO_SLOW,
    again: 'last',
    clock: 'first-token',
  },
  {
    id: 'sse-pings-forever',
    play: async (turn) => {
      startStream(turn);
      writeChunks(turn, turn.shape.starts);
      await repeat(turn, 20, () => turn.socket.write(chunk(turn.shape.ping)));
    },
    modes: MODES,
    ending: TOO_SLOW,
    again: 'last',
    clock: 'first-token',
  },
  {
    id: 'sse-starts-forever',
    play: async (turn) => {
      startStream(turn);
      const last = turn.shape.starts.at(-1) ?? '';
      await repeat(turn, 20, () => turn.socket.write(chunk(last)));
    },
    modes: MODES,
    ending: TOO_SLOW,
    again: 'last',
    clock: 'first-token',
  },
  { id: 'sse-empty', play: (turn) => sendFrames(turn, []), modes: MODES, ending: TRUNCATED, again: 'first' },
  {
    id: 'sse-only-comments',
    play: stream(() => [': a\n\n', ': b\n\n']),
    modes: MODES,
    ending: TRUNCATED,
    again: 'first',
  },
  {
    id: 'sse-only-done',
    play: stream(({ shape }) => shape.ends),
    modes: MODES,
    shapes: ['openai', 'anthropic'],
    ending: NONSENSE,
    again: 'first',
  },
  { id: 'sse-only-start', play: stream(({ shape }) => shape.starts), modes: MODES, ending: TRUNCATED, again: 'first' },
  {
    id: 'sse-error-first',
    play: stream(({ shape }) => [shape.errorFrame('no')]),
    modes: MODES,
    ending: FAILED,
    again: 'first',
  },
  {
    id: 'sse-error-after-start',
    play: stream(({ shape }) => [...shape.starts, shape.errorFrame('no')]),
    modes: MODES,
    ending: FAILED,
    again: 'first',
  },
  { id: 'sse-broken-first', play: stream(() => ['data: {"id":\n\n']), modes: MODES, ending: NONSENSE, again: 'first' },
  {
    id: 'sse-html-first',
    play: stream(() => ['<html><body>502</body></html>\n\n']),
    modes: MODES,
    ending: TRUNCATED,
    again: 'first',
  },
  { id: 'sse-null-first', play: stream(() => ['data: null\n\n']), modes: MODES, ending: NONSENSE, again: 'first' },
  { id: 'sse-array-first', play: stream(() => [dataFrame([1, 2])]), modes: MODES, ending: NONSENSE, again: 'first' },
  {
    id: 'sse-wrong-type',
    play: stream(({ shape }) => [...shape.starts, shape.piece('x')], { 'content-type': 'text/html' }),
    modes: MODES,
    ending: NONSENSE,
    again: 'first',
  },
  {
    id: 'sse-reset-pre',
    play: startedThen(({ socket }) => void socket.resetAndDestroy()),
    modes: MODES,
    ending: TRUNCATED,
    again: 'first',
  },
  {
    id: 'sse-close-pre',
    play: startedThen(({ socket }) => void socket.end()),
    modes: MODES,
    ending: TRUNCATED,
    again: 'first',
  },
  {
    id: 'sse-bad-chunk-pre',
    play: startedThen(({ socket }) => void socket.write('xyz\r\n')),
    modes: MODES,
    ending: NONSENSE,
    again: 'first',
  },
  {
    id: 'sse-half-frame-end',
    play: (turn) => {
      startStream(turn);
      turn.socket.write(chunk(turn.shape.piece('x').slice(0, -20)));
      turn.socket.write(LAST_CHUNK);
      turn.done();
    },
    modes: MODES,
    ending: NONSENSE,
    again: 'first',
  },
  {
    id: 'sse-giant-line',
    play: async (turn) => {
      startStream(turn);
      turn.socket.write(chunk('data: '));
      await flood(turn, chunk('x'.repeat(64 * 1024)), 64 * 1024 * 1024);
    },
    modes: MODES,
    ending: OVERSIZED,
    again: 'never',
    isHeavy: true,
  },
];
