import { asArray, asObject, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';

export interface FittedSchema {
  readonly schema: JsonObject;
  /** Names of what had to go: `maximum`, `additionalProperties`. */
  readonly lost: readonly string[];
}

/**
 * Rules of a schema that the vendor refuses where it enforces one:
 * https://platform.claude.com/docs/en/build-with-claude/structured-outputs#json-schema-limitations
 */
const REFUSED: ReadonlySet<string> = new Set([
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'multipleOf',
  'minLength',
  'maxLength',
  'maxItems',
  'uniqueItems',
  'minProperties',
  'maxProperties',
  'patternProperties',
]);

/** Members that hold one schema, a list of schemas, or schemas by name. */
const SUBSCHEMA = new Set(['items', 'not']);
const SUBSCHEMA_LISTS = new Set(['anyOf', 'oneOf', 'allOf', 'prefixItems']);
const SUBSCHEMA_MAPS = new Set(['properties', '$defs', 'definitions']);

/** Deeper than any schema; what lies below goes out as it is. */
const MAX_DEPTH = 64;

/** The schema in the part of JSON schema that the vendor enforces; every object is closed, because it must be. */
export function fitSchema(schema: JsonObject): FittedSchema {
  const lost = new Set<string>();
  return { schema: fitLevel(schema, lost, MAX_DEPTH), lost: [...lost] };
}

function fitLevel(schema: JsonObject, lost: Set<string>, depth: number): JsonObject {
  if (depth === 0) return schema;
  const fitted: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(schema)) {
    if (value === undefined) continue;
    if (isRefused(name, value)) lost.add(name);
    else fitted[name] = fitMember(name, value, lost, depth - 1);
  }
  return isObjectSchema(schema) ? close(fitted, lost) : fitted;
}

/** Lists may be told to have one element at least, and nothing beyond that. */
function isRefused(name: string, value: JsonValue): boolean {
  return REFUSED.has(name) || (name === 'minItems' && typeof value === 'number' && value > 1);
}

function fitMember(name: string, value: JsonValue, lost: Set<string>, depth: number): JsonValue {
  if (SUBSCHEMA.has(name)) return fitOne(value, lost, depth);
  if (SUBSCHEMA_LISTS.has(name)) return asArray(value).map((entry) => fitOne(entry, lost, depth));
  if (!SUBSCHEMA_MAPS.has(name)) return value;
  const entries = Object.entries(asObject(value)).map(([key, entry]) => [key, fitOne(entry ?? true, lost, depth)]);
  return Object.fromEntries(entries) as JsonObject;
}

function fitOne(value: JsonValue, lost: Set<string>, depth: number): JsonValue {
  return isJsonObject(value) ? fitLevel(value, lost, depth) : value;
}

function isObjectSchema({ type, properties }: JsonObject): boolean {
  return type === 'object' || (Array.isArray(type) && type.includes('object')) || isJsonObject(properties);
}

/** Saying nothing about further members is no wish for them; a schema for them is. */
function close(schema: Record<string, JsonValue>, lost: Set<string>): JsonObject {
  const { additionalProperties: further } = schema;
  if (further !== undefined && further !== false && further !== true) lost.add('additionalProperties');
  return { ...schema, additionalProperties: false };
}
