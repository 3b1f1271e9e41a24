import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { plainSeal, UNCHECKED_SEAL } from './seals.ts';

type Matches = (seal: string) => boolean;

/**
 * The body without the thoughts whose seal `matches`. A call stays, with the word that keeps the vendor from looking
 * for its seal. The same object where there is nothing to take out.
 */
export function withoutSeals(body: JsonObject, matches: Matches): JsonObject {
  const { contents } = body;
  const cleared = mapList(contents, (content) => withoutSealsIn(content, matches));
  return cleared === contents ? body : { ...body, contents: cleared };
}

function withoutSealsIn(content: JsonValue, matches: Matches): JsonValue {
  if (!isJsonObject(content)) return content;
  const parts = mapList(content['parts'], (part) => clearPart(part, matches));
  return parts === content['parts'] ? content : { ...content, parts };
}

const SEAL_NAMES = ['thoughtSignature', 'thought_signature'] as const;

/** Undefined for a part that goes. */
function clearPart(part: JsonValue, matches: Matches): JsonValue | undefined {
  if (!isJsonObject(part)) return part;
  const name = SEAL_NAMES.find((member) => typeof part[member] === 'string');
  const seal = name === undefined ? undefined : part[name];
  if (name === undefined || typeof seal !== 'string' || !matches(plainSeal(seal))) return part;
  if (part['thought'] === true) return undefined;
  const { [name]: _, ...rest } = part;
  const isCall = part['functionCall'] !== undefined || part['function_call'] !== undefined;
  return isCall ? { ...rest, thoughtSignature: UNCHECKED_SEAL } : rest;
}

/** A list, or the single element that stands for one; the same value where no element changes. */
function mapList(
  value: JsonValue | undefined,
  map: (element: JsonValue) => JsonValue | undefined,
): JsonValue | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) return map(value);
  const elements = value as readonly JsonValue[];
  const mapped = elements.map(map);
  if (mapped.every((element, index) => element === elements[index])) return value;
  return mapped.filter((element) => element !== undefined);
}
