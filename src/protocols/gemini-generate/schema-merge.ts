import { isDeepStrictEqual } from 'node:util';
import { asArray, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';

type Merge = (one: JsonValue, other: JsonValue) => JsonValue | undefined;

/** Notes to readers: what stands nearest to the use says it best. */
const NOTES: ReadonlySet<string> = new Set([
  'title',
  'description',
  'default',
  'examples',
  '$comment',
  '$id',
  '$schema',
]);

const MERGES: ReadonlyMap<string, Merge> = new Map([
  ['required', (one, other) => [...new Set([...asArray(one), ...asArray(other)])]],
  ['properties', mergeProperties],
  ['$defs', mergeProperties],
  ['definitions', mergeProperties],
  ['minimum', (one, other) => Math.max(Number(one), Number(other))],
  ['maximum', (one, other) => Math.min(Number(one), Number(other))],
  ['additionalProperties', (one, other) => (one === false || other === false ? false : undefined)],
  ['allOf', (one, other) => [...asArray(one), ...asArray(other)]],
]);

/**
 * One schema that says what both say. A keyword of `other` that cannot be said beside its twin is left out and told to
 * `lose`.
 */
export function mergeSchemas(one: JsonObject, other: JsonObject, lose: (keyword: string) => void): JsonObject {
  const merged = new Map(Object.entries(one));
  for (const [keyword, value] of Object.entries(other)) {
    const known = merged.get(keyword);
    if (value === undefined) continue;
    if (known === undefined) merged.set(keyword, value);
    else if (!NOTES.has(keyword) && !isDeepStrictEqual(known, value)) {
      const both = MERGES.get(keyword)?.(known, value);
      if (both === undefined) lose('allOf');
      else merged.set(keyword, both);
    }
  }
  return Object.fromEntries(merged);
}

/** Undefined where two properties of one name differ. */
function mergeProperties(one: JsonValue, other: JsonValue): JsonValue | undefined {
  if (!isJsonObject(one) || !isJsonObject(other)) return undefined;
  const isAtOdds = Object.keys(other).some(
    (name) => Object.hasOwn(one, name) && !isDeepStrictEqual(one[name], other[name]),
  );
  return isAtOdds ? undefined : { ...other, ...one };
}
