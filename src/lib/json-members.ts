import type { JsonObject, JsonValue } from './json.ts';

/**
 * Edits of the top-level members of an object, made in this order: `set` gives a member a value, wherever it stands and
 * however often, or adds it at the end; `drop` takes members out; `rename` changes names. Where the new name is already
 * taken, the member that has it stays and the renamed one is dropped; of two renamed to one name the first listed stays.
 */
export interface MemberEdits {
  readonly set?: Readonly<Record<string, JsonValue>>;
  readonly drop?: readonly string[];
  readonly rename?: Readonly<Record<string, string>>;
}

/** The edits made on a parsed object: `editMembers` without the bytes. */
export function editObject(value: JsonObject, edits: MemberEdits): JsonObject {
  const members = new Map([...Object.entries(value), ...Object.entries(edits.set ?? {})]);
  const newNameOf = planNames(members.keys(), edits);
  const kept: [string, JsonValue | undefined][] = [];
  for (const [name, member] of members) {
    const newName = newNameOf(name);
    if (newName !== undefined) kept.push([newName, member]);
  }
  return Object.fromEntries(kept);
}

/**
 * The edits made in the JSON text itself: every byte that no edit is about stays as it is, numbers, blanks and order
 * included, and nothing but the top level is looked at. `json` must be a valid JSON object. Names are compared as JSON
 * means them, so an escaped spelling or a second member of one name does not get past an edit.
 */
export function editMembers(json: Buffer, edits: MemberEdits): Buffer {
  const members = scanMembers(json);
  const set = edits.set ?? {};
  const added = Object.keys(set).filter((name) => !members.some((member) => member.name === name));
  const newNameOf = planNames(members.map(({ name }) => name).concat(added), edits);
  const splice = new Splice(json);
  let hasKept = false;
  for (const member of members) {
    const newName = newNameOf(member.name);
    if (newName === undefined) {
      dropMember(splice, member, hasKept);
      continue;
    }
    if (newName !== member.name) splice.replace(member.start, member.nameEnd, JSON.stringify(newName));
    if (Object.hasOwn(set, member.name))
      splice.replace(member.valueStart, member.end, JSON.stringify(set[member.name]));
    hasKept = true;
  }
  const end = members.at(-1)?.end ?? json.indexOf(OPEN_BRACE) + 1;
  splice.replace(end, end, addedText(added, set, newNameOf, !hasKept));
  return splice.result();
}

/** One comma goes too: the one before the member, or, where no member is left before it, the one after it. */
function dropMember(splice: Splice, member: Member, hasKept: boolean): void {
  if (hasKept) splice.replace(member.previousEnd, member.end, '');
  else splice.replace(member.start, member.nextStart, '');
}

/** What a member is called after the edits; undefined for one that is dropped. */
type NewName = (name: string) => string | undefined;

const KEEP_NAME: NewName = (name) => name;

function planNames(present: Iterable<string>, { drop = [], rename = {} }: MemberEdits): NewName {
  const renames = Object.entries(rename);
  if (drop.length === 0 && renames.length === 0) return KEEP_NAME;
  const names = new Map<string, string | undefined>();
  for (const name of present) names.set(name, drop.includes(name) ? undefined : name);
  const renamed = renames.filter(([name]) => names.get(name) !== undefined);
  for (const [name] of renamed) names.set(name, undefined);
  const taken = new Set(names.values());
  for (const [name, newName] of renamed) {
    if (!taken.has(newName)) names.set(name, newName);
    taken.add(newName);
  }
  return (name) => names.get(name);
}

function addedText(
  added: readonly string[],
  set: Readonly<Record<string, JsonValue>>,
  newNameOf: NewName,
  isFirst: boolean,
): string {
  const texts: string[] = [];
  for (const name of added) {
    const newName = newNameOf(name);
    if (newName !== undefined) texts.push(`${JSON.stringify(newName)}:${JSON.stringify(set[name])}`);
  }
  return isFirst || texts.length === 0 ? texts.join() : `,${texts.join()}`;
}

/** A buffer with parts of it replaced by text, in order. */
class Splice {
  readonly #source: Buffer;
  readonly #cuts: { readonly start: number; readonly end: number; readonly text: string }[] = [];

  constructor(source: Buffer) {
    this.#source = source;
  }

  replace(start: number, end: number, text: string): void {
    if (start === end && text === '') return;
    this.#cuts.push({ start, end, text });
  }

