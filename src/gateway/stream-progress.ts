import type { Framing } from '../lib/framing.ts';
import { asObject, asString, parseJson } from '../lib/json.ts';
import type { SseFrame } from '../lib/sse.ts';

/** What vendors call the event that only says that they are still there. */
const PING = 'ping';

/**
 * True where whole frames of a stream bring it on: comments, pings and events without data do not, or a provider that
 * has got stuck could keep its client waiting for ever.
 */
export function isProgress(framing: Framing, frames: Buffer): boolean {
  if (!framing.isProgress(frames)) return false;
  if (!frames.includes(PING)) return true;
  const read = framing.readFrames(frames);
  // Bytes of a kind that is not read are progress as such.
  return read.length === 0 || !read.every(isPing);
}

/** https://platform.claude.com/docs/en/build-with-claude/streaming (ping events) */
function isPing({ event, data }: SseFrame): boolean {
  if (event === PING || data === '') return true;
  const parsed = parseJson(data);
  return parsed.ok && asString(asObject(parsed.value)['type']) === PING;
}
