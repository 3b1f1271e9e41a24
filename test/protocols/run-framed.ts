import type { ChatStreamEvent } from '../../src/canonical/chat.ts';
import { RouterError } from '../../src/errors/router-error.ts';
import { FRAMINGS, type FramingId } from '../../src/lib/framing.ts';
import type { UpstreamProtocol } from '../../src/protocols/protocol.ts';
import { cutAt, summarize } from './run-stream.ts';

/** Everything that a protocol makes of a stream that comes in these chunks, in the protocol's own framing. */
export function runFramed(protocol: UpstreamProtocol, chunks: readonly Buffer[]) {
  const events: ChatStreamEvent[] = [];
  const decoder = protocol.createStreamDecoder();
  const { readFrames } = FRAMINGS[protocol.framing];
  const decoded = feed(protocol.framing, chunks, {
    push: (frames) => {
      for (const frame of readFrames(frames)) events.push(...decoder.push(frame));
    },
    end: () => events.push(...decoder.end()),
  });
  const tap = protocol.createStreamTap({ hideUsage: false });
  const output: Buffer[] = [];
  const tapped = feed(protocol.framing, chunks, {
    push: (frames) => output.push(passThrough(tap, frames, output)),
    end: () => output.push(Buffer.from(tap.end())),
  });
  const { sawContent, isComplete, usage, finishReason } = tap;
  return {
    events,
    summary: summarize(events, decoded),
    error: decoded,
    tap: { error: tapped, output: Buffer.concat(output).toString(), sawContent, isComplete, usage, finishReason },
  };
}

function passThrough(tap: ReturnType<UpstreamProtocol['createStreamTap']>, frames: Buffer, output: Buffer[]): Buffer {
  try {
    return tap.push(frames) ?? Buffer.alloc(0);
  } catch (thrown) {
    output.push(tap.goodPrefix ?? Buffer.alloc(0));
    throw thrown;
  }
}

interface Sink {
  push(frames: Buffer): void;
  end(): void;
}

/** Code of the error that ended the stream. */
function feed(framing: FramingId, chunks: readonly Buffer[], sink: Sink): string | undefined {
  const framer = FRAMINGS[framing].createFramer();
  try {
    for (const chunk of chunks) {
      const frames = framer.push(chunk);
      if (frames !== undefined) sink.push(frames);
    }
    const rest = framer.takePending();
    if (rest !== undefined) sink.push(rest);
    sink.end();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof RouterError) return thrown.code;
    throw thrown;
  }
}

/** Ids that a decoder invents are new every time; here they are numbered instead. */
export function withStableIds<Value>(value: Value): Value {
  const seen = new Map<string, string>();
  const text = JSON.stringify(value).replace(/call_[0-9A-HJKMNP-TV-Z]{26}/g, (id) => {
    const known = seen.get(id) ?? `invented-${seen.size}`;
    seen.set(id, known);
    return known;
  });
  return JSON.parse(text) as Value;
}

/** What the stream gives, cut at every byte once and byte by byte: the same as in one piece. */
export function everyCut(protocol: UpstreamProtocol, bytes: Buffer): unknown[] {
  const pieces = [Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))];
  for (let at = 1; at < bytes.length; at += 1) pieces.push(cutAt(bytes, [at]));
  return pieces.map((chunks) => withStableIds(runFramed(protocol, chunks)));
}
