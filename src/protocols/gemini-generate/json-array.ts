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

  /** The end of the array, once. */
  end(): string {
    if (this.#isOver) return '';
    this.#isOver = true;
    return this.#hasBegun ? '\n]\n' : '[]\n';
  }

  #separator(): string {
    if (this.#hasBegun) return ',\n';
    this.#hasBegun = true;
    return '[';
  }
}
