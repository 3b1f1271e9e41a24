import { asArray, asObject, type JsonObject } from '../../../src/lib/json.ts';
import { subschemas } from './json-schema.ts';

export interface SchemaComplaint {
  readonly place: string;
  readonly words: string;
}

/** Formats of each type: https://ai.google.dev/api/caching#Schema */
const FORMATS: Readonly<Record<string, readonly string[]>> = {
  STRING: ['enum', 'date-time'],
  NUMBER: ['float', 'double'],
  INTEGER: ['int32', 'int64'],
};

/** What is wrong with a schema whose keywords are all known; undefined where nothing is. */
export function schemaComplaint(root: JsonObject, place: string): SchemaComplaint | undefined {
  for (const { schema, path } of subschemas(root)) {
    const complaint = oneComplaint(schema);
    if (complaint !== undefined) return { ...complaint, place: placeOf(place, path) + complaint.place };
  }
  return undefined;
}

/** Properties are printed by name in brackets: `parameters.properties[city].items`. */
function placeOf(start: string, path: readonly (string | number)[]): string {
  return path.reduce<string>((text, step, at) => {
    const isName = path[at - 1] === 'properties' || typeof step === 'number';
    return isName ? `${text}[${step}]` : `${text}.${step === 'anyOf' ? 'any_of' : step}`;
  }, start);
}

function oneComplaint(schema: JsonObject): SchemaComplaint | undefined {
  const type = String(schema['type'] ?? '').toUpperCase();
  const properties = asObject(schema['properties']);
  const values = asArray(schema['enum']);
  const stray = asArray(schema['required']).findIndex((name) => !Object.hasOwn(properties, String(name)));
  if (stray !== -1) return { place: `.required[${stray}]`, words: 'property is not defined' };
  if (type === 'ARRAY' && schema['items'] === undefined) return { place: '.items', words: 'missing field.' };
  if (type === 'OBJECT' && schema['properties'] !== undefined && Object.keys(properties).length === 0) {
    return { place: '.properties', words: 'should be non-empty for OBJECT type' };
  }
  if (type !== 'OBJECT' && schema['properties'] !== undefined)
    return { place: '.properties', words: 'only allowed for OBJECT type' };
  if (values.length > 0 && type !== 'STRING') return { place: '.enum', words: 'only allowed for STRING type' };
  if (values.includes('')) return { place: `.enum[${values.indexOf('')}]`, words: 'cannot be empty' };
  const formats = FORMATS[type];
  if (schema['format'] === undefined || formats === undefined || formats.includes(String(schema['format'])))
    return undefined;
  const listed = formats.map((format) => `'${format}'`).join(' and ');
  return { place: '.format', words: `only ${listed} are supported for ${type} type` };
}
