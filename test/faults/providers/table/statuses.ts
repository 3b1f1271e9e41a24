import type { Ending, Fault, Play } from '../fault.ts';
import { body, CHUNKED, chunk, failWith, flood, head, JSON_TYPE, sendBody } from '../replies.ts';
import { CONFLICT, FAILED, OVERLOADED, REFUSED_KEY, refused, TOO_SLOW, UNKNOWN_MODEL } from './endings.ts';

type Again = 'first' | 'last' | 'never';

const row = (status: number, ending: Ending, again: Again): Fault => ({
  id: `status-${status}`,
  play: failWith(status),
  ending,
  again,
});

/** What is wrong with the request is wrong everywhere. */
const own = (status: number, ending: Ending): Fault => ({ ...row(status, ending, 'never'), staysHere: true });

const HTML = '<!doctype html><html><body><h1>Bad gateway</h1></body></html>';
const HTML_TYPE = { 'content-type': 'text/html' } as const;

/** An error answer that never ends. */
const endlessError: Play = async (turn) => {
  turn.socket.write(head(500, { ...JSON_TYPE, ...CHUNKED }));
  await flood(turn, chunk('x'.repeat(64 * 1024)), 256 * 1024 * 1024);
};

const BAD = refused(400, 'upstream.rejected');

export const STATUS_FAULTS: readonly Fault[] = [
  own(400, BAD),
  own(413, refused(413, 'upstream.too_large')),
  own(422, BAD),
  row(401, REFUSED_KEY, 'never'),
  row(402, REFUSED_KEY, 'never'),
  row(403, REFUSED_KEY, 'never'),
  row(404, UNKNOWN_MODEL, 'never'),
  row(408, CONFLICT, 'first'),
  row(409, CONFLICT, 'first'),
  row(425, CONFLICT, 'first'),
  row(500, FAILED, 'first'),
  row(501, FAILED, 'first'),
  row(502, FAILED, 'first'),
  row(503, OVERLOADED, 'first'),
  row(504, TOO_SLOW, 'last'),
  row(520, FAILED, 'first'),
  row(521, FAILED, 'first'),
  row(522, FAILED, 'first'),
  row(523, FAILED, 'first'),
  row(524, TOO_SLOW, 'last'),
  row(529, OVERLOADED, 'first'),
  row(599, FAILED, 'first'),
  {
    id: 'status-401-key-echo',
    play: (turn) => failWith(401, {}, `wrong key ${KEY}`)(turn),
    ending: REFUSED_KEY,
    again: 'never',
  },
  { id: 'status-400-html', play: body(400, HTML_TYPE, HTML), ending: BAD, again: 'never', staysHere: true },
  { id: 'status-400-empty', play: body(400, {}, ''), ending: BAD, again: 'never', staysHere: true },
  { id: 'html-502', play: body(502, HTML_TYPE, HTML), ending: FAILED, again: 'first' },
  { id: 'html-503', play: body(503, HTML_TYPE, HTML), ending: OVERLOADED, again: 'first' },
  { id: 'status-500-empty', play: body(500, {}, ''), ending: FAILED, again: 'first' },
  { id: 'status-500-text', play: body(500, { 'content-type': 'text/plain' }, 'oops'), ending: FAILED, again: 'first' },
  { id: 'status-500-null', play: body(500, JSON_TYPE, 'null'), ending: FAILED, again: 'first' },
  { id: 'status-500-string', play: body(500, JSON_TYPE, '{"error":"oops"}'), ending: FAILED, again: 'first' },
  { id: 'status-500-broken', play: body(500, JSON_TYPE, '{"error":{"message":'), ending: FAILED, again: 'first' },
  {
    id: 'status-500-stream-type',
    play: (turn) => sendBody(turn, 500, { 'content-type': 'text/event-stream' }, turn.shape.errorFrame('no')),
    ending: FAILED,
    again: 'first',
  },
  {
    id: 'status-500-stall',
    play: ({ socket }) => void socket.write(`${head(500, { ...JSON_TYPE, 'content-length': 100 })}{"error":`),
    ending: FAILED,
    again: 'first',
  },
  {
    id: 'status-500-cut',
    play: ({ socket }) => void socket.end(`${head(500, { ...JSON_TYPE, 'content-length': 100 })}{"error":`),
    ending: FAILED,
    again: 'first',
  },
  { id: 'status-500-endless', play: endlessError, ending: FAILED, again: 'first', isHeavy: true },
];

/** A key as vendors write them: no answer and no record may ever hold it. */
const KEY = 'sk-faults-0123456789abcdef';
