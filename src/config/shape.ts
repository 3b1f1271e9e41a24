import type { JsonValue } from '../lib/json.ts';

/**
 * Descriptions of what router.toml may hold. They are plain data: one reader checks a file by them, and whatever else
 * needs to know the keys (schemas, documentation) reads the same descriptions.
 */

/** A rule for texts beyond their type. `expected` completes "expected …". */
export interface TextFormat {
  readonly expected: string;
  readonly accepts: (text: string) => boolean;
}

export interface TextShape<Value extends string = string> {
  readonly kind: 'text';
  readonly oneOf?: readonly Value[];
  /** The values of `oneOf` that have an effect in this version; without it all have. */
  readonly active?: readonly Value[];
  readonly format?: TextFormat;
  /** Never quoted in a problem. */
  readonly isSecret?: true;
  /** A blank text counts as a key that is not there. */
  readonly isBlankAbsent?: true;
}

export interface NumberShape {
  readonly kind: 'integer' | 'number';
  readonly min?: number;
  readonly max?: number;
  /** Exclusive lower bound. */
  readonly above?: number;
}

export interface BooleanShape {
  readonly kind: 'boolean';
}

export interface MomentShape {
  readonly kind: 'moment';
}

/** Any value, converted to JSON. */
export interface FreeShape {
  readonly kind: 'free';
}

export interface ListShape<Item extends Shape = Shape> {
  readonly kind: 'list';
  readonly of: Item;
}

/** A table whose keys are names that the file chooses. */
export interface MapShape<Item extends Shape = Shape> {
  readonly kind: 'map';
  readonly of: Item;
  /** What the names must be. */
  readonly names?: TextFormat;
}

export interface TableShape<Keys extends KeySet = KeySet> {
  readonly kind: 'table';
  readonly keys: Keys;
  /** Keys beside the described ones are kept as they are. */
  readonly isOpen: boolean;
}

export interface EitherShape<Option extends Shape = Shape> {
  readonly kind: 'either';
  readonly options: readonly Option[];
}

export type Shape =
  | TextShape
  | NumberShape
  | BooleanShape
  | MomentShape
  | FreeShape
  | ListShape
  | MapShape
  | TableShape
  | EitherShape;

export interface KeyDefinition<Described extends Shape = Shape, Required extends boolean = boolean> {
  readonly shape: Described;
  readonly isRequired: Required;
  /** False: known and checked, but without effect in this version. */
  readonly isActive: boolean;
  readonly meaning: string;
}

export interface KeySet {
  readonly [key: string]: KeyDefinition;
}

type RequiredKeys<Keys> = {
  [Key in keyof Keys]: Keys[Key] extends KeyDefinition<Shape, true> ? Key : never;
}[keyof Keys];

type TableValue<Keys extends KeySet> = {
  readonly [Key in RequiredKeys<Keys>]: ValueOf<Keys[Key]['shape']>;
} & {
  readonly [Key in Exclude<keyof Keys, RequiredKeys<Keys>>]?: ValueOf<Keys[Key]['shape']>;
};

/** The TypeScript type of what the reader returns for a shape. */
export type ValueOf<Described> =
  Described extends TextShape<infer Value>
    ? Value
    : Described extends NumberShape
      ? number
      : Described extends BooleanShape
        ? boolean
        : Described extends MomentShape
          ? Date
          : Described extends FreeShape
            ? JsonValue
            : Described extends ListShape<infer Item>
              ? readonly ValueOf<Item>[]
              : Described extends MapShape<infer Item>
                ? Readonly<Record<string, ValueOf<Item>>>
                : Described extends EitherShape<infer Option>
                  ? ValueOf<Option>
                  : Described extends TableShape<infer Keys>
                    ? TableValue<Keys>
                    : never;

export function text(options: Omit<TextShape, 'kind' | 'oneOf' | 'active'> = {}): TextShape {
  return { kind: 'text', ...options };
}

/** One of a few words; `active` lists those that have an effect in this version. */
export function word<const Value extends string>(
  oneOf: readonly Value[],
  active: readonly Value[] = oneOf,
): TextShape<Value> {
  return { kind: 'text', oneOf, active };
}

export function integer(limits: Omit<NumberShape, 'kind'> = {}): NumberShape {
  return { kind: 'integer', ...limits };
}

export function number(limits: Omit<NumberShape, 'kind'> = {}): NumberShape {
  return { kind: 'number', ...limits };
}

export const boolean: BooleanShape = { kind: 'boolean' };
export const moment: MomentShape = { kind: 'moment' };
export const free: FreeShape = { kind: 'free' };

export function list<Item extends Shape>(of: Item): ListShape<Item> {
  return { kind: 'list', of };
}

export function map<Item extends Shape>(of: Item, names?: TextFormat): MapShape<Item> {
  return names === undefined ? { kind: 'map', of } : { kind: 'map', of, names };
}

export function table<Keys extends KeySet>(keys: Keys): TableShape<Keys> {
  return { kind: 'table', keys, isOpen: false };
}

export function openTable<Keys extends KeySet>(keys: Keys): TableShape<Keys> {
  return { kind: 'table', keys, isOpen: true };
}

export function either<const Options extends readonly Shape[]>(...options: Options): EitherShape<Options[number]> {
  return { kind: 'either', options };
}

export function required<Described extends Shape>(shape: Described, meaning: string): KeyDefinition<Described, true> {
  return { shape, meaning, isRequired: true, isActive: true };
}

export function optional<Described extends Shape>(shape: Described, meaning: string): KeyDefinition<Described, false> {
  return { shape, meaning, isRequired: false, isActive: true };
}

/** Known and checked, but without effect in this version. */
export function inactive<Described extends Shape>(shape: Described, meaning: string): KeyDefinition<Described, false> {
  return { shape, meaning, isRequired: false, isActive: false };
}
