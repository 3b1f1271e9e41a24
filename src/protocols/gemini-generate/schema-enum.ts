import type { JsonObject, JsonValue } from '../../lib/json.ts';

export interface FittedEnum {
  /** `enum` and `type`, as far as they can be said. */
  readonly members: JsonObject;
  /** Values had to go. */
  readonly isLossy: boolean;
}

/** A list of values (of one for `const`) in the vendor's words: only texts and numbers can be listed, and null is a type. */
export function fitEnum(values: readonly JsonValue[], type: JsonValue | undefined): FittedEnum {
  const listed = values.filter((value) => typeof value === 'string' || typeof value === 'number');
  const others = values.filter((value) => value !== null && !listed.includes(value as string | number));
  const hasNull = values.includes(null);
  if (others.length === 0) return { members: { ...listOf(listed), ...typeOf(listed, type, hasNull) }, isLossy: false };
  const isEveryTruth = listed.length === 0 && others.length === 2 && others.includes(true) && others.includes(false);
  const isTruth = listed.length === 0 && others.every((value) => typeof value === 'boolean');
  // A shorter list would forbid what the client allows, so there is none.
  return { members: isTruth ? typeOf(others, type, hasNull) : {}, isLossy: !isEveryTruth };
}

function listOf(listed: readonly JsonValue[]): JsonObject {
  return listed.length === 0 ? {} : { enum: listed };
}

/** A type is only added where null has to be allowed, or where nothing else would be left of the list. */
function typeOf(values: readonly JsonValue[], type: JsonValue | undefined, hasNull: boolean): JsonObject {
  const known = type === undefined ? [...new Set(values.map((value) => typeof value))] : [type].flat();
  if (values.length === 0) return hasNull && type === undefined ? { type: 'null' } : {};
  if (hasNull) return known.includes('null') ? {} : { type: [...(known as readonly JsonValue[]), 'null'] };
  return type === undefined && typeof values[0] === 'boolean' ? { type: 'boolean' } : {};
}
