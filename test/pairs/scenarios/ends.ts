import { says } from '../../support/vendors/script.ts';
import type { Scenario } from '../scenario.ts';
import { USAGE } from './usage.ts';

/** Every way in which an answer ends. */
export const ENDS: readonly Scenario[] = [
  {
    name: 'the limit of tokens',
    question: { words: 'Tell me a story.', maxTokens: 123 },
    answers: [{ ...says('Once upon a', USAGE), finish: 'length' }],
    isPlain: true,
    sent: ['123'],
    recorded: { default: 'length' },
  },
  {
    name: 'the limit of tokens of a model that reasons',
    question: { words: 'Tell me a story.', maxTokens: 1234 },
    answers: [{ ...says('Once upon a', USAGE), finish: 'length' }],
    needs: ['newer-limit'],
    sent: ['1234'],
    recorded: { default: 'length' },
  },
  {
    name: 'a stop sequence',
    question: { words: 'Count.', stop: ['<END>', 'STOP'] },
    isPlain: true,
    answers: [{ ...says('one two', USAGE), finish: 'stop-sequence', stopSequence: 'STOP' }],
    needs: ['stop'],
    sent: ['<END>', 'STOP'],
    recorded: {
      default: 'stop-sequence',
      'openai-chat': 'stop',
      'openai-responses': 'stop',
      gemini: 'stop',
      ollama: 'stop',
    },
  },
  {
    name: 'a stop for safety',
    question: { words: 'Something bad.' },
    answers: [{ ...says('I was about to', USAGE), finish: 'content-filter' }],
    recorded: { default: 'content-filter', ollama: 'stop' },
  },
  {
    name: 'a refusal in words',
    question: { words: 'Something bad.' },
    // Anthropic has an end of its own for it.
    answers: (vendor) => [
      { refusal: 'I cannot help with that.', finish: vendor === 'anthropic' ? 'content-filter' : 'stop', usage: USAGE },
    ],
    recorded: { default: 'content-filter', gemini: 'stop', cohere: 'stop', ollama: 'stop' },
  },
];
