import { invalidField, type RouterError } from '../errors/router-error.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../lib/json.ts';

/** What a value has to be, in the words of the error message. */
interface Expectation {
  readonly words: string;
  readonly accepts: (value: JsonValue) => boolean;
}

const isTextList = (value: JsonValue): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');
const isObjectList = (value: JsonValue): boolean => Array.isArray(value) && value.every(isJsonObject);

const NUMBER: Expectation = { words: 'a number', accepts: (value) => typeof value === 'number' };
const INTEGER: Expectation = { words: 'a whole number', accepts: (value) => Number.isInteger(value) };
const BOOLEAN: Expectation = { words: 'true or false', accepts: (value) => typeof value === 'boolean' };
const STRING: Expectation = { words: 'a string', accepts: (value) => typeof value === 'string' };
const OBJECT: Expectation = { words: 'an object', accepts: isJsonObject };
const OBJECTS: Expectation = { words: 'an array of objects', accepts: isObjectList };
const STOP: Expectation = {
  words: 'a string or an array of strings',
  accepts: (value) => typeof value === 'string' || isTextList(value),
};
const CHOICE: Expectation = {
  words: 'a string or an object',
  accepts: (value) => typeof value === 'string' || isJsonObject(value),
};

/** Types that no provider accepts otherwise. Ranges differ between providers and are left to them. */
const EXPECTED: readonly (readonly [name: string, expected: Expectation])[] = [
  ['temperature', NUMBER],
  ['top_p', NUMBER],
  ['top_k', NUMBER],
  ['frequency_penalty', NUMBER],
  ['presence_penalty', NUMBER],
  ['seed', INTEGER],
  ['n', INTEGER],
  ['max_tokens', INTEGER],
  ['max_completion_tokens', INTEGER],
  ['parallel_tool_calls', BOOLEAN],
  ['reasoning_effort', STRING],
  ['user', STRING],
  ['stop', STOP],
  ['tools', OBJECTS],
  ['functions', OBJECTS],
  ['tool_choice', CHOICE],
  ['response_format', OBJECT],
  ['stream_options', OBJECT],
  ['logit_bias', OBJECT],
];

/** Throws `request.invalid` for a parameter that is certainly wrong. `path` stands before its name: `parameters.`. */
export function checkParameters(members: JsonObject, path: string): void {
  for (const [name, expected] of EXPECTED) {
    const value = members[name];
    if (value === undefined || value === null || expected.accepts(value)) continue;
    throw wrongField(`${path}${name}`, expected.words, value);
  }
}

/** `value` as a string; undefined where it is left out, null or empty. */
export function optionalText(value: JsonValue | undefined, param: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw wrongField(param, STRING.words, value);
  return value;
}

export function optionalFlag(value: JsonValue | undefined, param: string): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw wrongField(param, BOOLEAN.words, value);
  return value;
}

export function wrongField(param: string, expected: string, got: JsonValue | undefined): RouterError {
  return invalidField(param, `expected ${expected}, got ${describe(got)}`);
}

const MAX_QUOTED_LENGTH = 40;

function describe(value: JsonValue | undefined): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(value.slice(0, MAX_QUOTED_LENGTH));
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array';
  return isJsonObject(value) ? 'an object' : String(value);
}
