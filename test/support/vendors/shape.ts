import { isJsonObject } from '../../../src/lib/json.ts';

/** What a vendor expects of one JSON value. Only what vendors check: no general schema language. */
export type Shape =
  | { readonly kind: 'any' }
  | { readonly kind: 'boolean' }
  | {
      readonly kind: 'string';
      readonly pattern?: RegExp;
      readonly minLength?: number;
      readonly maxLength?: number;
      readonly values?: readonly string[];
    }
  | { readonly kind: 'number'; readonly min?: number; readonly max?: number; readonly integer?: boolean }
  | { readonly kind: 'array'; readonly items: Shape; readonly min?: number; readonly max?: number }
  | {
      readonly kind: 'object';
      readonly fields: Fields;
      readonly required: readonly string[];
      /** Whether members beside `fields` are passed over. */
      readonly open?: true;
    }
  /** An object whose names are free. */
  | { readonly kind: 'record'; readonly values: Shape }
  /** Objects told apart by one of their fields. */
  | { readonly kind: 'tagged'; readonly tag: string; readonly variants: Fields; readonly fallback?: string }
  /** The first shape that takes a value of this JSON type. */
  | { readonly kind: 'either'; readonly shapes: readonly Shape[] }
  | { readonly kind: 'nullable'; readonly shape: Shape }
  | { readonly kind: 'lazy'; readonly shape: () => Shape };

export type Fields = Readonly<Record<string, Shape>>;

/** A step to a place in a request; a tag names the variant that was taken there, which only Anthropic prints. */
export type Step = string | number | { readonly tag: string };

type JsonType = 'string' | 'number' | 'boolean' | 'object' | 'array' | 'null' | 'undefined';

export interface Problem {
  readonly kind:
    | 'unknown'
    | 'missing'
    | 'type'
    | 'value'
    | 'tag'
    | 'pattern'
    | 'too-short'
    | 'too-long'
    | 'too-few'
    | 'too-many'
    | 'below'
    | 'above'
    | 'fraction';
  readonly path: readonly Step[];
  /** The shape that was not met. */
  readonly shape: Shape;
  readonly value: unknown;
}

export const ANY: Shape = { kind: 'any' };
export const BOOLEAN: Shape = { kind: 'boolean' };
export const STRING: Shape = { kind: 'string' };
export const NUMBER: Shape = { kind: 'number' };
export const INTEGER: Shape = { kind: 'number', integer: true };
export const FREE_OBJECT: Shape = { kind: 'record', values: ANY };

export const oneOf = (...values: readonly string[]): Shape => ({ kind: 'string', values });
export const range = (min: number, max?: number): Shape => ({ kind: 'number', min, ...(max !== undefined && { max }) });
export const integerFrom = (min: number, max?: number): Shape => ({
  kind: 'number',
  integer: true,
  min,
  ...(max !== undefined && { max }),
});
export const matching = (pattern: RegExp, maxLength?: number): Shape => ({
  kind: 'string',
  pattern,
  ...(maxLength !== undefined && { maxLength }),
});
/** Text of at most so many UTF-16 code units. */
export const upTo = (maxLength: number): Shape => ({ kind: 'string', maxLength });
export const listOf = (items: Shape, min?: number, max?: number): Shape => ({
  kind: 'array',
  items,
  ...(min !== undefined && { min }),
  ...(max !== undefined && { max }),
});
export const either = (...shapes: readonly Shape[]): Shape => ({ kind: 'either', shapes });
export const nullable = (shape: Shape): Shape => ({ kind: 'nullable', shape });
export const lazy = (shape: () => Shape): Shape => ({ kind: 'lazy', shape });
export const tagged = (tag: string, variants: Fields, fallback?: string): Shape => ({
  kind: 'tagged',
  tag,
  variants,
  ...(fallback !== undefined && { fallback }),
});
/** An object whose fields in `required` must be there; those in `optional` may. */
export const object = (required: Fields, optional: Fields = {}): Shape => ({
  kind: 'object',
  fields: { ...required, ...optional },
  required: Object.keys(required),
});
/** An object with fields of any other name too, any of which may be null. */
export const openObject = (fields: Fields): Shape => ({
  kind: 'object',
  fields: nullables(fields),
  required: [],
  open: true,
});
/** The same object whose fields may all be null, as OpenAI's and Anthropic's optional ones may. */
export const nullables = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, shape]) => [name, nullable(shape)]));

export function typeOf(value: unknown): JsonType {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : (typeof value as JsonType);
}

