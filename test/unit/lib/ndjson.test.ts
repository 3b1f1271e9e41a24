import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FrameTooLargeError, MAX_FRAME_BYTES } from '../../../src/lib/frame-too-large.ts';
import { NdjsonFramer, readNdjsonFrames, splitNdjsonFrames } from '../../../src/lib/ndjson.ts';

function feed(chunks: readonly Buffer[]): Buffer[] {
  const framer = new NdjsonFramer();
  const given = chunks.flatMap((chunk) => framer.push(chunk) ?? []);
  const rest = framer.takePending();
  return rest === undefined ? given : [...given, rest];
}

test('cut anywhere, the same lines come out, each whole', () => {
  const line = fc.string({ unit: 'binary', maxLength: 12 }).map((text) => JSON.stringify({ text }));
  const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 8 });
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), cuts, fc.boolean(), (lines, points, hasLastEnd) => {
      const bytes = Buffer.from(lines.join('\n') + (hasLastEnd ? '\n' : ''));
      const starts = [0, ...[...new Set(points)].filter((at) => at > 0 && at < bytes.length).sort((a, b) => a - b)];
      const chunks = starts.map((start, index) => bytes.subarray(start, starts[index + 1] ?? bytes.length));
      const pieces = feed(chunks);
      expect(pieces.flatMap((piece) => readNdjsonFrames(piece).map(({ data }) => data))).toEqual(lines);
      for (const piece of pieces) expect(Buffer.concat(splitNdjsonFrames(piece))).toEqual(piece);
    }),
  );
});

test('blank lines and carriage returns say nothing', () => {
  expect(readNdjsonFrames('{"a":1}\r\n\r\n\n{"b":2}\n')).toEqual([{ data: '{"a":1}' }, { data: '{"b":2}' }]);
});

test('a line that never ends is refused', () => {
  const framer = new NdjsonFramer();
  framer.push(Buffer.alloc(MAX_FRAME_BYTES, 'x'));
  expect(() => framer.push(Buffer.from('x'))).toThrow(FrameTooLargeError);
});
