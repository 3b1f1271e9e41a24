import type { StreamHeartbeat } from '../protocol.ts';

/**
 * Lines between the elements. The bracket comes first, because Google's reader takes nothing else for the beginning:
 * https://github.com/googleapis/python-api-core/blob/main/google/api_core/_rest_streaming_base.py
 */
export const ARRAY_HEARTBEAT: StreamHeartbeat = {
  contentType: 'application/json',
  opening: '[',
  waiting: '\n',
  between: '\n',
};

/**
 * Pieces of an answer as one JSON array, which is how the vendor streams to clients that do not ask for events. The
 * array can be read while it grows: one element a line.
 */
export class JsonArrayWriter {
  #hasBegun = false;
  #isOver = false;

  /** `json`: texts of whole JSON values. */
  push(json: readonly string[]): string {
    return json.map((element) => this.#separator() + element).join('');
  }

  /** The end of the array, once; without a line feed, which the same reader takes for a second array. */
  end(): string {
    if (this.#isOver) return '';
    this.#isOver = true;
    return this.#hasBegun ? '\n]' : '[]';
  }

  #separator(): string {
    if (this.#hasBegun) return ',\n';
    this.#hasBegun = true;
    return '[';
  }
}
