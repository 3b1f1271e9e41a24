import { readSseFrames } from '../../lib/sse.ts';
import type { Reframer, StreamFacts } from '../protocol.ts';
import { encodeError } from './errors.ts';
import { JsonArrayWriter } from './json-array.ts';

/** Events of the provider as the array that a client gets which did not ask for events. */
export function createReframer({ preferEventStream, requestId }: StreamFacts): Reframer | undefined {
  if (preferEventStream) return undefined;
  const array = new JsonArrayWriter();
  return {
    contentType: 'application/json',
    push: (frames) =>
      array.push(
        readSseFrames(frames)
          .map(({ data }) => data.trim())
          .filter((data) => data !== ''),
      ),
    end: () => array.end(),
    fail: (error) => array.push([JSON.stringify(encodeError(error, requestId))]) + array.end(),
  };
}
