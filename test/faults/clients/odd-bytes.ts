import { chatBody, requestBytes } from './raw-client.ts';

/** What a client sends in one go, and the statuses of the answers it gets before the connection is closed. */
export interface OddBytes {
  readonly name: string;
  readonly bytes: string;
  readonly statuses: readonly number[];
}

const BODY = chatBody('Hello');
const PROPER = requestBytes({ body: BODY });
const CLOSING = requestBytes({ body: BODY, headers: { connection: 'close' } });

/** A request with a head of its own making. */
function withHead(lines: readonly string[], body = BODY): string {
  return `POST /v1/chat/completions HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}

const HOST = 'host: localhost';
const LENGTH = `content-length: ${BODY.length}`;
const chunked = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;

/** Shapes that two readers could understand in two ways (RFC 9112 §6.3, §11.2), or that are no HTTP at all. */
export const ODD_BYTES: readonly OddBytes[] = [
  { name: 'garbage', bytes: '\x00\x01\x02garbage\r\n\r\n', statuses: [400] },
  { name: 'a TLS handshake', bytes: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', statuses: [400] },
  { name: 'HTTP/2', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', statuses: [400] },
  { name: 'HTTP/3.7', bytes: PROPER.replace('HTTP/1.1', 'HTTP/3.7'), statuses: [400] },
  { name: 'a method of lower case', bytes: PROPER.replace('POST', 'post'), statuses: [400] },
  { name: 'an unknown method', bytes: PROPER.replace('POST', 'BREW'), statuses: [400] },
  { name: 'line feeds only', bytes: PROPER.replaceAll('\r\n', '\n'), statuses: [400] },
  {
    name: 'both a length and chunks',
    bytes: withHead([HOST, LENGTH, 'transfer-encoding: chunked'], chunked(BODY)),
    statuses: [400],
  },
  { name: 'two lengths', bytes: withHead([HOST, LENGTH, 'content-length: 5']), statuses: [400] },
  { name: 'the same length twice', bytes: withHead([HOST, LENGTH, LENGTH]), statuses: [400] },
  { name: 'a list of lengths', bytes: withHead([HOST, `${LENGTH}, ${BODY.length}`]), statuses: [400] },
  { name: 'a length with a sign', bytes: withHead([HOST, `content-length: +${BODY.length}`]), statuses: [400] },
  { name: 'a length in hexadecimal', bytes: withHead([HOST, 'content-length: 0x10']), statuses: [400] },
  { name: 'a negative length', bytes: withHead([HOST, 'content-length: -1']), statuses: [400] },
  {
    name: 'a length beyond all numbers',
    bytes: withHead([HOST, `content-length: ${'9'.repeat(30)}`]),
    statuses: [400],
  },
  { name: 'a folded header', bytes: withHead([HOST, LENGTH, 'x-folded: one', ' two']), statuses: [400] },
  { name: 'a blank before the colon', bytes: withHead([HOST, `content-length : ${BODY.length}`]), statuses: [400] },
  { name: 'a header without a name', bytes: withHead([HOST, LENGTH, ': nameless']), statuses: [400] },
  { name: 'a NUL in a header', bytes: withHead([HOST, LENGTH, 'x-nul: a\x00b']), statuses: [400] },
  { name: 'a lone carriage return', bytes: withHead([HOST, LENGTH, 'x-cr: a\rb']), statuses: [400] },
  {
    name: 'chunks that are not the last coding',
    bytes: withHead([HOST, 'transfer-encoding: chunked, identity'], chunked(BODY)),
    statuses: [400],
  },
  {
    name: 'an unknown coding',
    bytes: withHead([HOST, 'transfer-encoding: xchunked'], chunked(BODY)),
    statuses: [400],
  },
  {
    name: 'a chunk of no size',
    bytes: withHead([HOST, 'transfer-encoding: chunked'], `zz\r\n${BODY}\r\n0\r\n\r\n`),
    statuses: [400],
  },
  {
    name: 'a chunk that is longer than it says',
    bytes: withHead([HOST, 'transfer-encoding: chunked'], `5\r\n${BODY}\r\n0\r\n\r\n`),
    statuses: [400],
  },
  {
    name: 'a flood of chunk extensions',
    bytes: withHead([HOST, 'transfer-encoding: chunked'], `5;${'x'.repeat(20_000)}\r\nhello\r\n0\r\n\r\n`),
    statuses: [431],
  },
  { name: 'headers without an end', bytes: withHead([HOST, `x-long: ${'x'.repeat(20_000)}`]), statuses: [431] },
  {
    name: 'very many headers',
    bytes: withHead([HOST, LENGTH, ...Array.from({ length: 3000 }, (_, index) => `x-${index}: y`)]),
    statuses: [431],
  },
  { name: 'no Host', bytes: withHead([LENGTH]), statuses: [400] },
  { name: 'two Hosts', bytes: withHead([HOST, 'host: evil.example', LENGTH, 'connection: close']), statuses: [403] },
  {
    name: 'a foreign Host',
    bytes: withHead(['host: evil.example', LENGTH, 'connection: close']),
    statuses: [403],
  },
  {
    name: 'a whole address as target',
    bytes: CLOSING.replace('POST /v1', 'POST http://localhost/v1'),
    statuses: [400],
  },
  { name: 'CONNECT', bytes: 'CONNECT localhost:443 HTTP/1.1\r\nhost: localhost:443\r\n\r\n', statuses: [] },
  {
    name: 'an upgrade to WebSocket',
    bytes: CLOSING.replace('connection: close', 'connection: upgrade, close\r\nupgrade: websocket'),
    statuses: [200],
  },
  {
    name: 'a body that goes on after its end',
    bytes: `${PROPER}{"more": true}\r\n\r\n`,
    // A status would be taken for the answer of the request before.
    statuses: [],
  },
  { name: 'blank lines before the request', bytes: `\r\n\r\n${CLOSING}`, statuses: [200] },
  { name: 'HTTP/1.0', bytes: requestBytes({ body: BODY, version: '1.0' }), statuses: [200] },
  {
    name: 'a body in chunks',
    bytes: withHead([HOST, 'transfer-encoding: chunked', 'connection: close'], chunked(BODY)),
    statuses: [200],
  },
  { name: 'three requests at once', bytes: PROPER + PROPER + CLOSING, statuses: [200, 200, 200] },
  {
    name: 'an expectation nobody knows',
    bytes: requestBytes({ body: BODY, headers: { expect: 'wonders', connection: 'close' } }),
    statuses: [417],
  },
];
