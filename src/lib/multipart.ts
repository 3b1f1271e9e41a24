import type { JsonObject, JsonValue } from './json.ts';
import type { MemberEdits } from './json-members.ts';

/** One part of a form. Offsets are bytes of the whole body. */
export interface FormPart {
  readonly name: string;
  /** Undefined for a plain field. */
  readonly filename: string | undefined;
  /** Of the delimiter before the part. */
  readonly start: number;
  readonly valueStart: number;
  readonly valueEnd: number;
}

/** A `multipart/form-data` body, taken apart where its fields have to be read or changed and nowhere else. */
export interface Form {
  readonly bytes: Buffer;
  readonly boundary: string;
  readonly parts: readonly FormPart[];
  /** Of the closing delimiter. */
  readonly end: number;
}

export type FormResult = { readonly ok: true; readonly form: Form } | { readonly ok: false; readonly message: string };

/** Forms of model calls have a dozen parts, not hundreds. */
const MAX_PARTS = 256;
const MAX_HEADER_BYTES = 16 * 1024;
const LINE_END = '\r\n';
const HEADER_END = '\r\n\r\n';
const CLOSE = '--';

/** The boundary that a content type names; undefined where it is no form. https://www.rfc-editor.org/rfc/rfc2046#section-5.1.1 */
export function boundaryOf(contentType: string | undefined): string | undefined {
  if (contentType === undefined || !/^\s*multipart\/form-data\b/i.test(contentType)) return undefined;
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(contentType) ?? [];
  return quoted ?? plain;
}

/** Finds the parts of a form. https://www.rfc-editor.org/rfc/rfc7578 */
export function parseForm(bytes: Buffer, boundary: string): FormResult {
  const parts: FormPart[] = [];
  let delimiter = findDelimiter(bytes, boundary, 0);
  while (delimiter !== undefined && !delimiter.isLast) {
    if (parts.length === MAX_PARTS) return refused(`more than ${MAX_PARTS} parts`);
    const next = findDelimiter(bytes, boundary, delimiter.end - LINE_END.length);
    if (next === undefined) return refused('the closing boundary is missing');
    const part = readPart(bytes, delimiter, next);
    if (typeof part === 'string') return refused(part);
    parts.push(part);
    delimiter = next;
  }
  if (delimiter === undefined) return refused('the boundary does not occur');
  return { ok: true, form: { bytes, boundary, parts, end: delimiter.start } };
}

function refused(message: string): FormResult {
  return { ok: false, message };
}

interface Delimiter {
  /** Of its dashes; the line ending before them belongs to it too. */
  readonly start: number;
  /** Where the headers of the part begin. */
  readonly end: number;
  readonly isLast: boolean;
}

/** The next whole delimiter line: a longer word that begins with the boundary is content. */
function findDelimiter(bytes: Buffer, boundary: string, from: number): Delimiter | undefined {
  const dashes = CLOSE + boundary;
  for (let at = bytes.indexOf(dashes, from); at !== -1; at = bytes.indexOf(dashes, at + 1)) {
    const isAtLineStart = at === 0 || textAt(bytes, at - LINE_END.length, LINE_END);
    if (!isAtLineStart) continue;
    const after = at + dashes.length;
    if (textAt(bytes, after, CLOSE)) return { start: at, end: after + CLOSE.length, isLast: true };
    const lineEnd = skipBlanks(bytes, after);
    if (textAt(bytes, lineEnd, LINE_END)) return { start: at, end: lineEnd + LINE_END.length, isLast: false };
  }
  return undefined;
}

function textAt(bytes: Buffer, at: number, text: string): boolean {
  return at >= 0 && bytes.toString('latin1', at, at + text.length) === text;
}

function skipBlanks(bytes: Buffer, from: number): number {
  let at = from;
  while (bytes[at] === 0x20 || bytes[at] === 0x09) at += 1;
  return at;
}

/** A text says what is wrong. */
function readPart(bytes: Buffer, delimiter: Delimiter, next: Delimiter): FormPart | string {
  const headerEnd = bytes.subarray(delimiter.end, next.start).indexOf(HEADER_END);
  if (headerEnd === -1) return 'a part without the blank line after its headers';
  if (headerEnd > MAX_HEADER_BYTES) return 'a part with too long headers';
  const headers = bytes.toString('utf8', delimiter.end, delimiter.end + headerEnd);
  const disposition = /^content-disposition:\s*form-data\s*(;[^\r\n]*)/im.exec(headers)?.[1];
  const parameters = readParameters(disposition ?? '');
  const name = parameters.get('name');
  if (name === undefined) return 'a part without a name';
  const filename = parameters.get('filename') ?? parameters.get('filename*');
  const valueStart = delimiter.end + headerEnd + HEADER_END.length;
  return { name, filename, start: delimiter.start, valueStart, valueEnd: next.start - LINE_END.length };
}

