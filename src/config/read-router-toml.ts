import { isUtf8 } from 'node:buffer';
import { parse, TomlError } from 'smol-toml';
import { type Place, placeOf } from './place.ts';
import type { ProblemList } from './problem-list.ts';
import { isRawTable, type RawTable } from './read-shape.ts';
import type { ConfigProblem } from './snapshot.ts';

export const MAX_FILE_BYTES = 4 * 1024 * 1024;
const MAX_DEPTH = 16;
/** They would reach the prototype of an object that is built from the file. */
const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

export type ReadResult =
  | { readonly ok: true; readonly text: string; readonly tables: RawTable }
  | { readonly ok: false; readonly problem: ConfigProblem };

function failure(message: string, line?: number, column?: number): ReadResult {
  return { ok: false, problem: { level: 'error', path: '', message, line, column } };
}

/** Line and column, both from 1, of the first byte that is not UTF-8. */
function locateInvalidByte(bytes: Buffer): { line: number; column: number } {
  let start = 0;
  for (let line = 1; ; line += 1) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline;
    const slice = bytes.subarray(start, end);
    if (!isUtf8(slice)) {
      const repaired = Buffer.from(slice.toString('utf8'), 'utf8');
      const at = slice.findIndex((byte, index) => byte !== repaired[index]);
      return { line, column: slice.subarray(0, Math.max(at, 0)).toString('utf8').length + 1 };
    }
    if (newline === -1) return { line, column: 1 };
    start = newline + 1;
  }
}

function parseToml(text: string): ReadResult {
  try {
    const tables = parse(text, { integersAsBigInt: 'asNeeded', maxDepth: MAX_DEPTH });
    return { ok: true, text, tables };
  } catch (thrown) {
    if (!(thrown instanceof TomlError)) return failure(`not readable as TOML: ${String(thrown)}`);
    // Later lines of the message quote the file, which may hold keys.
    const [message = ''] = thrown.message.split('\n');
    return failure(message, thrown.line, thrown.column);
  }
}

/** Bytes of router.toml to raw tables: UTF-8 with or without BOM, lines ending in LF or CRLF, at most 4 MiB. */
export function readRouterToml(input: Uint8Array): ReadResult {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
  if (bytes.length > MAX_FILE_BYTES) return failure(`the file is larger than ${MAX_FILE_BYTES} bytes`);
  if (!isUtf8(bytes)) {
    const { line, column } = locateInvalidByte(bytes);
    return failure('not UTF-8', line, column);
  }
  return parseToml(new TextDecoder().decode(bytes));
}

/**
 * Reports what must not even be looked at further: tables nested deeper than 16 levels, and keys that lead to a
 * prototype. Its own recursion ends at that depth, so it comes before any other that follows the tables.
 */
export function reportUnsafeStructure(
  value: unknown,
  problems: ProblemList,
  place: Place | undefined = undefined,
  levelsLeft: number = MAX_DEPTH,
): void {
  if (!Array.isArray(value) && !isRawTable(value)) return;
  if (levelsLeft === 0) {
    problems.add('error', place, `nested deeper than ${MAX_DEPTH} levels`);
    return;
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      reportUnsafeStructure(value[index], problems, placeOf(place, index), levelsLeft - 1);
    }
    return;
  }
  for (const key of Object.keys(value)) {
    const at = placeOf(place, key);
    if (FORBIDDEN_KEYS.has(key)) problems.add('error', at, `the key \`${key}\` must not be used`);
    else reportUnsafeStructure(value[key], problems, at, levelsLeft - 1);
  }
}
