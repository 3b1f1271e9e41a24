import type { Fault } from '../fault.ts';
import { answer, CHUNKED, close, head, JSON_TYPE, reset, SSE_TYPE, sendBody, silence } from '../replies.ts';
import { TEXT } from '../shapes.ts';
import { OK, TOO_SLOW, UNREACHABLE } from './endings.ts';

/** Before, at and between the requests of a connection. */
export const CONNECTION_FAULTS: readonly Fault[] = [
  { id: 'connect-refused', door: { kind: 'none' }, ending: UNREACHABLE, again: 'first' },
  { id: 'dns-failure', door: { kind: 'no-name' }, ending: UNREACHABLE, again: 'first' },
  { id: 'tls-selfsigned', door: { kind: 'tls', speaks: 'tls' }, ending: UNREACHABLE, again: 'first' },
  { id: 'tls-garbage', door: { kind: 'tls', speaks: 'garbage' }, ending: UNREACHABLE, again: 'first' },
  { id: 'connect-blackhole', door: { kind: 'full' }, ending: TOO_SLOW, again: 'last', clock: 'connect' },
  {
    id: 'accept-silent',
    door: { kind: 'accept', onAccept: () => undefined },
    ending: TOO_SLOW,
    again: 'last',
    clock: 'first-token',
  },
  {
    id: 'close-on-accept',
    door: { kind: 'accept', onAccept: (socket) => void socket.destroy() },
    ending: UNREACHABLE,
    again: 'first',
  },
  {
    id: 'reset-on-accept',
    door: { kind: 'accept', onAccept: (socket) => void socket.resetAndDestroy() },
    ending: UNREACHABLE,
    again: 'first',
  },
  { id: 'close-on-request', play: close, ending: UNREACHABLE, again: 'first' },
  { id: 'reset-on-request', play: reset, ending: UNREACHABLE, again: 'first' },
  {
    // The second request comes over the connection of the first, which closes under it; the third over a new one.
    id: 'keepalive-stale',
    play: (turn) => (turn.nth === 2 ? close(turn) : answer(turn)),
    ending: OK,
    warmUps: 1,
    callsPerAttempt: 2,
  },
  {
    id: 'keepalive-stale-reset',
    play: (turn) => (turn.nth === 2 ? reset(turn) : answer(turn)),
    ending: OK,
    warmUps: 1,
    callsPerAttempt: 2,
  },
  {
    // Once for nothing; then it is a try like any other.
    id: 'keepalive-dead',
    play: (turn) => (turn.nth === 1 ? answer(turn) : reset(turn)),
    ending: UNREACHABLE,
    again: 'first',
    warmUps: 1,
    callsPerAttempt: 1.5,
  },
  {
    id: 'keepalive-poison',
    play: async (turn) => {
      await answer(turn);
      if (turn.nth === 1) turn.socket.write(poison());
    },
    ending: OK,
    warmUps: 1,
  },
  {
    id: 'keepalive-poison-half',
    play: async (turn) => {
      await answer(turn);
      if (turn.nth === 1) turn.socket.write('HTTP/1.1 200 OK\r\ncontent-le');
    },
    ending: OK,
    warmUps: 1,
  },
  {
    id: 'keepalive-refused',
    play: (turn) => {
      if (turn.isStream) answer(turn);
      else sendBody(turn, 200, { ...JSON_TYPE, connection: 'close' }, wholeText(turn));
    },
    ending: OK,
    warmUps: 1,
  },
  { id: 'headers-stall', play: silence, ending: TOO_SLOW, again: 'last', clock: 'first-token' },
  {
    id: 'headers-partial',
    play: ({ socket }) => void socket.write('HTTP/1.1 200 OK\r\ncontent-type: applica'),
    ending: TOO_SLOW,
    again: 'last',
    clock: 'first-token',
  },
  {
    id: 'headers-partial-close',
    play: ({ socket }) => void socket.end('HTTP/1.1 200 OK\r\ncontent-type: applica'),
    ending: UNREACHABLE,
    again: 'first',
  },
  {
    id: 'headers-then-reset',
    play: (turn) => {
      turn.socket.write(head(200, { ...(turn.isStream ? SSE_TYPE : JSON_TYPE), ...CHUNKED }));
      turn.socket.end();
    },
    ending: { kind: 'error', status: 502, code: 'upstream.truncated' },
    again: 'first',
  },
];

const wholeText = ({ shape }: Parameters<typeof answer>[0]): string =>
  JSON.stringify(shape.whole(TEXT, shape.usage(10, 5)));

/** An answer that nobody asked for. */
function poison(): string {
  const text = JSON.stringify({ choices: [{ index: 0, message: { role: 'assistant', content: 'POISON' } }] });
  return `${head(200, { ...JSON_TYPE, 'content-length': text.length })}${text}`;
}