/** Parameters of a header, after its first word. Quotes within a quoted value are escaped in one of two ways. */
function readParameters(text: string): ReadonlyMap<string, string> {
  const pattern = /;\s*([\w*-]+)\s*=\s*(?:"((?:\\[^\r\n]|[^"\\\r\n])*)"|([^\s;"]*))/gy;
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, plain = ''] of text.matchAll(pattern)) {
    const value = quoted === undefined ? plain : quoted.replace(/\\(["\\])/g, '$1').replace(/%22/g, '"');
    if (!parameters.has(name.toLowerCase())) parameters.set(name.toLowerCase(), value);
  }
  return parameters;
}

/** The plain fields as texts; a name that ends in `[]`, or comes more than once, gives a list. */
export function readFields({ bytes, parts }: Form): JsonObject {
  const fields = new Map<string, string[]>();
  for (const { name, filename, valueStart, valueEnd } of parts) {
    if (filename !== undefined) continue;
    const values = fields.get(name) ?? [];
    values.push(bytes.toString('utf8', valueStart, valueEnd));
    fields.set(name, values);
  }
  const members = [...fields].map(([name, values]): [string, JsonValue] => {
    const isList = name.endsWith('[]') || values.length > 1;
    return [name.replace(/\[\]$/, ''), isList ? values : (values[0] ?? '')];
  });
  return Object.fromEntries(members);
}

/**
 * The edits of `editMembers`, made on a form: every byte that no edit is about stays as it is. A value that is set goes
 * into every field of its name. Names are compared without `[]`.
 */
export function editForm(form: Form, { set = {}, drop = [] }: Omit<MemberEdits, 'rename'>): Buffer {
  const { bytes, boundary, parts, end } = form;
  const missing = new Set(Object.keys(set).filter((name) => !drop.includes(name)));
  const pieces: Buffer[] = [];
  let copied = 0;
  const replace = (from: number, to: number, text: string): void => {
    pieces.push(bytes.subarray(copied, from), Buffer.from(text));
    copied = to;
  };
  for (const [index, part] of parts.entries()) {
    const name = part.name.replace(/\[\]$/, '');
    if (drop.includes(name)) replace(part.start, parts[index + 1]?.start ?? end, '');
    else if (Object.hasOwn(set, name)) replace(part.valueStart, part.valueEnd, fieldText(set[name]));
    missing.delete(name);
  }
  const added = [...missing].map((name) => fieldPart(boundary, name, fieldText(set[name])));
  return Buffer.concat([...pieces, bytes.subarray(copied, end), ...added, bytes.subarray(end)]);
}

function fieldText(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function fieldPart(boundary: string, name: string, value: string): Buffer {
  return Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${escaped(name)}"\r\n\r\n${value}\r\n`);
}

/** As browsers do it: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data */
function escaped(text: string): string {
  return text.replace(
    /["\r\n]/g,
    (character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`,
  );
}

export interface FormFile {
  readonly name: string;
  readonly filename: string;
  /** Printable ASCII. */
  readonly mediaType: string;
  readonly bytes: Buffer;
}

/** A form made of JSON members; lists become one field for each item, with `[]` after the name. */
export function createForm(fields: JsonObject, file: FormFile, boundary: string): Form {
  const pieces: Buffer[] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || value === null) continue;
    const items = Array.isArray(value) ? (value as readonly JsonValue[]) : [value];
    const fieldName = Array.isArray(value) ? `${name}[]` : name;
    for (const item of items) pieces.push(fieldPart(boundary, fieldName, fieldText(item)));
  }
  const disposition = `form-data; name="${escaped(file.name)}"; filename="${escaped(file.filename)}"`;
  const head = `--${boundary}\r\nContent-Disposition: ${disposition}\r\nContent-Type: ${file.mediaType}\r\n\r\n`;
  pieces.push(Buffer.from(head), file.bytes, Buffer.from(`\r\n--${boundary}--\r\n`));
  const parsed = parseForm(Buffer.concat(pieces), boundary);
  if (!parsed.ok) throw new Error(`a form that was just made: ${parsed.message}`);
  return parsed.form;
}
