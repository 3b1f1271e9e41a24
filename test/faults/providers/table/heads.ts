import type { Fault, Play } from '../fault.ts';
import {
  answer,
  CHUNKED,
  chunk,
  failWith,
  head,
  JSON_TYPE,
  LAST_CHUNK,
  noBody,
  SSE_TYPE,
  sendFrames,
  sendJson,
} from '../replies.ts';
import { healthyFrames, TEXT } from '../shapes.ts';
import { NONSENSE, OK, REDIRECTED, UNREACHABLE } from './endings.ts';

/** Raw bytes in the place of an answer, and nothing more. */
const raw =
  (bytes: string): Play =>
  ({ socket }) =>
    void socket.write(bytes);

/** The healthy answer with further headers. */
const withHeaders =
  (headers: Readonly<Record<string, string | number>>): Play =>
  (turn) => {
    if (turn.isStream) sendFrames(turn, healthyFrames(turn.shape), headers);
    else sendJson(turn, 200, turn.shape.whole(TEXT, turn.shape.usage(10, 5)), headers);
  };

const MANY = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`x-filler-${index}`, 'filler']));

/** The healthy body in chunks under a head of its own. */
const chunkedUnder =
  (headOf: (type: Readonly<Record<string, string>>) => string, tail = LAST_CHUNK): Play =>
  (turn) => {
    const { shape, socket, isStream } = turn;
    const whole = [JSON.stringify(shape.whole(TEXT, shape.usage(10, 5)))];
    socket.write(headOf(isStream ? SSE_TYPE : JSON_TYPE));
    for (const part of isStream ? healthyFrames(shape) : whole) socket.write(chunk(part));
    socket.write(tail);
    turn.done();
  };

const informed =
  (lines: string): Play =>
  (turn) => {
    turn.socket.write(lines);
    return answer(turn);
  };

const redirect =
  (status: number, locationOf: (turn: Parameters<Play>[0]) => string): Play =>
  (turn) =>
    failWith(status, { location: locationOf(turn) })(turn);

const redirectFault = (status: number): Fault => ({
  id: `redirect-${status}`,
  play: redirect(status, ({ canaryUrl }) => `${canaryUrl}/v1/chat/completions`),
  ending: REDIRECTED,
  again: 'never',
});

export const HEAD_FAULTS: readonly Fault[] = [
  { id: 'headers-garbage', play: raw('SSH-2.0-OpenSSH_9.9\r\n\r\n'), ending: NONSENSE, again: 'first' },
  { id: 'headers-binary', play: raw('\u0000\u0001\u0016\u0003\r\n\r\n'), ending: NONSENSE, again: 'first' },
  { id: 'headers-bad-name', play: raw('HTTP/1.1 200 OK\r\nbad name: x\r\n\r\n'), ending: NONSENSE, again: 'first' },
  {
    id: 'headers-huge',
    play: withHeaders({ 'x-huge': 'x'.repeat(64 * 1024) }),
    ending: NONSENSE,
    again: 'first',
  },
  { id: 'headers-many', play: withHeaders(MANY), ending: NONSENSE, again: 'first' },
  {
    id: 'headers-dup-length',
    play: raw('HTTP/1.1 200 OK\r\ncontent-length: 10\r\ncontent-length: 20\r\n\r\n0123456789'),
    ending: NONSENSE,
    again: 'first',
  },
  {
    id: 'headers-bad-length',
    play: raw('HTTP/1.1 200 OK\r\ncontent-length: ten\r\n\r\n0123456789'),
    ending: NONSENSE,
    again: 'first',
  },
  {
    id: 'headers-te-and-cl',
    play: chunkedUnder((type) => head(200, { ...type, ...CHUNKED, 'content-length': 5 })),
    ending: NONSENSE,
    again: 'first',
  },
  {
    id: 'headers-1xx',
    play: informed('HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'),
    ending: OK,
  },
  { id: 'headers-100', play: informed('HTTP/1.1 100 Continue\r\n\r\n'), ending: UNREACHABLE, again: 'first' },
  {
    id: 'trailers',
    play: chunkedUnder((type) => head(200, { ...type, ...CHUNKED, trailer: 'x-end' }), '0\r\nx-end: 1\r\n\r\n'),
    ending: OK,
  },
  {
    id: 'chunk-extensions',
    play: (turn) => {
      const { shape, socket } = turn;
      const text = turn.isStream
        ? healthyFrames(shape).join('')
        : JSON.stringify(shape.whole(TEXT, shape.usage(10, 5)));
      socket.write(head(200, { ...(turn.isStream ? SSE_TYPE : JSON_TYPE), ...CHUNKED }));
      socket.write(`${Buffer.byteLength(text).toString(16)};name=value\r\n${text}\r\n${LAST_CHUNK}`);
      turn.done();
    },
    ending: OK,
  },
  {
    id: 'http-1-0',
    play: ({ shape, isStream, socket }) => {
      const text = isStream ? healthyFrames(shape).join('') : JSON.stringify(shape.whole(TEXT, shape.usage(10, 5)));
      const type = isStream ? SSE_TYPE : JSON_TYPE;
      socket.end(`HTTP/1.0 200 OK\r\ncontent-type: ${type['content-type']}\r\n\r\n${text}`);
    },
    ending: OK,
  },
  { id: 'type-with-charset', play: (turn) => withHeaders(charset(turn.isStream))(turn), ending: OK },
  ...[301, 302, 303, 307, 308].map(redirectFault),
  { id: 'redirect-loop', play: redirect(307, ({ path }) => path), ending: REDIRECTED, again: 'never' },
  { id: 'redirect-nowhere', play: failWith(302), ending: REDIRECTED, again: 'never' },
  {
    id: 'not-modified',
    play: noBody(304),
    ending: REDIRECTED,
    again: 'never',
  },
];

function charset(isStream: boolean): Readonly<Record<string, string>> {
  const type = isStream ? SSE_TYPE : JSON_TYPE;
  return { 'content-type': `${type['content-type']}; charset=UTF-8` };
}
