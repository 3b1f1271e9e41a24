import { PNG } from '../../support/vendors/samples.ts';
import { says, type VendorAnswer } from '../../support/vendors/script.ts';
import type { Scenario } from '../scenario.ts';
import { USAGE } from './usage.ts';

const ZURICH = { name: 'weather', arguments: '{"city":"Zürich"}' };
const OSLO = { name: 'weather', arguments: '{ "city": "Oslo",  "note": "\\u00fc \\"x\\" 1.0 👍" }' };

/** Identifiers of 64 bits are common, and some clients read them exactly. */
const EXACT = { name: 'weather', arguments: '{"city":"Zürich","id":12345678901234567890,"ratio":1.0}' };

const calls = (...toolCalls: VendorAnswer['toolCalls'] & {}): VendorAnswer => ({
  toolCalls,
  finish: 'tool-calls',
  usage: USAGE,
});

const TOOLS = { words: 'What is the weather in Zürich and Oslo?', hasTools: true } as const;
const CALLED = { default: 'tool-calls' } as const;

export const TOOL_USE: readonly Scenario[] = [
  {
    name: 'two tool calls at once',
    question: TOOLS,
    answers: [calls(ZURICH, OSLO)],
    sent: ['The weather in a city.'],
    recorded: CALLED,
  },
  {
    name: 'tool calls whose arguments take turns',
    question: TOOLS,
    answers: [{ ...calls(ZURICH, OSLO), interleaveToolCalls: true, pieces: { codePoints: 3, writeBytes: 50 } }],
    modes: ['streamed'],
    recorded: CALLED,
  },
  {
    name: 'a call without arguments',
    question: TOOLS,
    answers: [calls({ name: 'weather', arguments: '{}' })],
    recorded: CALLED,
  },
  {
    name: 'words beside calls',
    question: TOOLS,
    answers: [{ ...calls(ZURICH), text: 'I will look it up.' }],
    recorded: CALLED,
  },
  {
    name: 'results of two calls',
    question: { ...TOOLS, system: 'Be brief.' },
    answers: [
      { ...calls(ZURICH, OSLO), text: 'One moment.', pieces: { codePoints: 50 } },
      says('Sunny and cold.', USAGE),
    ],
    steps: [{ outputs: [{ text: 'sunny: 20°' }, { text: 'cold' }] }],
    sent: ['One moment.', 'Zürich', 'sunny: 20°', 'cold'],
  },
  {
    name: 'calls after results, then words of the user',
    question: TOOLS,
    answers: [
      calls(ZURICH),
      calls(OSLO),
      { ...says('Sunny and cold.', USAGE), pieces: { codePoints: 50 } },
      says('You are welcome.', USAGE),
    ],
    steps: [{ outputs: [{ text: 'sunny' }] }, { outputs: [{ text: 'cold' }] }, { words: 'Thanks.' }],
    sent: ['sunny', 'cold', 'Sunny and cold.', 'Thanks.'],
  },
  {
    name: 'words of the user beside results',
    question: TOOLS,
    answers: [calls(ZURICH, OSLO), says('Sunny and cold.', USAGE)],
    steps: [{ outputs: [{ text: 'sunny' }, { text: 'cold' }], words: 'In one line, please.' }],
    sent: ['sunny', 'cold', 'In one line, please.'],
  },
  {
    name: 'a call with numbers that no double holds',
    question: TOOLS,
    answers: [calls(EXACT), says('Found.', USAGE)],
    steps: [{ outputs: [{ text: 'found' }] }],
    sent: ['found'],
  },
  {
    name: 'a result that is an error',
    question: TOOLS,
    answers: [calls(ZURICH), says('I do not know.', USAGE)],
    steps: [{ outputs: [{ text: 'no such city', isError: true }] }],
    needs: ['error-in-result'],
    sent: ['no such city'],
  },
  {
    name: 'a result with an image',
    question: TOOLS,
    answers: [calls(ZURICH), says('Blue sky.', USAGE)],
    steps: [{ outputs: [{ text: 'as seen here', image: PNG }] }],
    needs: ['image-in-result'],
    sent: ['as seen here', PNG],
  },
  {
    name: 'any tool must be called',
    question: { ...TOOLS, toolChoice: 'required' },
    answers: [calls(ZURICH)],
    needs: ['tool-choice'],
    recorded: CALLED,
  },
  {
    name: 'one tool must be called',
    question: { ...TOOLS, toolChoice: 'weather' },
    answers: [calls(ZURICH)],
    needs: ['tool-choice'],
    recorded: CALLED,
  },
];
