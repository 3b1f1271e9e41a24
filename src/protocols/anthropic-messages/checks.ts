import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { wrongField } from '../openai-checks.ts';

/** What a value has to be, in the words of the error message. */
interface Expectation {
  readonly words: string;
  readonly accepts: (value: JsonValue) => boolean;
}

const NUMBER: Expectation = { words: 'a number', accepts: (value) => typeof value === 'number' };
const INTEGER: Expectation = { words: 'a whole number', accepts: (value) => Number.isInteger(value) };
const OBJECT: Expectation = { words: 'an object', accepts: isJsonObject };
const OBJECTS: Expectation = {
  words: 'an array of objects',
  accepts: (value) => Array.isArray(value) && value.every(isJsonObject),
};
const TEXTS: Expectation = {
  words: 'an array of strings',
  accepts: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
};

/** Types that no provider accepts otherwise. Ranges differ between models and are left to the provider. */
const EXPECTED: readonly (readonly [name: string, expected: Expectation])[] = [
  ['max_tokens', INTEGER],
  ['temperature', NUMBER],
  ['top_p', NUMBER],
  ['top_k', INTEGER],
  ['stop_sequences', TEXTS],
  ['tools', OBJECTS],
  ['tool_choice', OBJECT],
  ['thinking', OBJECT],
  ['output_config', OBJECT],
  ['output_format', OBJECT],
  ['metadata', OBJECT],
];

/** Throws `request.invalid` for a top-level member that is certainly wrong. Null means left out. */
export function checkMembers(body: JsonObject): void {
  for (const [name, expected] of EXPECTED) {
    const value = body[name];
    if (value === undefined || value === null || expected.accepts(value)) continue;
    throw wrongField(name, expected.words, value);
  }
}
