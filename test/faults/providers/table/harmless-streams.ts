import type { Fault, Play, Turn } from '../fault.ts';
import {
  CHUNKED,
  chunk,
  head,
  LAST_CHUNK,
  repeat,
  SSE_TYPE,
  sendFrames,
  startStream,
  stream,
  writeChunks,
} from '../replies.ts';
import { healthyFrames, WORDS } from '../shapes.ts';
import { OK, OK_ESTIMATED } from './endings.ts';

/** Streams that are whole, however oddly they are written: the client gets every word. */

const frames = ({ shape }: Turn): readonly string[] => healthyFrames(shape);

const harmless = (id: string, play: Play): Fault => ({ id, play, modes: ['stream'], ending: OK });

const rewritten = (id: string, edit: (frame: string, turn: Turn) => string): Fault =>
  harmless(
    id,
    stream((turn) => frames(turn).map((frame) => edit(frame, turn))),
  );

/** Cuts the bytes anywhere, without a look at what they are. */
const cutInto = (sizeBytes: number): Play => {
  return (turn) => {
    const bytes = Buffer.from(frames(turn).join(''));
    startStream(turn);
    for (let at = 0; at < bytes.length; at += sizeBytes) turn.socket.write(chunk(bytes.subarray(at, at + sizeBytes)));
    turn.socket.write(LAST_CHUNK);
    turn.done();
  };
};

/** One JSON text over two data lines, broken where JSON allows white space. */
const inTwoLines = (frame: string): string =>
  frame.replace(/^data: \{/m, 'data: {\ndata: ').replace('data: data: ', 'data: ');

const withUsage = (id: string, usageOf: (turn: Turn) => unknown): Fault => ({
  id,
  play: stream((turn) => {
    const { shape } = turn;
    return [...shape.starts, ...WORDS.map((word) => shape.piece(word)), ...shape.finish(usageOf(turn)), ...shape.ends];
  }),
  modes: ['stream'],
  ending: OK_ESTIMATED,
});

/** The finish reason has come, the end marker has not. */
const unmarked = ({ shape }: Turn): readonly string[] =>
  healthyFrames(shape).slice(0, shape.ends.length === 0 ? undefined : -shape.ends.length);

/** One frame after another, slowly. */
const dripped =
  (pauseMs: number): Play =>
  async (turn) => {
    const left = [...frames(turn)];
    startStream(turn);
    await repeat(turn, pauseMs, () => {
      const frame = left.shift();
      if (frame !== undefined) turn.socket.write(chunk(frame));
      else if (!turn.socket.writableEnded) {
        turn.done();
        turn.socket.end(LAST_CHUNK);
      }
    });
  };

export const HARMLESS_STREAMS: readonly Fault[] = [
  harmless('sse-split-1', cutInto(1)),
  harmless('sse-split-7', cutInto(7)),
  harmless('sse-split-61', cutInto(61)),
  harmless('sse-one-write', (turn) => sendFrames(turn, [frames(turn).join('')])),
  rewritten('sse-crlf', (frame) => frame.replaceAll('\n', '\r\n')),
  rewritten('sse-cr', (frame) => frame.replaceAll('\n', '\r')),
  rewritten('sse-mixed-endings', (frame) => frame.replace('\n\n', '\r\n\n')),
  harmless(
    'sse-bom',
    stream((turn) => frames(turn).map((frame, index) => (index === 0 ? `\ufeff${frame}` : frame))),
  ),
  rewritten('sse-comments', (frame) => `: keep-alive\n\n${frame}`),
  rewritten('sse-comments-inside', (frame) => `: note\n${frame}`),
  rewritten('sse-multi-data', inTwoLines),
  rewritten('sse-no-space', (frame) => frame.replaceAll('data: ', 'data:')),
  rewritten('sse-unknown-fields', (frame) => `id: 7\nretry: 3000\nfoo: bar\n${frame}`),
  rewritten('sse-unknown-events', (frame) => `event: x-heartbeat\ndata: {"type":"x-heartbeat"}\n\n${frame}`),
  rewritten('sse-ping', (frame, { shape }) => shape.ping + frame),
  rewritten('sse-extra-blank-lines', (frame) => `${frame}\n\n\n`),
  harmless(
    'sse-no-final-blank',
    stream((turn) => frames(turn).map((frame, index, all) => (index === all.length - 1 ? frame.slice(0, -2) : frame))),
  ),
  harmless('sse-no-end-marker', stream(unmarked)),
  harmless('sse-no-end-marker-close', (turn) => {
    turn.socket.end(
      `HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n${unmarked(turn).join('')}`,
    );
  }),
  {
    id: 'sse-done-then-open',
    play: (turn) => {
      startStream(turn);
      writeChunks(turn, frames(turn));
    },
    modes: ['stream'],
    shapes: ['openai', 'anthropic'],
    ending: OK,
  },
  {
    id: 'sse-done-then-reset',
    play: async (turn) => {
      startStream(turn);
      writeChunks(turn, frames(turn));
      await turn.clientHas(WORDS.length);
      turn.socket.destroy();
    },
    modes: ['stream'],
    shapes: ['openai', 'anthropic'],
    ending: OK,
  },
  {
    id: 'sse-done-then-more',
    play: stream((turn) => [...frames(turn), turn.shape.piece('POISON')]),
    modes: ['stream'],
    shapes: ['openai', 'anthropic'],
    ending: OK,
  },
  harmless('sse-slow-drip', dripped(15)),
  harmless(
    'sse-no-role',
    stream(({ shape }) => (shape.id === 'openai' ? healthyFrames(shape).slice(1) : healthyFrames(shape))),
  ),
  harmless('sse-close-delimited', (turn) => {
    turn.socket.end(head(200, { ...SSE_TYPE, connection: 'close' }) + frames(turn).join(''));
  }),
  harmless('sse-known-length', (turn) => {
    const text = frames(turn).join('');
    turn.socket.write(head(200, { ...SSE_TYPE, 'content-length': Buffer.byteLength(text) }) + text);
    turn.done();
  }),
  harmless('sse-type-upper-case', stream(frames, { 'content-type': 'Text/Event-Stream; charset=utf-8' })),
  withUsage('sse-usage-missing', () => undefined),
  withUsage('sse-usage-negative', ({ shape }) => shape.usage(-10, -5)),
  withUsage('sse-usage-string', ({ shape }) => shape.usage('ten', 'five')),
  withUsage('sse-usage-absurd', ({ shape }) => shape.usage(1e300, 1e300)),
  harmless('sse-empty-chunks', (turn) => {
    turn.socket.write(head(200, { ...SSE_TYPE, ...CHUNKED }));
    for (const frame of frames(turn)) turn.socket.write(Buffer.concat([chunk('\n'), chunk(frame)]));
    turn.socket.write(LAST_CHUNK);
    turn.done();
  }),
];
