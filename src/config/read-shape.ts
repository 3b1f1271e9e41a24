import type { JsonValue } from '../lib/json.ts';
import { isSingleTypo } from '../lib/typo.ts';
import { describeFound, describeShape, isQuotable } from './describe.ts';
import { formatSegments, type Place, placeOf } from './place.ts';
import type { ProblemList } from './problem-list.ts';
import type {
  EitherShape,
  KeyDefinition,
  KeySet,
  ListShape,
  MapShape,
  NumberShape,
  Shape,
  TableShape,
  TextShape,
  ValueOf,
} from './shape.ts';

/** Tables and lists as the parser gives them. */
export type RawTable = Readonly<Record<string, unknown>>;

export function isRawTable(value: unknown): value is RawTable {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

interface Reading {
  readonly place: Place;
  readonly problems: ProblemList;
}

function inside(reading: Reading, key: string | number): Reading {
  return { place: placeOf(reading.place, key), problems: reading.problems };
}

function reject(shape: Shape, value: unknown, reading: Reading): undefined {
  const message = `expected ${describeShape(shape)}, found ${describeFound(value, isQuotable(shape))}`;
  reading.problems.add('error', reading.place, message);
  return undefined;
}

function readText(shape: TextShape, value: unknown, reading: Reading): string | undefined {
  if (typeof value !== 'string') return reject(shape, value, reading);
  if (shape.isBlankAbsent === true && value.trim() === '') return undefined;
  if (shape.oneOf !== undefined && !shape.oneOf.includes(value)) return reject(shape, value, reading);
  if (shape.format !== undefined && !shape.format.accepts(value)) return reject(shape, value, reading);
  if (shape.active !== undefined && !shape.active.includes(value)) {
    const used = describeShape({ kind: 'text', oneOf: shape.active });
    reading.problems.noticeOnce(reading.place, `"${value}" is known, but not active in this version: ${used} is used`);
  }
  return value;
}

function readNumber(shape: NumberShape, value: unknown, reading: Reading): number | undefined {
  const isFitting =
    typeof value === 'number' &&
    (shape.kind === 'integer' ? Number.isSafeInteger(value) : Number.isFinite(value)) &&
    value >= (shape.min ?? Number.NEGATIVE_INFINITY) &&
    value <= (shape.max ?? Number.POSITIVE_INFINITY) &&
    value > (shape.above ?? Number.NEGATIVE_INFINITY);
  return isFitting ? value : reject(shape, value, reading);
}

function readList(shape: ListShape, value: unknown, reading: Reading): readonly unknown[] | undefined {
  if (!Array.isArray(value)) return reject(shape, value, reading);
  const items: unknown[] = [];
  for (let index = 0; index < value.length; index += 1) {
    const item = readShape(shape.of, value[index], inside(reading, index));
    if (item !== undefined) items.push(item);
  }
  return Object.freeze(items);
}

function readMap(shape: MapShape, value: unknown, reading: Reading): unknown {
  if (!isRawTable(value)) return reject(shape, value, reading);
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const at = inside(reading, key);
    if (shape.names !== undefined && !shape.names.accepts(key)) {
      reading.problems.add('error', at.place, `expected ${shape.names.expected}, found \`${key}\``);
    }
    const item = readShape(shape.of, value[key], at);
    if (item !== undefined) result[key] = item;
  }
  return Object.freeze(result);
}

/** JSON of a value of any shape; dates become ISO texts. */
export function readFree(value: unknown, reading: Reading): JsonValue | undefined {
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return readList({ kind: 'list', of: { kind: 'free' } }, value, reading) as JsonValue;
  if (isRawTable(value)) return readMap({ kind: 'map', of: { kind: 'free' } }, value, reading) as JsonValue;
  reading.problems.add('error', reading.place, `${describeFound(value, true)} cannot be used here`);
  return undefined;
}

/** True when `value` has the type of `shape`, whatever its content. */
function hasKind(shape: Shape, value: unknown): boolean {
  if (shape.kind === 'text') return typeof value === 'string';
  if (shape.kind === 'integer' || shape.kind === 'number')
    return typeof value === 'number' || typeof value === 'bigint';
  if (shape.kind === 'boolean') return typeof value === 'boolean';
  if (shape.kind === 'moment') return value instanceof Date;
  if (shape.kind === 'list') return Array.isArray(value);
  if (shape.kind === 'either') return shape.options.some((option) => hasKind(option, value));
  return shape.kind === 'free' || isRawTable(value);
}

