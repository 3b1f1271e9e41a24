import type { Fault, Play, Turn } from '../fault.ts';
import {
  answer,
  body,
  CHUNKED,
  chunk,
  either,
  flood,
  head,
  JSON_TYPE,
  LAST_CHUNK,
  noBody,
  repeat,
  SSE_TYPE,
  sendBody,
  sendJson,
  silence,
} from '../replies.ts';
import { TEXT } from '../shapes.ts';
import { NONSENSE, OK, OK_ESTIMATED, OVERSIZED, TOO_SLOW, TRUNCATED } from './endings.ts';

const HTML = '<!doctype html><html><body>Welcome</body></html>';

/** Answers 200 with any JSON. */
const json =
  (bodyOf: (turn: Turn) => unknown): Play =>
  (turn) =>
    sendJson(turn, 200, bodyOf(turn));

const wholeOf = ({ shape }: Turn): string => JSON.stringify(shape.whole(TEXT, shape.usage(10, 5)));

/** The head of a JSON answer in chunks and a first part of it. */
function startJson(turn: Turn, part: string): void {
  turn.socket.write(head(200, { ...JSON_TYPE, ...CHUNKED }));
  turn.socket.write(chunk(part));
}

const half = (text: string): string => text.slice(0, text.length >> 1);

/** The head promises more than there is. */
const short =
  (end: (turn: Turn) => void): Play =>
  (turn) => {
    const text = wholeOf(turn);
    turn.socket.write(head(200, { ...JSON_TYPE, 'content-length': Buffer.byteLength(text) }));
    turn.socket.write(half(text));
    end(turn);
  };

/** A usage that no counting can give. */
const usage = (id: string, input: unknown, output: unknown): Fault => ({
  id: `usage-${id}`,
  play: (turn) => sendJson(turn, 200, turn.shape.whole(TEXT, turn.shape.usage(input, output))),
  modes: ['whole'],
  ending: OK_ESTIMATED,
});

const NOTHING_INSIDE = {
  openai: { id: 'x', object: 'chat.completion', created: 1, model: 'm', choices: [] },
  anthropic: { type: 'message', role: 'assistant' },
  gemini: { modelVersion: 'm' },
} as const;

