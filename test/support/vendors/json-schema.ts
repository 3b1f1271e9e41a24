import { asArray, asObject, isJsonObject, type JsonObject } from '../../../src/lib/json.ts';

export interface Subschema {
  readonly schema: JsonObject;
  /** Names and positions from the root, as they stand in the schema. */
  readonly path: readonly (string | number)[];
}

const OF_NAMES = ['properties', '$defs', 'definitions', 'patternProperties'];
const OF_LISTS = ['anyOf', 'oneOf', 'allOf', 'prefixItems'];
const OF_ONE = ['items', 'additionalProperties', 'not'];

/** A JSON schema and everything inside that is a schema itself, outermost first. */
export function subschemas(schema: JsonObject, path: readonly (string | number)[] = []): readonly Subschema[] {
  const named = OF_NAMES.flatMap((keyword) =>
    Object.entries(asObject(schema[keyword])).map(([name, value]) => [value, [keyword, name]] as const),
  );
  const listed = OF_LISTS.flatMap((keyword) =>
    asArray(schema[keyword]).map((value, index) => [value, [keyword, index]] as const),
  );
  const single = OF_ONE.map((keyword) => [schema[keyword], [keyword]] as const);
  const inner = [...named, ...listed, ...single].flatMap(([value, steps]) =>
    isJsonObject(value) ? subschemas(value, [...path, ...steps]) : [],
  );
  return [{ schema, path }, ...inner];
}

/** Whether a schema describes an object, alone or beside null. */
export function describesObject(schema: JsonObject): boolean {
  return (
    schema['type'] === 'object' || asArray(schema['type']).includes('object') || isJsonObject(schema['properties'])
  );
}