  /** The source itself where nothing was replaced. */
  result(): Buffer {
    if (this.#cuts.length === 0) return this.#source;
    const result = Buffer.allocUnsafe(this.#sizeBytes());
    let read = 0;
    let written = 0;
    for (const { start, end, text } of this.#cuts) {
      written += this.#copy(result, written, read, start);
      written += result.write(text, written);
      read = end;
    }
    this.#copy(result, written, read, this.#source.length);
    return result;
  }

  /** What is no JSON may end before it should. */
  #copy(target: Buffer, at: number, start: number, end: number): number {
    return start < end ? this.#source.copy(target, at, start, end) : 0;
  }

  #sizeBytes(): number {
    let read = 0;
    let sizeBytes = 0;
    for (const { start, end, text } of this.#cuts) {
      sizeBytes += Math.max(0, start - read) + Buffer.byteLength(text);
      read = end;
    }
    return sizeBytes + Math.max(0, this.#source.length - read);
  }
}

/** Where one top-level member, `"name": value`, stands. */
interface Member {
  readonly name: string;
  /** Where the member before ends; `start` for the first. */
  readonly previousEnd: number;
  readonly start: number;
  readonly nameEnd: number;
  readonly valueStart: number;
  readonly end: number;
  /** Where the next member starts; `end` for the last. */
  readonly nextStart: number;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const SPACE = 0x20;

/** Below this many bytes a loop finds a quote faster than a native search, whose call has a price. */
const NEAR_BYTES = 64;

function scanMembers(json: Buffer): Member[] {
  const members: Member[] = [];
  let start = skipBlanks(json, json.indexOf(OPEN_BRACE) + 1);
  while (json[start] === QUOTE) {
    const member = scanMember(json, start, members.at(-1)?.end ?? start);
    members.push(member);
    start = member.nextStart;
  }
  return members;
}

function scanMember(json: Buffer, start: number, previousEnd: number): Member {
  const nameEnd = endOfString(json, start);
  const colon = skipBlanks(json, nameEnd);
  const valueStart = skipBlanks(json, colon + 1);
  const end = endOfValue(json, valueStart);
  const comma = skipBlanks(json, end);
  const nextStart = json[comma] === COMMA ? skipBlanks(json, comma + 1) : end;
  return { name: readName(json, start, nameEnd), previousEnd, start, nameEnd, valueStart, end, nextStart };
}

function readName(json: Buffer, start: number, end: number): string {
  const text = json.toString('utf8', start, end);
  return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
}

/** JSON knows four blanks, all of them at or below the space; a valid text has no other byte there. */
function skipBlanks(json: Buffer, start: number): number {
  let at = start;
  while (at < json.length && (json[at] ?? 0) <= SPACE) at += 1;
  return at;
}

function endOfValue(json: Buffer, start: number): number {
  const first = json[start];
  if (first === QUOTE) return endOfString(json, start);
  if (first === OPEN_BRACE || first === OPEN_BRACKET) return endOfNested(json, start);
  return endOfScalar(json, start);
}

/** After the quote that closes the string opened at `start`. */
function endOfString(json: Buffer, start: number): number {
  let at = start + 1;
  for (;;) {
    at = skipNearText(json, at);
    const quote = json[at] === QUOTE ? at : json.indexOf(QUOTE, at);
    if (quote === -1) return json.length;
    if (!isEscaped(json, quote, at)) return quote + 1;
    at = quote + 1;
  }
}

/** To the closing quote, or as far as a loop is worth it; never between a backslash and what it escapes. */
function skipNearText(json: Buffer, start: number): number {
  const near = start + NEAR_BYTES;
  let at = start;
  while (at < near && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1;
  return at;
}

/** An odd number of backslashes before a byte escapes it; those before `from` have been read already. */
function isEscaped(json: Buffer, at: number, from: number): boolean {
  let before = at - 1;
  while (before >= from && json[before] === BACKSLASH) before -= 1;
  return (at - 1 - before) % 2 === 1;
}

function endOfNested(json: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  while (at < json.length) {
    const byte = json[at];
    if (byte === QUOTE) {
      at = endOfString(json, at);
      continue;
    }
    at += 1;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth += 1;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth -= 1;
    if (depth === 0) return at;
  }
  return at;
}

function endOfScalar(json: Buffer, start: number): number {
  let at = start;
  while (at < json.length) {
    const byte = json[at] ?? 0;
    if (byte <= SPACE || byte === COMMA || byte === CLOSE_BRACE) return at;
    at += 1;
  }
  return at;
}