export const BODY_FAULTS: readonly Fault[] = [
  { id: 'html-200', play: body(200, { 'content-type': 'text/html' }, HTML), ending: NONSENSE, again: 'first' },
  { id: 'html-as-json', play: body(200, JSON_TYPE, HTML), ending: NONSENSE, again: 'first' },
  { id: 'empty-200', play: body(200, JSON_TYPE, ''), ending: NONSENSE, again: 'first' },
  { id: 'empty-200-no-type', play: body(200, {}, ''), ending: NONSENSE, again: 'first' },
  { id: 'status-204', play: noBody(204), ending: NONSENSE, again: 'first' },
  { id: 'body-null', play: body(200, JSON_TYPE, 'null'), ending: NONSENSE, again: 'first' },
  { id: 'body-array', play: body(200, JSON_TYPE, '[]'), ending: NONSENSE, again: 'first' },
  { id: 'body-string', play: body(200, JSON_TYPE, '"hello"'), ending: NONSENSE, again: 'first' },
  { id: 'body-number', play: body(200, JSON_TYPE, '42'), ending: NONSENSE, again: 'first' },
  { id: 'body-wrong-shape', play: json(() => ({ hello: 'world' })), ending: NONSENSE, again: 'first' },
  {
    id: 'body-wrong-types',
    play: json(() => ({ choices: 'x', content: 7, candidates: true })),
    ending: NONSENSE,
    again: 'first',
  },
  { id: 'body-nothing-inside', play: json(({ shape }) => NOTHING_INSIDE[shape.id]), ending: NONSENSE, again: 'first' },
  {
    id: 'body-null-inside',
    play: json(() => ({ choices: null, content: null, candidates: null })),
    ending: NONSENSE,
    again: 'first',
  },
  { id: 'error-in-200', play: json(({ shape }) => shape.error(500, 'hidden')), ending: NONSENSE, again: 'first' },
  {
    id: 'body-truncated',
    play: (turn) => sendBody(turn, 200, JSON_TYPE, half(wholeOf(turn))),
    ending: NONSENSE,
    again: 'first',
  },
  { id: 'body-short', play: short(({ socket }) => void socket.end()), ending: TRUNCATED, again: 'first' },
  { id: 'body-short-stall', play: short(() => undefined), ending: TOO_SLOW, again: 'last', clock: 'idle' },
  { id: 'body-reset', play: short(({ socket }) => void socket.resetAndDestroy()), ending: TRUNCATED, again: 'first' },
  {
    id: 'body-bad-chunk',
    play: (turn) => {
      startJson(turn, half(wholeOf(turn)));
      turn.socket.write('zzz\r\nnot a chunk\r\n');
    },
    ending: NONSENSE,
    again: 'first',
  },
  {
    id: 'body-chunk-overrun',
    play: (turn) => {
      startJson(turn, half(wholeOf(turn)));
      turn.socket.write('5\r\nmore than five\r\n');
    },
    ending: NONSENSE,
    again: 'first',
  },
  {
    id: 'body-no-last-chunk',
    play: (turn) => {
      startJson(turn, wholeOf(turn));
      turn.socket.end();
    },
    ending: TRUNCATED,
    again: 'first',
    modes: ['whole'],
  },
  {
    id: 'body-no-last-chunk-close',
    play: (turn) => {
      turn.socket.write(head(200, { ...JSON_TYPE, ...CHUNKED, connection: 'close' }));
      turn.socket.end(chunk(half(wholeOf(turn))));
    },
    ending: TRUNCATED,
    again: 'first',
  },
  {
    id: 'body-stall',
    play: (turn) => startJson(turn, half(wholeOf(turn))),
    ending: TOO_SLOW,
    again: 'last',
    clock: 'idle',
  },
  {
    id: 'body-then-open',
    play: (turn) => startJson(turn, wholeOf(turn)),
    ending: TOO_SLOW,
    again: 'last',
    clock: 'idle',
  },
  {
    id: 'body-longer',
    play: (turn) => {
      const text = wholeOf(turn);
      turn.socket.write(head(200, { ...JSON_TYPE, 'content-length': Buffer.byteLength(text) }));
      turn.socket.write(`${text}and more`);
    },
    ending: OK,
    modes: ['whole'],
  },
  {
    id: 'body-invalid-utf8',
    play: (turn) => {
      const [before = '', after = ''] = wholeOf(turn).split('\u00e9');
      sendBody(turn, 200, JSON_TYPE, Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(after)]));
    },
    modes: ['whole'],
    ending: { kind: 'answer', text: TEXT.replace('\u00e9', '\ufffd'), usage: 'provider' },
  },
  {
    id: 'body-bom',
    play: (turn) => sendBody(turn, 200, JSON_TYPE, `\ufeff${wholeOf(turn)}`),
    modes: ['whole'],
    ending: NONSENSE,
    again: 'first',
  },
  {
    id: 'body-spaced',
    play: (turn) => sendBody(turn, 200, JSON_TYPE, `\n\n  ${wholeOf(turn)}  \r\n`),
    modes: ['whole'],
    ending: OK,
  },
  {
    id: 'body-proto',
    play: (turn) => sendBody(turn, 200, JSON_TYPE, wholeOf(turn).replace('{', '{"__proto__":{"polluted":true},')),
    modes: ['whole'],
    ending: OK,
  },
  {
    id: 'body-deep',
    play: body(200, JSON_TYPE, `${'['.repeat(100_000)}${']'.repeat(100_000)}`),
    ending: NONSENSE,
    again: 'first',
  },
  {
    id: 'body-deep-inside',
    play: (turn) =>
      sendBody(turn, 200, JSON_TYPE, wholeOf(turn).replace('{', `{"deep":${'['.repeat(50_000)}${']'.repeat(50_000)},`)),
    modes: ['whole'],
    ending: OK,
  },
  {
    id: 'body-one-byte',
    play: async (turn) => {
      const bytes = Buffer.from(wholeOf(turn));
      turn.socket.write(head(200, { ...JSON_TYPE, ...CHUNKED }));
      for (let at = 0; at < bytes.length; at += 1) turn.socket.write(chunk(bytes.subarray(at, at + 1)));
      turn.socket.write(LAST_CHUNK);
      turn.done();
    },
    modes: ['whole'],
    ending: OK,
  },
  {
    // Longer in all than the silence that is allowed, but never silent for so long.
    id: 'body-slow',
    play: async (turn) => {
      const parts = [...(wholeOf(turn).match(/[\s\S]{1,20}/g) ?? [])];
      turn.socket.write(head(200, { ...JSON_TYPE, ...CHUNKED }));
      await repeat(turn, 10, () => {
        const part = parts.shift();
        if (part !== undefined) turn.socket.write(chunk(part));
        else if (!turn.socket.writableEnded) endQuietly(turn);
      });
    },
    modes: ['whole'],
    ending: OK,
  },
  {
    id: 'body-96mib',
    play: async (turn) => {
      startJson(turn, '{"filler":"');
      await flood(turn, chunk('x'.repeat(64 * 1024)), 96 * 1024 * 1024);
    },
    ending: OVERSIZED,
    again: 'never',
    isHeavy: true,
  },
  usage('negative', -10, -5),
  usage('string', 'ten', 'five'),
  usage('absurd', 1e300, 1e300),
  usage('null', null, null),
  usage('object', {}, []),
  {
    id: 'usage-missing',
    play: (turn) => sendJson(turn, 200, turn.shape.whole(TEXT)),
    modes: ['whole'],
    ending: OK_ESTIMATED,
  },
  {
    id: 'whole-for-stream',
    play: (turn) => sendJson(turn, 200, turn.shape.whole(TEXT, turn.shape.usage(10, 5))),
    modes: ['stream'],
    ending: OK,
  },
  {
    id: 'stream-for-whole',
    play: either((turn) => sendBody(turn, 200, SSE_TYPE, turn.shape.piece('x')), answer),
    modes: ['whole'],
    ending: NONSENSE,
    again: 'first',
  },
  {
    id: 'silence-with-type',
    play: either(silence, silence),
    modes: ['whole'],
    ending: TOO_SLOW,
    again: 'last',
    clock: 'first-token',
  },
];

function endQuietly(turn: Turn): void {
  turn.socket.end(LAST_CHUNK);
  turn.done();
}
