import { asArray, asObject, type JsonObject } from '../../../src/lib/json.ts';
import { describesObject, subschemas } from './json-schema.ts';

/** Keywords that strict schemas may not hold: https://platform.openai.com/docs/guides/structured-outputs */
const REFUSED = [
  'oneOf',
  'allOf',
  'not',
  'if',
  'then',
  'else',
  'dependentRequired',
  'dependentSchemas',
  'patternProperties',
];

/** What is wrong with a schema that is to be followed strictly, in the vendor's words; undefined where nothing is. */
export function strictSchemaComplaint(root: JsonObject): string | undefined {
  if (root['type'] !== 'object') {
    return `schema must be a JSON Schema of 'type: "object"', got 'type: "${root['type'] ?? 'None'}"'.`;
  }
  for (const { schema, path } of subschemas(root)) {
    const context = `In context=(${path.map((step) => `'${step}'`).join(', ')}${path.length === 1 ? ',' : ''}), `;
    const complaint = oneComplaint(schema);
    if (complaint !== undefined) return context + complaint;
  }
  return undefined;
}

function oneComplaint(schema: JsonObject): string | undefined {
  const refused = REFUSED.find((keyword) => keyword in schema);
  if (refused !== undefined) return `'${refused}' is not permitted.`;
  if (!describesObject(schema)) return undefined;
  if (schema['additionalProperties'] !== false)
    return "'additionalProperties' is required to be supplied and to be false.";
  const required = asArray(schema['required']);
  const missing = Object.keys(asObject(schema['properties'])).find((name) => !required.includes(name));
  if (missing === undefined) return undefined;
  return `'required' is required to be supplied and to be an array including every key in properties. Missing '${missing}'.`;
}
