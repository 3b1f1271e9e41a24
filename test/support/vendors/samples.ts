import type { VendorAnswer } from './script.ts';

const USAGE = { freshInput: 20, cacheRead: 300, cacheWrite: 7, output: 50, reasoning: 11 };

/** Words with characters of every length in UTF-8, so that cutting bytes shows. */
export const WORDS: VendorAnswer = {
  text: 'Grüße, 世界! 👩‍🚀 Ready.',
  finish: 'stop',
  usage: USAGE,
};

/** Reasoning, words, then two calls; the arguments hold a number that no double can keep. */
export const CALLS: VendorAnswer = {
  reasoning: { text: 'Two cities, so two calls. 🤔' },
  text: 'I will look it up.',
  toolCalls: [
    { name: 'weather', arguments: '{"city":"Zürich","id":12345678901234567890}' },
    { name: 'weather', arguments: '{"city":"Oslo"}' },
  ],
  finish: 'tool-calls',
  usage: USAGE,
};

/** JSON schema of the tool that `CALLS` calls, as strict as the strictest vendor wants it. */
export const WEATHER_SCHEMA = {
  type: 'object' as const,
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
};

/** The smallest PNG: one transparent pixel. */
export const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
