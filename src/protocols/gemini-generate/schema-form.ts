import { asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { asList, asNumber, camelMembers } from './members.ts';

/** Deeper than any schema; what lies below may be anything. */
const MAX_DEPTH = 32;

type Decoder = (value: JsonValue, depth: number) => JsonValue | undefined;

const isText = (value: JsonValue): boolean => typeof value === 'string';
const decodeText: Decoder = (value) => asString(value);
const decodeNumber: Decoder = (value) => asNumber(value);
const decodeTexts: Decoder = (value) => asList(value).filter(isText);
const decodeBranches: Decoder = (value, depth) => asList(value).map((branch) => decode(branch, depth));

/** Members of the vendor's own schema and what they are in JSON schema. https://ai.google.dev/api/caching#Schema */
const DECODERS: ReadonlyMap<string, Decoder> = new Map([
  ['title', decodeText],
  ['description', decodeText],
  ['pattern', decodeText],
  ['format', (value) => (value === 'enum' ? undefined : asString(value))],
  ['enum', decodeTexts],
  ['required', decodeTexts],
  ['default', (value) => value],
  ['items', decode],
  ['anyOf', decodeBranches],
  ['properties', decodeProperties],
  ...[
    ...['minimum', 'maximum', 'minItems', 'maxItems', 'minLength', 'maxLength'],
    ...['minProperties', 'maxProperties'],
  ].map((name) => [name, decodeNumber] as const),
]);

/** A schema in the vendor's own form, whose types are in capitals, as JSON schema. */
export function decodeSchemaForm(schema: JsonObject): JsonObject {
  return decode(schema, 0);
}

function decode(value: JsonValue | undefined, depth: number): JsonObject {
  if (!isJsonObject(value) || depth > MAX_DEPTH) return {};
  const wire = camelMembers(value);
  const members: [string, JsonValue][] = [];
  const type = decodeType(wire);
  if (type !== undefined) members.push(['type', type]);
  for (const [name, member] of Object.entries(ordered(wire))) {
    const decoded = member === undefined ? undefined : DECODERS.get(name)?.(member, depth + 1);
    if (decoded !== undefined) members.push([name, decoded]);
  }
  return Object.fromEntries(members);
}

function decodeType({ type, nullable }: JsonObject): JsonValue | undefined {
  const word = asString(type)?.toLowerCase();
  if (word === undefined || word === 'type_unspecified') return undefined;
  return nullable === true && word !== 'null' ? [word, 'null'] : word;
}

/** JSON schema has no word for the order of properties but the order in which they stand. */
function ordered(wire: JsonObject): JsonObject {
  const { propertyOrdering, properties, ...rest } = wire;
  if (!isJsonObject(properties)) return rest;
  const names = asList(propertyOrdering).filter((name) => typeof name === 'string' && Object.hasOwn(properties, name));
  const sorted = [...new Set([...(names as readonly string[]), ...Object.keys(properties)])];
  return { ...rest, properties: Object.fromEntries(sorted.map((name) => [name, properties[name]])) };
}

function decodeProperties(value: JsonValue, depth: number): JsonValue | undefined {
  if (!isJsonObject(value)) return undefined;
  return Object.fromEntries(Object.entries(value).map(([name, schema]) => [name, decode(schema, depth)]));
}
