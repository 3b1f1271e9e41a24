/** Cuts a text that comes in pieces before the first of some stop texts. */
export class StopCutter {
  readonly #stops: readonly string[];
  #held = '';
  #isCut = false;

  constructor(stops: readonly string[]) {
    this.#stops = stops;
  }

  get isCut(): boolean {
    return this.#isCut;
  }

  /** What may be shown now: an end that could become a stop text is held back. */
  push(piece: string): string {
    if (this.#isCut) return '';
    const text = this.#held + piece;
    const cut = this.#findCut(text);
    this.#isCut = cut !== undefined;
    const end = cut ?? text.length - this.#openLength(text);
    this.#held = this.#isCut ? '' : text.slice(end);
    return text.slice(0, end);
  }

  /** What was held back, when nothing follows. */
  end(): string {
    const rest = this.#held;
    this.#held = '';
    return rest;
  }

  /** Where the stop text begins that is complete first: so the result does not depend on where the pieces end. */
  #findCut(text: string): number | undefined {
    const found = this.#stops
      .map((stop) => ({ start: text.indexOf(stop), length: stop.length }))
      .filter(({ start }) => start >= 0);
    found.sort((left, right) => left.start + left.length - right.start - right.length || left.start - right.start);
    return found[0]?.start;
  }

  /** Length of the longest end of `text` with which a stop text begins. */
  #openLength(text: string): number {
    return this.#stops.reduce((longest, stop) => Math.max(longest, overlap(text, stop)), 0);
  }
}

function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length -= 1) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
