import { parse } from 'smol-toml';

/** A place that is looked for, and the places inside it. */
export interface Mark {
  readonly children: Map<string | number, Mark>;
  /** Where its key, header or item begins; undefined until it is found. */
  offset: number | undefined;
}

export function createMark(): Mark {
  return { children: new Map(), offset: undefined };
}

const WHITESPACE = /[ \t\r\n]*/y;
const SPACE = /[ \t]*/y;
const BARE_KEY = /[^\s.=\]]*/y;
const SCALAR = /[^,\]}#\r\n]*/y;

/** Nobody looks deeper than tables may be nested. */
const MAX_NAMES = 20;

/**
 * Finds where the keys, headers and list items of a TOML text begin. It reads only what separates them, so the text
 * must have been parsed successfully before; a whole syntax tree would take ten times as long.
 */
export class PositionScanner {
  readonly #text: string;
  readonly #root: Mark;
  /** How many tables each list written with `[[ ]]` has so far. */
  readonly #counts = new Map<string, number>();
  #at = 0;

  constructor(text: string, root: Mark) {
    this.#text = text;
    this.#root = root;
  }

  /** Fills in the offsets of `root` and everything below it. */
  scan(): void {
    let table: Mark | undefined = this.#root;
    for (this.#skipBlank(); this.#at < this.#text.length; this.#skipBlank()) {
      if (this.#text[this.#at] === '[') table = this.#readHeader();
      else this.#readPair(table);
    }
  }

  #skip(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text)?.[0] ?? '';
    this.#at += match.length;
    return match;
  }

  /** White space, line ends and comments. */
  #skipBlank(): void {
    this.#skip(WHITESPACE);
    while (this.#text[this.#at] === '#') {
      const end = this.#text.indexOf('\n', this.#at);
      this.#at = end === -1 ? this.#text.length : end;
      this.#skip(WHITESPACE);
    }
  }

  #accept(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #readHeader(): Mark | undefined {
    const start = this.#at;
    const width = this.#text[start + 1] === '[' ? 2 : 1;
    this.#at += width;
    const names = this.#readKey();
    this.#at += width;
    const isList = width === 2;
    let mark: Mark | undefined = this.#root;
    let path = '';
    for (const [depth, name] of names.slice(0, MAX_NAMES).entries()) {
      mark = find(mark, name, start);
      path += `\u0000${name}`;
      const index = this.#itemIndex(path, isList && depth === names.length - 1);
      if (index === undefined) continue;
      mark = find(mark, index, start);
      path += `\u0001${index}`;
    }
    return mark;
  }

  /** The index of the table that a header means by the list at `path`; undefined where there is no such list. */
  #itemIndex(path: string, isNewItem: boolean): number | undefined {
    const count = this.#counts.get(path);
    if (!isNewItem) return count === undefined ? undefined : count - 1;
    this.#counts.set(path, (count ?? 0) + 1);
    return count ?? 0;
  }

  #readKey(): string[] {
    const names: string[] = [];
    do {
      this.#skip(SPACE);
      names.push(this.#readName());
      this.#skip(SPACE);
    } while (this.#accept('.'));
    return names;
  }

  #readName(): string {
    const quote = this.#text[this.#at];
    if (quote !== '"' && quote !== "'") return this.#skip(BARE_KEY);
    const start = this.#at;
    this.#skipText(quote);
    const written = this.#text.slice(start, this.#at);
    if (quote === "'" || !written.includes('\\')) return written.slice(1, -1);
    return String(parse(`key = ${written}`)['key']);
  }

  #readPair(table: Mark | undefined): void {
    const start = this.#at;
    let mark = table;
    for (const name of this.#readKey()) mark = find(mark, name, start);
    this.#at += 1;
    this.#readValue(mark);
  }

  #readValue(mark: Mark | undefined): void {
    this.#skip(SPACE);
    const first = this.#text[this.#at];
    if (first === '"' || first === "'") this.#skipText(first);
    else if (first === '[') this.#readList(mark);
    else if (first === '{') this.#readInlineTable(mark);
    else this.#skip(SCALAR);
  }

  #readList(mark: Mark | undefined): void {
    this.#at += 1;
    this.#skipBlank();
    for (let index = 0; this.#at < this.#text.length && !this.#accept(']'); index += 1) {
      this.#readValue(find(mark, index, this.#at));
      this.#skipBlank();
      if (this.#accept(',')) this.#skipBlank();
    }
  }

  #readInlineTable(mark: Mark | undefined): void {
    this.#at += 1;
    this.#skipBlank();
    while (this.#at < this.#text.length && !this.#accept('}')) {
      this.#readPair(mark);
      this.#skipBlank();
      if (this.#accept(',')) this.#skipBlank();
    }
  }

  #skipText(quote: string): void {
    const isLong = this.#text.startsWith(quote.repeat(3), this.#at);
    const end = isLong ? quote.repeat(3) : quote;
    this.#at += end.length;
    while (this.#at < this.#text.length && !this.#text.startsWith(end, this.#at)) {
      this.#at += quote === '"' && this.#text[this.#at] === '\\' ? 2 : 1;
    }
    this.#at += end.length;
    // The last one or two of five quotes belong to the text.
    if (isLong) while (this.#accept(quote));
  }
}

/** The mark inside `mark`, if anybody looks for it; the first place where it is found counts. */
function find(mark: Mark | undefined, segment: string | number, offset: number): Mark | undefined {
  const found = mark?.children.get(segment);
  if (found !== undefined) found.offset ??= offset;
  return found;
}
