import { RouterError } from '../../errors/router-error.ts';
import { parseExact } from '../../lib/exact-json.ts';
import { asString, isJsonObject, type JsonObject, parseJson } from '../../lib/json.ts';
import type { SseFrame } from '../../lib/sse.ts';
import { badAnswer } from '../read-answer.ts';
import { streamError } from './errors.ts';
import { readWireError } from './wire.ts';

export interface StreamEvent {
  readonly type: string;
  readonly data: JsonObject;
}

const MAX_QUOTED_LENGTH = 200;

/** Data that says nothing; the second is how OpenAI's streams end, which some services add to this format too. */
const SAYS_NOTHING: ReadonlySet<string> = new Set(['', '[DONE]']);

/** Events with another name than the vendor's may hold anything. */
const OWN_EVENT = /^(message|content_block)_/;

/**
 * The event in a frame; undefined for one that keeps the connection alive. Throws the error that the event is, and
 * `upstream.bad_response` for nonsense. https://platform.claude.com/docs/en/build-with-claude/streaming
 */
export function readEvent(frame: SseFrame): StreamEvent | undefined {
  if (saysNothing(frame)) return undefined;
  const { event, data } = frame;
  // Of all events a delta is the most frequent; it has arguments as text, and the start of a call as an object.
  const parsed = event === 'content_block_delta' ? parseJson(data) : parseExact(data);
  const value = parsed.ok && isJsonObject(parsed.value) ? parsed.value : undefined;
  const error = readWireError(value) ?? (event === 'error' ? { type: undefined, message: data } : undefined);
  if (error !== undefined) throw streamError(error);
  if (value === undefined) return ignoreOthers(event, data);
  return { type: asString(value['type']) ?? event ?? '', data: value };
}

function saysNothing({ event, data }: SseFrame): boolean {
  return event === 'ping' || (event !== 'error' && SAYS_NOTHING.has(data.trim()));
}

function ignoreOthers(event: string | undefined, data: string): undefined {
  if (event !== undefined && !OWN_EVENT.test(event)) return undefined;
  throw badAnswer(`event that is no object: ${data.slice(0, MAX_QUOTED_LENGTH)}`);
}

export function emptyStream(): RouterError {
  return badAnswer('the stream ended without any content or stop reason');
}

export function truncatedStream(): RouterError {
  return new RouterError('upstream.truncated', {
    detail: 'the stream ended without a stop reason and without message_stop',
  });
}
