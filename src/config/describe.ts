import type { ListShape, NumberShape, Shape, TextShape } from './shape.ts';

const MAX_QUOTED = 40;

function orList(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} or ${last}`;
}

function describeText(shape: TextShape): string {
  if (shape.oneOf !== undefined) return orList(shape.oneOf.map((value) => `"${value}"`));
  return shape.format?.expected ?? 'a text';
}

function describeNumber(shape: NumberShape): string {
  const noun = shape.kind === 'integer' ? 'an integer' : 'a number';
  const { min, max, above } = shape;
  if (min !== undefined && max !== undefined) return `${noun} from ${min} to ${max}`;
  if (min !== undefined) return `${noun} of at least ${min}`;
  if (above !== undefined)
    return max === undefined ? `${noun} above ${above}` : `${noun} above ${above}, at most ${max}`;
  return max === undefined ? noun : `${noun} of at most ${max}`;
}

const OTHERS: Readonly<Record<Exclude<Shape['kind'], 'text' | 'integer' | 'number' | 'either'>, string>> = {
  boolean: 'true or false',
  moment: 'a date with time',
  free: 'a value',
  list: 'a list',
  map: 'a table',
  table: 'a table',
};

function describeList({ of }: ListShape): string {
  return of.kind === 'table' ? 'a list of tables, written with [[ ]]' : `a list, each item ${describeShape(of)}`;
}

/** What a shape expects, to stand after "expected". */
export function describeShape(shape: Shape): string {
  if (shape.kind === 'text') return describeText(shape);
  if (shape.kind === 'integer' || shape.kind === 'number') return describeNumber(shape);
  if (shape.kind === 'either') return orList(shape.options.map(describeShape));
  if (shape.kind === 'list') return describeList(shape);
  return OTHERS[shape.kind];
}

/**
 * Whether what stands where `shape` should be may be shown. Where a table or a list should be, it may be anything, such
 * as the key itself instead of a table of keys.
 */
export function isQuotable(shape: Shape): boolean {
  if (shape.kind === 'text') return shape.isSecret !== true;
  if (shape.kind === 'either') return shape.options.every(isQuotable);
  return shape.kind === 'integer' || shape.kind === 'number' || shape.kind === 'boolean';
}

function describeFoundText(value: string, isShown: boolean): string {
  if (!isShown) return 'a text that is not shown here';
  const quoted = JSON.stringify(value);
  return quoted.length <= MAX_QUOTED ? quoted : `${quoted.slice(0, MAX_QUOTED)}…"`;
}

/** What stands in the file instead, to stand after "found". */
export function describeFound(value: unknown, isShown: boolean): string {
  if (typeof value === 'string') return describeFoundText(value, isShown);
  if (typeof value === 'bigint') return 'an integer that is too large';
  if (typeof value === 'number') return isShown ? String(value) : 'a number';
  if (typeof value === 'boolean') return String(value);
  if (value instanceof Date) return 'a date';
  return Array.isArray(value) ? 'a list' : 'a table';
}
