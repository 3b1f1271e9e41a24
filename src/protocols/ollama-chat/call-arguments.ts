import { parseExact, stringifyExact } from '../../lib/exact-json.ts';
import { isJsonObject, type JsonObject } from '../../lib/json.ts';

export interface ArgumentsObject {
  readonly value: JsonObject;
  /** False where the object does not say exactly what the text said: a number spelled otherwise, a name twice, no object at all. */
  readonly isExact: boolean;
}

/** Member under which arguments go that are no JSON object: the text itself is all there is. */
const NO_OBJECT_MEMBER = 'arguments';

/** Strings, and beside them the blanks that mean nothing. */
const STRING_OR_BLANKS = /("(?:[^"\\]|\\.)*")|\s+/g;

/** Arguments of a call as the object that Ollama wants. Blanks between the tokens are no loss. */
export function argumentsObject(text: string): ArgumentsObject {
  if (text.trim() === '') return { value: {}, isExact: true };
  const parsed = parseExact(text);
  if (!parsed.ok || !isJsonObject(parsed.value)) return { value: { [NO_OBJECT_MEMBER]: text }, isExact: false };
  const isExact = stringifyExact(parsed.value) === text.replace(STRING_OR_BLANKS, '$1');
  return { value: parsed.value, isExact };
}
