import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { Fault, Play, Turn } from '../fault.ts';
import { CHUNKED, chunk, flood, head, JSON_TYPE, LAST_CHUNK, SSE_TYPE, sendBody } from '../replies.ts';
import { healthyFrames, TEXT } from '../shapes.ts';
import { NONSENSE, OK, OVERSIZED, TRUNCATED } from './endings.ts';

/** The router asks for unpacked answers; some servers pack them all the same. */

type Pack = (bytes: Buffer) => Buffer;

function plainOf({ shape, isStream }: Turn): Buffer {
  const text = isStream ? healthyFrames(shape).join('') : JSON.stringify(shape.whole(TEXT, shape.usage(10, 5)));
  return Buffer.from(text);
}

const typeOf = ({ isStream }: Turn): Readonly<Record<string, string>> => (isStream ? SSE_TYPE : JSON_TYPE);

const packed =
  (coding: string, pack: Pack): Play =>
  (turn) =>
    sendBody(turn, 200, { ...typeOf(turn), 'content-encoding': coding }, pack(plainOf(turn)));

/** In chunks of one byte. */
const trickled =
  (coding: string, pack: Pack): Play =>
  (turn) => {
    turn.socket.write(head(200, { ...typeOf(turn), ...CHUNKED, 'content-encoding': coding }));
    const bytes = pack(plainOf(turn));
    for (let at = 0; at < bytes.length; at += 1) turn.socket.write(chunk(bytes.subarray(at, at + 1)));
    turn.socket.write(LAST_CHUNK);
    turn.done();
  };

const unpackable = (id: string, coding: string, pack: Pack): Fault => ({ id, play: packed(coding, pack), ending: OK });

/** A megabyte of blanks in a kilobyte, again and again. */
const bomb: Play = async (turn) => {
  turn.socket.write(head(200, { ...typeOf(turn), ...CHUNKED, 'content-encoding': 'gzip' }));
  await flood(turn, chunk(gzipSync(Buffer.alloc(4 * 1024 * 1024, ' '))), 8 * 1024 * 1024);
};

/** Bytes of the length and the check sum behind the data. */
const TAIL_BYTES = 8;

const corrupt: Pack = (bytes) => {
  const good = gzipSync(bytes);
  return Buffer.concat([good.subarray(0, -TAIL_BYTES), Buffer.alloc(TAIL_BYTES, 0xaa)]);
};

export const CODING_FAULTS: readonly Fault[] = [
  unpackable('coding-gzip', 'gzip', gzipSync),
  unpackable('coding-x-gzip', 'x-gzip', gzipSync),
  unpackable('coding-br', 'br', brotliCompressSync),
  unpackable('coding-deflate', 'deflate', deflateSync),
  unpackable('coding-deflate-raw', 'deflate', deflateRawSync),
  unpackable('coding-identity', 'identity', (bytes) => bytes),
  unpackable('coding-upper-case', 'GZIP', gzipSync),
  { id: 'coding-gzip-trickled', play: trickled('gzip', gzipSync), ending: OK },
  { id: 'coding-br-trickled', play: trickled('br', brotliCompressSync), ending: OK },
  { id: 'gzip-corrupt', play: packed('gzip', corrupt), ending: NONSENSE, again: 'first', modes: ['whole'] },
  { id: 'gzip-of-nothing-packed', play: packed('gzip', (bytes) => bytes), ending: NONSENSE, again: 'first' },
  {
    id: 'gzip-cut',
    play: packed('gzip', (bytes) => gzipSync(bytes).subarray(0, -20)),
    ending: TRUNCATED,
    again: 'first',
    modes: ['whole'],
  },
  {
    id: 'coding-chain',
    play: packed('gzip, br', (bytes) => brotliCompressSync(gzipSync(bytes))),
    ending: OVERSIZED,
    again: 'never',
  },
  { id: 'coding-unknown', play: packed('snappy', (bytes) => bytes), ending: NONSENSE, again: 'first' },
  { id: 'gzip-bomb', play: bomb, ending: OVERSIZED, again: 'never', isHeavy: true },
];
