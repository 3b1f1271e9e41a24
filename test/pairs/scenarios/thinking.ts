import { says, type VendorAnswer } from '../../support/vendors/script.ts';
import type { Scenario } from '../scenario.ts';
import { USAGE } from './usage.ts';

const QUESTION = { words: 'What is the weather in Zürich?', thinks: true } as const;
const COST = { ...USAGE, reasoning: 11 };

const call = (thought: string, city: string): VendorAnswer => ({
  reasoning: { text: thought },
  toolCalls: [{ name: 'weather', arguments: `{"city":"${city}"}` }],
  finish: 'tool-calls',
  usage: COST,
});

const thinks = (thought: string, text: string): VendorAnswer => ({
  ...says(text, COST),
  reasoning: { text: thought },
});

/** The vendors refuse what comes back without its seal, with a wrong one or with another's. */
export const THINKING: readonly Scenario[] = [
  {
    name: 'a thought before words',
    question: QUESTION,
    answers: [thinks('It is summer. 🤔', 'Warm.')],
  },
  {
    name: 'a thought, then another turn',
    question: QUESTION,
    answers: [thinks('It is summer. 🤔', 'Warm.'), thinks('Further north.', 'Cold.')],
    steps: [{ words: 'And in Oslo?' }],
    sent: ['Warm.', 'And in Oslo?'],
  },
  {
    name: 'a thought before a call, whose seal must come back',
    question: { ...QUESTION, hasTools: true },
    answers: [call('I must look it up. 🤔', 'Zürich'), thinks('Good.', 'Sunny.')],
    steps: [{ outputs: [{ text: 'sunny' }] }],
    sent: ['sunny'],
  },
  {
    name: 'thoughts before calls, turn after turn',
    question: { ...QUESTION, hasTools: true },
    answers: [
      call('First Zürich.', 'Zürich'),
      call('Then Oslo.', 'Oslo'),
      thinks('Both.', 'Sunny and cold.'),
      call('Bergen too.', 'Bergen'),
      thinks('Rain.', 'Rainy.'),
    ],
    steps: [
      { outputs: [{ text: 'sunny' }] },
      { outputs: [{ text: 'cold' }] },
      { words: 'And in Bergen?' },
      { outputs: [{ text: 'rain' }] },
    ],
    sent: ['sunny', 'cold', 'And in Bergen?', 'rain'],
  },
];
