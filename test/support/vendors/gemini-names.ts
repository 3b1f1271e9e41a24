import { isJsonObject, type JsonObject, type JsonValue } from '../../../src/lib/json.ts';
import { type Problem, type Shape, type Step, takes, typeOf } from './shape.ts';

const toCamel = (name: string): string => name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase());
const toSnake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The body with names in camel case; the vendor also takes the names of its protocol buffers. Free objects stay. */
export function camelized(shape: Shape, value: JsonValue): JsonValue {
  switch (shape.kind) {
    case 'lazy':
      return camelized(shape.shape(), value);
    case 'nullable':
      return camelized(shape.shape, value);
    case 'either': {
      const taken = shape.shapes.find((candidate) => takes(candidate, value));
      return taken === undefined ? value : camelized(taken, value);
    }
    case 'array':
      return Array.isArray(value) ? value.map((item: JsonValue) => camelized(shape.items, item)) : value;
    case 'record':
      return isJsonObject(value) ? mapMembers(value, (name, member) => [name, camelized(shape.values, member)]) : value;
    case 'object':
      return isJsonObject(value)
        ? mapMembers(value, (name, member) => camelizedMember(shape.fields, name, member))
        : value;
    case 'any':
    case 'boolean':
    case 'string':
    case 'number':
    case 'tagged':
      return value;
    default:
      return shape satisfies never;
  }
}

/** A known member that is null counts as not there. */
function camelizedMember(
  fields: Readonly<Record<string, Shape>>,
  name: string,
  member: JsonValue,
): [string, JsonValue | undefined] {
  const camel = toCamel(name);
  const field = Object.hasOwn(fields, camel) ? fields[camel] : undefined;
  if (field === undefined) return [name, member];
  return [camel, member === null ? undefined : camelized(field, member)];
}

function mapMembers(
  value: JsonObject,
  map: (name: string, member: JsonValue) => [string, JsonValue | undefined],
): JsonObject {
  const members = Object.entries(value).flatMap(([name, member]) => (member === undefined ? [] : [map(name, member)]));
  return Object.fromEntries(members.filter(([, member]) => member !== undefined));
}

/** `tools[0].function_declarations[1].parameters`, as the vendor prints places. */
function placeOf(path: readonly Step[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'object') return text;
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? toSnake(step) : `${text}.${toSnake(step)}`;
  }, '');
}

const PROTO_TYPES: Readonly<Record<string, string>> = {
  string: 'TYPE_STRING',
  boolean: 'TYPE_BOOL',
  number: 'TYPE_DOUBLE',
};

/** A problem of shape in the words of the vendor's JSON reader. */
export function phraseGemini({ kind, path, shape, value }: Problem): string {
  if (kind === 'unknown') {
    const parent = placeOf(path.slice(0, -1));
    const at = parent === '' ? '' : ` at '${parent}'`;
    return `Invalid JSON payload received. Unknown name "${String(path.at(-1))}"${at}: Cannot find field.`;
  }
  const isList = kind === 'type' && typeOf(value) === 'array';
  if (isList) {
    const at = placeOf(path.slice(0, -1));
    return `Invalid JSON payload received. Unknown name "${String(path.at(-1))}" at '${at}': Proto field is not repeating, cannot start list.`;
  }
  const type = PROTO_TYPES[shape.kind] ?? 'type.googleapis.com/google.ai.generativelanguage.v1beta';
  return `Invalid value at '${placeOf(path)}' (${type}), ${JSON.stringify(value)}`;
}
