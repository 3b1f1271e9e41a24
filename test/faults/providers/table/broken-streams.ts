import type { ErrorCode } from '../../../../src/errors/codes.ts';
import type { Fault, Play, Turn } from '../fault.ts';
import { chunk, flood, LAST_CHUNK, repeat, startStream, writeChunks } from '../replies.ts';
import { dataFrame, WORDS } from '../shapes.ts';
import { brokenAfter } from './endings.ts';

/** Streams that break after so many words: the client has those words, learns of the error, and nothing else. */

/** Writes the words, waits until the client has them, and breaks. */
const after =
  (pieces: number, breakOff: Play): Play =>
  async (turn) => {
    startStream(turn);
    writeChunks(turn, [...turn.shape.starts, ...WORDS.slice(0, pieces).map((word) => turn.shape.piece(word))]);
    await turn.clientHas(pieces);
    await breakOff(turn);
  };

const broken = (id: string, pieces: number, code: ErrorCode, breakOff: Play, more: Partial<Fault> = {}): Fault => ({
  id: `${id}-after-${pieces}`,
  play: after(pieces, breakOff),
  modes: ['stream'],
  ending: brokenAfter(pieces, code),
  ...more,
});

const write =
  (textOf: (turn: Turn) => string): Play =>
  (turn) =>
    void turn.socket.write(chunk(textOf(turn)));

/** Ends the body properly behind `textOf`. */
const last =
  (textOf: (turn: Turn) => string): Play =>
  (turn) => {
    const text = textOf(turn);
    if (text !== '') turn.socket.write(chunk(text));
    turn.socket.write(LAST_CHUNK);
    turn.done();
  };

const NOTHING = (): string => '';

/** All in one write: the words that came before the break in it still count. */
const together = (id: string, code: ErrorCode, frameOf: (turn: Turn) => string): Fault => ({
  id: `${id}-in-one-write`,
  play: async (turn) => {
    startStream(turn);
    writeChunks(turn, [...turn.shape.starts, turn.shape.piece(WORDS[0])]);
    await turn.clientHas(1);
    turn.socket.write(chunk(turn.shape.piece(WORDS[1]) + turn.shape.piece(WORDS[2]) + frameOf(turn)));
  },
  modes: ['stream'],
  ending: brokenAfter(3, code),
});

const TRUNCATED = 'upstream.truncated';
const NONSENSE = 'upstream.bad_response';
const FAILED = 'upstream.failed';

const BROKEN_JSON = 'data: {"id":"x","choices":[{\n\n';
const HTML = '<html><body>502 Bad gateway</body></html>\n\n';

export const BROKEN_STREAMS: readonly Fault[] = [
  broken('reset', 1, TRUNCATED, ({ socket }) => void socket.resetAndDestroy()),
  broken('reset', 3, TRUNCATED, ({ socket }) => void socket.resetAndDestroy()),
  broken('close', 1, TRUNCATED, ({ socket }) => void socket.end()),
  broken('close', 3, TRUNCATED, ({ socket }) => void socket.end()),
  broken('close', 6, TRUNCATED, ({ socket }) => void socket.end()),
  broken('end', 1, TRUNCATED, last(NOTHING)),
  broken('end', 3, TRUNCATED, last(NOTHING)),
  broken('end', 6, TRUNCATED, last(NOTHING)),
  broken(
    'error-event',
    1,
    FAILED,
    write(({ shape }) => shape.errorFrame('cut off')),
  ),
  broken(
    'error-event',
    3,
    FAILED,
    write(({ shape }) => shape.errorFrame('cut off')),
  ),
  broken(
    'error-event-and-end',
    3,
    FAILED,
    last(({ shape }) => shape.errorFrame('cut off') + shape.ends.join('')),
  ),
  broken(
    'broken-json',
    3,
    NONSENSE,
    write(() => BROKEN_JSON),
  ),
  broken(
    'half-frame',
    3,
    NONSENSE,
    last(({ shape }) => shape.piece('x').slice(0, -20)),
  ),
  broken(
    'html',
    3,
    TRUNCATED,
    last(() => HTML),
  ),
  broken('bad-chunk', 3, NONSENSE, ({ socket }) => void socket.write('xyz\r\n')),
  broken(
    'null-frame',
    3,
    NONSENSE,
    write(() => dataFrame(null)),
  ),
  together('error-event', FAILED, ({ shape }) => shape.errorFrame('cut off')),
  together('broken-json', NONSENSE, () => BROKEN_JSON),
  broken('stall', 1, 'upstream.timeout', () => undefined, { clock: 'idle' }),
  broken('stall', 3, 'upstream.timeout', () => undefined, { clock: 'idle' }),
  broken(
    'comments',
    3,
    'upstream.timeout',
    (turn) => repeat(turn, 20, () => turn.socket.write(chunk(': still here\n\n'))),
    { clock: 'idle' },
  ),
  broken('pings', 3, 'upstream.timeout', (turn) => repeat(turn, 20, () => turn.socket.write(chunk(turn.shape.ping))), {
    clock: 'idle',
  }),
  {
    id: 'endless-stream',
    play: async (turn) => {
      startStream(turn);
      writeChunks(turn, turn.shape.starts);
      await repeat(turn, 20, () => turn.socket.write(chunk(turn.shape.piece('again '))));
    },
    modes: ['stream'],
    ending: brokenAfter(Number.NaN, 'upstream.timeout'),
    clock: 'total',
    // It has never been silent: only the caller's time is over.
    isBlameless: true,
  },
  {
    id: 'giant-line-after-1',
    play: after(1, async (turn) => {
      turn.socket.write(chunk('data: '));
      await flood(turn, chunk('x'.repeat(64 * 1024)), 64 * 1024 * 1024);
    }),
    modes: ['stream'],
    ending: brokenAfter(1, 'upstream.oversized'),
    isHeavy: true,
  },
];
