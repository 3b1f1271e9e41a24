import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { wrongField } from '../openai-checks.ts';
import { asNumber } from './members.ts';

/** What a value has to be, in the words of the error message. */
interface Expectation {
  readonly words: string;
  readonly accepts: (value: JsonValue) => boolean;
}

const NUMBER: Expectation = { words: 'a number', accepts: (value) => asNumber(value) !== undefined };
const INTEGER: Expectation = { words: 'a whole number', accepts: (value) => Number.isInteger(asNumber(value)) };
const BOOLEAN: Expectation = { words: 'true or false', accepts: (value) => typeof value === 'boolean' };
const STRING: Expectation = { words: 'a string', accepts: (value) => typeof value === 'string' };
const OBJECT: Expectation = { words: 'an object', accepts: isJsonObject };
const STRINGS: Expectation = {
  words: 'an array of strings',
  accepts: (value) => Array.isArray(value) && value.every((item) => typeof item === 'string'),
};

const EXPECTED: readonly (readonly [name: string, expected: Expectation])[] = [
  ['temperature', NUMBER],
  ['topP', NUMBER],
  ['topK', NUMBER],
  ['presencePenalty', NUMBER],
  ['frequencyPenalty', NUMBER],
  ['candidateCount', INTEGER],
  ['maxOutputTokens', INTEGER],
  ['seed', INTEGER],
  ['logprobs', INTEGER],
  ['responseLogprobs', BOOLEAN],
  ['stopSequences', STRINGS],
  ['responseMimeType', STRING],
  ['responseSchema', OBJECT],
  ['responseJsonSchema', OBJECT],
  ['thinkingConfig', OBJECT],
];

/** Throws `request.invalid` for what the vendor refuses whatever the model. `config` has its names in camel case. */
export function checkGenerationConfig(config: JsonObject): void {
  for (const [name, expected] of EXPECTED) {
    const value = config[name];
    if (value === undefined || expected.accepts(value)) continue;
    throw wrongField(`generationConfig.${name}`, expected.words, value);
  }
}