/** The JSON type that a shape asks for; undefined where it takes several. */
export function wantedType(shape: Shape): JsonType | undefined {
  switch (shape.kind) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'array':
      return shape.kind;
    case 'object':
    case 'record':
    case 'tagged':
      return 'object';
    case 'lazy':
      return wantedType(shape.shape());
    case 'any':
    case 'either':
    case 'nullable':
      return undefined;
    default:
      return shape satisfies never;
  }
}

/** The first thing that is wrong with `value`, in the order of its members; undefined where all is well. */
export function findProblem(shape: Shape, value: unknown, path: readonly Step[] = []): Problem | undefined {
  const problem = (kind: Problem['kind']): Problem => ({ kind, path, shape, value });
  const wanted = wantedType(shape);
  if (wanted !== undefined && wanted !== typeOf(value)) return problem('type');
  switch (shape.kind) {
    case 'any':
    case 'boolean':
      return undefined;
    case 'nullable':
      return value === null ? undefined : findProblem(shape.shape, value, path);
    case 'lazy':
      return findProblem(shape.shape(), value, path);
    case 'either': {
      const taken = shape.shapes.find((candidate) => takes(candidate, value));
      return taken === undefined ? problem('type') : findProblem(taken, value, path);
    }
    case 'string':
      return stringProblem(shape, value as string, problem);
    case 'number':
      return numberProblem(shape, value as number, problem);
    case 'array':
      return arrayProblem(shape, value as readonly unknown[], path, problem);
    case 'record':
      return firstOf(Object.entries(value as object), ([name, member]) =>
        findProblem(shape.values, member, [...path, name]),
      );
    case 'object':
      return objectProblem(shape, value, path);
    case 'tagged':
      return taggedProblem(shape, value, path);
    default:
      return shape satisfies never;
  }
}

type Tell = (kind: Problem['kind']) => Problem;

/** Whether a value of this JSON type may be meant by the shape. */
export function takes(shape: Shape, value: unknown): boolean {
  if (shape.kind === 'nullable') return value === null || takes(shape.shape, value);
  const wanted = wantedType(shape);
  return wanted === undefined || wanted === typeOf(value);
}

function stringProblem(shape: Shape & { kind: 'string' }, value: string, tell: Tell): Problem | undefined {
  if (shape.values !== undefined && !shape.values.includes(value)) return tell('value');
  if (value.length < (shape.minLength ?? 0)) return tell('too-short');
  if (value.length > (shape.maxLength ?? Number.POSITIVE_INFINITY)) return tell('too-long');
  return shape.pattern !== undefined && !shape.pattern.test(value) ? tell('pattern') : undefined;
}

function numberProblem(shape: Shape & { kind: 'number' }, value: number, tell: Tell): Problem | undefined {
  if (shape.integer === true && !Number.isInteger(value)) return tell('fraction');
  if (value < (shape.min ?? Number.NEGATIVE_INFINITY)) return tell('below');
  return value > (shape.max ?? Number.POSITIVE_INFINITY) ? tell('above') : undefined;
}

function arrayProblem(
  shape: Shape & { kind: 'array' },
  value: readonly unknown[],
  path: readonly Step[],
  tell: Tell,
): Problem | undefined {
  if (value.length < (shape.min ?? 0)) return tell('too-few');
  if (value.length > (shape.max ?? Number.POSITIVE_INFINITY)) return tell('too-many');
  return firstOf([...value.entries()], ([index, item]) => findProblem(shape.items, item, [...path, index]));
}

function objectProblem(shape: Shape & { kind: 'object' }, value: unknown, path: readonly Step[]): Problem | undefined {
  if (!isJsonObject(value)) return { kind: 'type', path, shape, value };
  const missing = shape.required.find((name) => value[name] === undefined);
  if (missing !== undefined) return { kind: 'missing', path: [...path, missing], shape, value: undefined };
  return firstOf(Object.entries(value), ([name, member]) => {
    const field = Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined;
    if (field === undefined && shape.open === true) return undefined;
    if (field === undefined) return { kind: 'unknown', path: [...path, name], shape, value: member };
    return findProblem(field, member, [...path, name]);
  });
}

function taggedProblem(shape: Shape & { kind: 'tagged' }, value: unknown, path: readonly Step[]): Problem | undefined {
  const tag = isJsonObject(value) ? (value[shape.tag] ?? shape.fallback) : undefined;
  if (tag === undefined) return { kind: 'missing', path: [...path, shape.tag], shape, value: undefined };
  const variant = typeof tag === 'string' && Object.hasOwn(shape.variants, tag) ? shape.variants[tag] : undefined;
  if (variant === undefined) return { kind: 'tag', path: [...path, shape.tag], shape, value: tag };
  return findProblem(variant, value, [...path, { tag: String(tag) }]);
}

function firstOf<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
