import { randomUUID } from 'node:crypto';
import { type JsonValue, type ParseResult, parseJson } from './json.ts';
import { mayLoseDigits, survivesAsDouble } from './long-numbers.ts';

/*
 * JSON whose numbers keep digits that no double holds. Readers of such a value find doubles, as everywhere; the digits
 * stay with the object or list that was parsed, and `stringifyExact` prints them wherever that has gone. A copy has the
 * doubles only, though what lies within it is still exact. So has an object with a member called `toJSON`, and a text
 * with more than ten thousand such numbers.
 */

/** `parseJson` for what will be printed again. */
export function parseExact(text: string): ParseResult {
  const parsed = parseJson(text);
  if (!parsed.ok || !mayLoseDigits(text)) return parsed;
  const mark = randomUUID();
  const marked = markNumbers(text, mark);
  const value: unknown = marked === text ? undefined : JSON.parse(marked);
  // A number alone has nothing that its digits could stay with.
  if (!isContainer(value)) return parsed;
  takeMarks(value, mark);
  return { ok: true, value };
}

interface Printing {
  /** Stands before digits that are printed as a string at first; new for every text, so that nobody can know it. */
  mark: string | undefined;
}

/** Set while `stringifyExact` prints, which nothing can interrupt. */
let printing: Printing | undefined;

/** `JSON.stringify`, with every number of an object or list from `parseExact` as it stood there. */
export function stringifyExact(value: JsonValue): string {
  const own: Printing = { mark: undefined };
  printing = own;
  try {
    const text = JSON.stringify(value);
    return own.mark === undefined ? text : text.replaceAll(new RegExp(`"${own.mark}([^"]+)"`, 'g'), '$1');
  } finally {
    printing = undefined;
  }
}

/** Numbers are at least so long before they lose anything: `1e400`. */
const SHORTEST = 5;

const NUMBERS = /-?\d[\d.eE+-]{4,}/g;

/** More than any conversation has; keeping the digits of millions would hold up everybody else. */
const MAX_KEPT = 10_000;

/** Makes strings of the numbers that lose digits, with `mark` before these. `text` has to be valid. */
function markNumbers(text: string, mark: string): string {
  const pieces: string[] = [];
  let at = 0;
  let kept = 0;
  const markNumber = (number: string): string => {
    if (kept > MAX_KEPT || survivesAsDouble(number)) return number;
    kept += 1;
    return `"${mark}${number}"`;
  };
  while (at < text.length) {
    const quote = text.indexOf('"', at);
    const end = quote === -1 ? text.length : quote;
    const between = text.slice(at, end);
    pieces.push(between.length < SHORTEST ? between : between.replace(NUMBERS, markNumber));
    if (kept > MAX_KEPT) return text;
    at = quote === -1 ? end : endOfString(text, quote);
    pieces.push(text.slice(end, at));
  }
  return pieces.join('');
}

const BACKSLASH = 0x5c;

/** After the quote that closes the string opened at `start`. */
function endOfString(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote + 1;
}

function isEscaped(text: string, at: number): boolean {
  let before = at - 1;
  while (text.charCodeAt(before) === BACKSLASH) before -= 1;
  return (at - 1 - before) % 2 === 1;
}

/** An object or a list that nobody else has yet. */
type Container = Record<string, JsonValue>;

/** Digits by the name of the member or the place in the list. */
type Digits = ReadonlyMap<string, string>;

/** Puts doubles in the place of marked strings. The value may be nested deeper than the stack is high. */
function takeMarks(root: Container, mark: string): void {
  const open = [root];
  for (let container = open.pop(); container !== undefined; container = open.pop()) {
    const digits = new Map<string, string>();
    for (const [name, value] of Object.entries(container)) {
      if (isContainer(value)) open.push(value);
      else if (typeof value === 'string' && value.startsWith(mark)) digits.set(name, value.slice(mark.length));
    }
    if (digits.size > 0) keepDigits(container, digits);
  }
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

/** `JSON.stringify` asks for `toJSON` by itself, so that nobody has to look for such values. */
function keepDigits(container: Container, digits: Digits): void {
  for (const [name, number] of digits) container[name] = Number(number);
  if (Object.hasOwn(container, 'toJSON')) return;
  Object.defineProperty(container, 'toJSON', { value: () => withDigits(container, digits) });
}

function withDigits(container: Container, digits: Digits): JsonValue {
  if (printing === undefined) return container;
  printing.mark ??= randomUUID();
  const copy = (Array.isArray(container) ? [...container] : { ...container }) as Container;
  for (const [name, number] of digits) copy[name] = printing.mark + number;
  return copy;
}
