import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameTooLargeError } from '../../../src/lib/frame-too-large.ts';
import { readSseFrames, type SseFrame, SseFramer, splitSseFrames } from '../../../src/lib/sse.ts';

/** What a widely used parser reads; the blank line at the end makes it give out an unfinished last event. */
function oracle(text: string): SseFrame[] {
  const frames: SseFrame[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => frames.push(event === undefined ? { data } : { event, data }),
  });
  parser.feed(`${text.replace(/^\uFEFF/, '')}\n\n`);
  return frames;
}

function framesOf(chunks: readonly Buffer[]): SseFrame[] {
  const framer = new SseFramer();
  const pieces: Buffer[] = [];
  for (const chunk of chunks) {
    const piece = framer.push(chunk);
    if (piece !== undefined) pieces.push(piece);
  }
  const rest = framer.takePending();
  if (rest !== undefined) pieces.push(rest);
  return pieces.flatMap((piece) => readSseFrames(piece));
}

function cut(bytes: Buffer, at: readonly number[]): Buffer[] {
  const points = [...new Set(at.map((point) => (bytes.length === 0 ? 0 : point % bytes.length)))].sort((a, b) => a - b);
  return [0, ...points].map((start, index, starts) => bytes.subarray(start, starts[index + 1] ?? bytes.length));
}

const ending = fc.constantFrom('\n', '\r\n', '\r');
const value = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => text.replace(/[\r\n]/g, ' ')),
  fc.constantFrom('', ' ', '  two blanks', ':colon', 'größer', '模型 🦜', '\u2028', '\uFEFF', '[DONE]', '{"a":"\\n"}'),
);
const line = fc.oneof(
  { weight: 6, arbitrary: value.map((text) => `data: ${text}`) },
  { weight: 2, arbitrary: value.map((text) => `data:${text}`) },
  { weight: 2, arbitrary: value.map((text) => `event: ${text}`) },
  { weight: 1, arbitrary: value.map((text) => `: ${text}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('data', 'event', 'id: 7', 'retry: 100', 'unknown: field', 'Data: no', ' data: no'),
  },
  { weight: 4, arbitrary: fc.constant('') },
);
const streamText = fc
  .tuple(
    fc.constantFrom('', '\uFEFF'),
    fc.array(fc.tuple(line, ending), { maxLength: 30 }),
    fc.constantFrom('', 'data: open'),
  )
  .map(([mark, lines, rest]) => mark + lines.map(([text, end]) => text + end).join('') + rest);

test('any stream cut anywhere in its bytes gives the frames of the reference parser', () => {
  fc.assert(
    fc.property(streamText, fc.array(fc.nat(), { maxLength: 12 }), (text, at) => {
      expect(framesOf(cut(Buffer.from(text), at))).toEqual(oracle(text));
    }),
    { numRuns: 1000 },
  );
});

test('a stream that comes byte by byte gives the frames of the reference parser', () => {
  fc.assert(
    fc.property(streamText, (text) => {
      const bytes = Buffer.from(text);
      expect(framesOf(Array.from(bytes, (byte) => Buffer.from([byte])))).toEqual(oracle(text));
    }),
    { numRuns: 500 },
  );
});

test('what passes is the stream itself, byte by byte, without a leading byte order mark', () => {
  fc.assert(
    fc.property(streamText, fc.array(fc.nat(), { maxLength: 12 }), (text, at) => {
      const framer = new SseFramer();
      const passed = cut(Buffer.from(text), at).map((chunk) => framer.push(chunk) ?? Buffer.alloc(0));
      const waiting = framer.pendingBytes;
      const pending = framer.takePending();
      const rest = pending === undefined ? Buffer.alloc(0) : pending.subarray(0, pending.length - 2);
      const all = Buffer.concat([...passed, rest]);
      const isUndecidedMark = text === '\uFEFF';
      expect(all.toString()).toBe(isUndecidedMark ? '' : text.replace(/^\uFEFF/, ''));
      expect(waiting).toBeGreaterThanOrEqual(rest.length);
      expect(framer.pendingBytes).toBe(0);
    }),
  );
});

test('frames split into views that together are the frames', () => {
  fc.assert(
    fc.property(streamText, (text) => {
      const whole = Buffer.from(`${text.replace(/^\uFEFF/, '')}\n\n`);
      const parts = splitSseFrames(whole);
      expect(Buffer.concat(parts).equals(whole)).toBe(true);
      expect(parts.every((part) => readSseFrames(part).length <= 1)).toBe(true);
      expect(parts.flatMap((part) => readSseFrames(part))).toEqual(readSseFrames(whole));
    }),
  );
});

test('a chunk of whole frames passes as the same object', () => {
  const framer = new SseFramer();
  const chunk = Buffer.from('data: 1\n\ndata: 2\n\n');
  expect(framer.push(chunk)).toBe(chunk);
  expect(framer.pendingBytes).toBe(0);
});

test('the whole part of a chunk passes without a copy, the rest waits', () => {
  const framer = new SseFramer();
  const chunk = Buffer.from('data: 1\n\ndata: 2\n');
  const passed = framer.push(chunk);
  expect(passed?.toString()).toBe('data: 1\n\n');
  expect(passed?.buffer).toBe(chunk.buffer);
  expect(framer.pendingBytes).toBe('data: 2\n'.length);
  expect(framer.push(Buffer.from('\n'))?.toString()).toBe('data: 2\n\n');
});

test('a blank line made of a lone carriage return does not wait for the next byte', () => {
  const framer = new SseFramer();
  expect(framer.push(Buffer.from('data: 1\r\n\r'))?.toString()).toBe('data: 1\r\n\r');
  expect(framer.push(Buffer.from('\ndata: 2\r\n\r\n'))?.toString()).toBe('\ndata: 2\r\n\r\n');
});

test('a frame that does not end is refused at the limit and its bytes are let go', () => {
  const framer = new SseFramer({ limitBytes: 10 });
  expect(framer.push(Buffer.from('data: 4567'))).toBeUndefined();
  expect(() => framer.push(Buffer.from('x'))).toThrow(FrameTooLargeError);
  expect(framer.pendingBytes).toBe(0);
});

test('the limit is about what waits, not about what passes', () => {
  const framer = new SseFramer({ limitBytes: 10 });
  const chunk = Buffer.from(`data: ${'x'.repeat(100)}\n\n`);
  expect(framer.push(chunk)).toBe(chunk);
});

test('takePending closes the last frame, so that what follows it stays apart', () => {
  const framer = new SseFramer();
  framer.push(Buffer.from('data: last'));
  expect(framer.takePending()?.toString()).toBe('data: last\n\n');
  expect(framer.takePending()).toBeUndefined();
});

test('invalid UTF-8 becomes replacement characters and breaks nothing else', () => {
  const bytes = Buffer.concat([Buffer.from('data: a'), Buffer.from([0xe2, 0x82]), Buffer.from('\n\ndata: b\n\n')]);
  expect(framesOf([bytes])).toEqual([{ data: 'a\uFFFD' }, { data: 'b' }]);
});