function readEither(shape: EitherShape, value: unknown, reading: Reading): unknown {
  const option = shape.options.find((candidate) => hasKind(candidate, value));
  return option === undefined ? reject(shape, value, reading) : readShape(option, value, reading);
}

/** The key that was probably meant: a near one of the same table, or the same one in a table inside it. */
function suggestKey(key: string, keys: KeySet, problems: ProblemList): string | undefined {
  const nearest = problems.suggest(key, Object.keys(keys));
  if (nearest !== undefined) return nearest;
  for (const [name, { shape }] of Object.entries(keys)) {
    if (shape.kind === 'table' && Object.hasOwn(shape.keys, key)) return formatSegments([name, key]);
  }
  return undefined;
}

/** A warning about a key that nothing reads. */
export function warnUnknownKey(key: string, value: unknown, keys: KeySet, reading: Reading): undefined {
  const isTable = isRawTable(value) || (Array.isArray(value) && value.length > 0 && value.every(isRawTable));
  const suggestion = suggestKey(key, keys, reading.problems);
  const hint = suggestion === undefined ? '' : `: did you mean \`${suggestion}\`?`;
  reading.problems.add('warning', reading.place, `unknown ${isTable ? 'table' : 'key'} \`${key}\`${hint}`);
}

const MIN_TYPO_LENGTH = 6;

/** Keys of an open table are free; only one that is a single typing mistake away from a described key is worth a word. */
function readOpenKey(key: string, value: unknown, keys: KeySet, reading: Reading): JsonValue | undefined {
  const meant = key.length < MIN_TYPO_LENGTH ? undefined : Object.keys(keys).find((known) => isSingleTypo(key, known));
  if (meant !== undefined) {
    reading.problems.add('warning', reading.place, `unknown key \`${key}\`: did you mean \`${meant}\`?`);
  }
  return readFree(value, reading);
}

/** Reads one described key; says once per kind of key when it has no effect in this version. */
export function readKey(definition: KeyDefinition, value: unknown, reading: Reading): unknown {
  if (!definition.isActive) {
    reading.problems.noticeOnce(reading.place, `\`${reading.place.key}\` is known, but not active in this version`);
  }
  return readShape(definition.shape, value, reading);
}

function readTableKey(shape: TableShape, key: string, value: unknown, reading: Reading): unknown {
  const definition = Object.hasOwn(shape.keys, key) ? shape.keys[key] : undefined;
  if (definition !== undefined) return readKey(definition, value, reading);
  if (shape.isOpen) return readOpenKey(key, value, shape.keys, reading);
  return warnUnknownKey(key, value, shape.keys, reading);
}

function readTable(shape: TableShape, value: unknown, reading: Reading): unknown {
  if (!isRawTable(value)) return reject(shape, value, reading);
  const result: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    const item = readTableKey(shape, key, value[key], inside(reading, key));
    if (item !== undefined) result[key] = item;
  }
  return hasRequiredKeys(shape, value, result, reading) ? Object.freeze(result) : undefined;
}

function hasRequiredKeys(shape: TableShape, raw: RawTable, result: RawTable, reading: Reading): boolean {
  let isComplete = true;
  for (const [key, definition] of Object.entries(shape.keys)) {
    if (!definition.isRequired || Object.hasOwn(result, key)) continue;
    isComplete = false;
    // A key that is there but wrong has its own problem already.
    if (!Object.hasOwn(raw, key)) reading.problems.add('error', reading.place, `\`${key}\` is missing`);
  }
  return isComplete;
}

function readShape(shape: Shape, value: unknown, reading: Reading): unknown {
  switch (shape.kind) {
    case 'text':
      return readText(shape, value, reading);
    case 'integer':
    case 'number':
      return readNumber(shape, value, reading);
    case 'boolean':
      return typeof value === 'boolean' ? value : reject(shape, value, reading);
    case 'moment':
      return value instanceof Date ? value : reject(shape, value, reading);
    case 'free':
      return readFree(value, reading);
    case 'list':
      return readList(shape, value, reading);
    case 'map':
      return readMap(shape, value, reading);
    case 'table':
      return readTable(shape, value, reading);
    case 'either':
      return readEither(shape, value, reading);
    default:
      return shape satisfies never;
  }
}

/** Reads `value` as `shape` describes, collecting every problem; undefined when nothing usable is left. */
export function read<Described extends Shape>(
  shape: Described,
  value: unknown,
  place: Place,
  problems: ProblemList,
): ValueOf<Described> | undefined {
  return readShape(shape, value, { place, problems }) as ValueOf<Described> | undefined;
}
