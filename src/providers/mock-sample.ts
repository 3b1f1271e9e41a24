import { asArray, asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts';

const MAX_DEPTH = 16;

const SCALARS: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ['number', 1],
  ['integer', 1],
  ['boolean', true],
  ['null', null],
]);

/**
 * A small value that fits the common part of JSON schema: types, `enum`, `const`, required properties, the first of
 * `anyOf` or `oneOf`. Texts are `text`; bounds, patterns and references are not looked at.
 */
export function sampleFromSchema(schema: JsonValue | undefined, text: string, depth = 0): JsonValue {
  if (!isJsonObject(schema) || depth === MAX_DEPTH) return text;
  const fixed = schema['const'] ?? asArray(schema['enum'])[0];
  if (fixed !== undefined) return fixed;
  const variant = asArray(schema['anyOf'] ?? schema['oneOf'])[0];
  if (variant !== undefined) return sampleFromSchema(variant, text, depth + 1);
  const type = typeOf(schema);
  if (type === 'object') return sampleObject(schema, text, depth);
  if (type === 'array') return [];
  const scalar = SCALARS.get(type);
  return scalar === undefined ? text : scalar;
}

function typeOf(schema: JsonObject): string {
  const type = asString(schema['type']) ?? asString(asArray(schema['type'])[0]);
  return type ?? (schema['properties'] === undefined ? 'string' : 'object');
}

function sampleObject(schema: JsonObject, text: string, depth: number): JsonObject {
  const properties = asObject(schema['properties']);
  const names = asArray(schema['required']).map(String);
  return Object.fromEntries(names.map((name) => [name, sampleFromSchema(properties[name], text, depth + 1)]));
}
