import { PNG, WEATHER_SCHEMA } from '../../support/vendors/samples.ts';
import { says, type VendorAnswer } from '../../support/vendors/script.ts';
import type { Scenario } from '../scenario.ts';
import { USAGE } from './usage.ts';

/** Letters of every length in UTF-8, marks that join, writing in both directions. */
const SCRIPTS =
  'Grüße, 世界! Привет, мир. שלום עולם. مرحبا بالعالم. नमस्ते दुनिया. สวัสดี 👩‍🚀🏳️‍🌈 e\u0301 \u2028 "quoted" \\ \t end.';

const CITED = 'Zürich is a city 🏙 in Switzerland.';
const CITATIONS = [
  { start: 0, end: 16, url: 'https://example.com/zürich', title: 'Zürich – a city' },
  { start: 20, end: 34, url: 'https://example.com/ch', title: 'Switzerland' },
];

/** Google's clients send every piece back as a part of its own. */
const inOnePiece = (text: string): VendorAnswer => ({ ...says(text, USAGE), pieces: { codePoints: 50 } });

export const WORDS: readonly Scenario[] = [
  {
    name: 'text in many scripts, cut inside of its letters',
    question: { words: `Say it: ${SCRIPTS}` },
    answers: [{ ...says(SCRIPTS, USAGE), pieces: { writeBytes: 3 } }],
    sent: ['Привет, мир. שלום עולם.'],
  },
  {
    name: 'a system prompt',
    question: { words: 'Hello', system: 'Speak plainly, «bitte».' },
    answers: [says('Hello.', USAGE)],
    sent: ['Speak plainly, «bitte».'],
  },
  {
    name: 'a conversation of several turns',
    question: { words: 'What is a fjord?', system: 'Be brief.' },
    answers: [inOnePiece('An inlet.'), inOnePiece('In Norway.'), says('Yes, very deep.', USAGE)],
    steps: [{ words: 'Where?' }, { words: 'Are they deep?' }],
    sent: ['Be brief.', 'What is a fjord?', 'An inlet.', 'Where?', 'In Norway.', 'Are they deep?'],
  },
  {
    name: 'an image',
    question: { words: 'What is this?', image: PNG },
    answers: [says('One pixel.', USAGE)],
    sent: [PNG, 'What is this?'],
  },
  {
    name: 'an answer by a JSON schema',
    question: { words: 'Where are you?', schema: WEATHER_SCHEMA },
    answers: [says('{"city":"Zürich"}', USAGE)],
    sent: ['city'],
  },
  {
    name: 'an answer without words',
    question: { words: 'Say nothing.' },
    answers: [{ text: '', finish: 'stop', usage: USAGE }],
  },
  {
    name: 'citations',
    question: { words: 'Where is Zürich?' },
    answers: [{ ...says(CITED, USAGE), citations: CITATIONS }],
  },
  {
    name: 'usage with cached and reasoning tokens',
    question: { words: 'Count.' },
    answers: [says('Counted.', { freshInput: 20, cacheRead: 300, cacheWrite: 7, output: 50, reasoning: 11 })],
  },
];
