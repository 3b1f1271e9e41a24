import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReplyReader } from './reply-reader.ts';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n';
const EVENTS = ['data: {"a":1}\n\n', 'data: {"b":"é"}\n\n', 'data: [DONE]\n\n'];

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

function read(parts: readonly Buffer[]): ReplyReader {
  const reader = new ReplyReader();
  for (const part of parts) reader.push(part);
  return reader;
}

/** The same bytes in pieces, cut at any places. */
function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [...new Set(places.map((place) => place % bytes.length))].sort((a, b) => a - b);
  return [0, ...cuts].map((start, index) => bytes.subarray(start, cuts[index] ?? bytes.length));
}

describe('a reply is read the same however its bytes are cut', () => {
  const body = EVENTS.join('');
  const replies = {
    'with a length': `${HEAD}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    'in chunks': `${HEAD}transfer-encoding: chunked\r\n\r\n${EVENTS.map(chunk).join('')}0\r\n\r\n`,
    'in chunks with trailers': `${HEAD}transfer-encoding: chunked\r\n\r\n${chunk(body)}0;x=1\r\nETag: 1\r\n\r\n`,
  };
  test.each(Object.entries(replies))('%s', (_name, text) => {
    const bytes = Buffer.from(text);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 30 }), (places) => {
        const reader = read(cutAt(bytes, places));
        expect(reader.isDone).toBe(true);
        expect(reader.status).toBe(200);
        expect(reader.bodyBytes).toBe(Buffer.byteLength(body));
        expect(reader.lineCount).toBe(2 * EVENTS.length);
        expect(reader.tail.endsWith('data: [DONE]\n\n')).toBe(true);
      }),
    );
  });
});

test('every proper beginning of a reply is not a reply', () => {
  const bytes = Buffer.from(`${HEAD}transfer-encoding: chunked\r\n\r\n${EVENTS.map(chunk).join('')}0\r\n\r\n`);
  for (let length = 0; length < bytes.length; length += 1) {
    expect(read([bytes.subarray(0, length)]).isDone).toBe(false);
  }
});

test.each([
  ['no status line', 'hello\r\n'],
  ['no length', `${HEAD}\r\n{}`],
  ['a chunk size that is no number', `${HEAD}transfer-encoding: chunked\r\n\r\nsize\r\n`],
  ['a chunk that is too long', `${HEAD}transfer-encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n`],
  ['bytes after the end', `${HEAD}Content-Length: 2\r\n\r\n{}HTTP/1.1`],
])('throws for %s', (_name, text) => {
  expect(() => read([Buffer.from(text)])).toThrow();
});
