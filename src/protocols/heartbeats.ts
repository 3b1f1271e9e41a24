import type { StreamHeartbeat } from './protocol.ts';

/**
 * A comment with the blank line that ends an event: readers that cut a stream at blank lines would take a comment
 * without it for a part of the next event.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes
 */
const COMMENT = ': keep-alive\n\n';

export const EVENT_STREAM_HEARTBEAT: StreamHeartbeat = {
  contentType: 'text/event-stream',
  opening: '',
  waiting: COMMENT,
  between: COMMENT,
};

/** White space before the next line: a line of its own would be one that no JSON stands in. */
export function linesHeartbeat(contentType: string): StreamHeartbeat {
  return { contentType, opening: '', waiting: ' ', between: ' ' };
}
