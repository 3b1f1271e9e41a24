import { type AnswerKind, CONTENT_EVENTS, markerOf, STREAM_EVENTS } from './answers.ts';

export interface Scenario {
  readonly name: string;
  /** Each keeps one request under way. */
  readonly connections: number;
  readonly promptBytes: number;
  readonly answer: AnswerKind;
}

const SMALL_PROMPT_BYTES = 200;
const LARGE_PROMPT_BYTES = 100_000;

export const SCENARIOS: readonly Scenario[] = [
  { name: 'chat-c1', connections: 1, promptBytes: SMALL_PROMPT_BYTES, answer: 'whole' },
  { name: 'chat-c64', connections: 64, promptBytes: SMALL_PROMPT_BYTES, answer: 'whole' },
  { name: 'large-c16', connections: 16, promptBytes: LARGE_PROMPT_BYTES, answer: 'whole' },
  { name: 'stream-burst', connections: 64, promptBytes: SMALL_PROMPT_BYTES, answer: 'burst' },
  { name: 'stream-paced', connections: 64, promptBytes: SMALL_PROMPT_BYTES, answer: 'paced' },
];

/** In whose words a candidate is asked. */
export type Dialect = 'openai' | 'tags';

/** What a reply must have to be whole. */
export interface Expectation {
  readonly minBodyBytes: number;
  readonly minLines: number;
  /** The last characters of the body. */
  readonly ending: string;
}

export interface Call {
  readonly path: string;
  readonly body: string;
  readonly expected: Expectation;
}

const WHOLE: Expectation = { minBodyBytes: 1000, minLines: 0, ending: '}' };

/** Per dialect; an event ends in an empty line, a line of JSON with itself. */
const STREAMED: Readonly<Record<Dialect, Expectation>> = {
  openai: { minBodyBytes: 0, minLines: 2 * STREAM_EVENTS, ending: 'data: [DONE]\n\n' },
  tags: { minBodyBytes: 0, minLines: CONTENT_EVENTS, ending: '"is_final":true}\n' },
};

const SENTENCE = 'Contexts grow with every turn of a talk; "quotes", back\\slashes and line\nbreaks are part of them. ';
const TURNS = 10;

/** The request of a scenario. `model` is what an OpenAI client names; the tag dialect asks by tags in its place. */
export function callOf(scenario: Scenario, dialect: Dialect, model: string): Call {
  const isStream = scenario.answer !== 'whole';
  const expected = isStream ? STREAMED[dialect] : WHOLE;
  const messages = messagesOf(scenario);
  const sampling = { temperature: 0.5, max_tokens: 512 };
  if (dialect === 'tags') {
    const body = { tags: ['chat', 'quality'], messages, parameters: sampling, stream: isStream };
    return { path: '/route/invoke', body: JSON.stringify(body), expected };
  }
  const streaming = isStream ? { stream: true, stream_options: { include_usage: true } } : {};
  return {
    path: '/v1/chat/completions',
    body: JSON.stringify({ model, ...sampling, ...streaming, messages }),
    expected,
  };
}

function messagesOf({ promptBytes, answer }: Scenario): readonly object[] {
  const question = { role: 'user', content: `Why choose a model by tags? ${markerOf(answer)}` };
  if (promptBytes <= SMALL_PROMPT_BYTES) {
    return [
      { role: 'system', content: 'You explain routers to people who have never run one, in few words.' },
      question,
    ];
  }
  const turnBytes = promptBytes / TURNS;
  const content = SENTENCE.repeat(Math.ceil(turnBytes / SENTENCE.length)).slice(0, turnBytes);
  const turns = Array.from({ length: TURNS }, (_, index) => ({
    role: index % 2 === 0 ? 'user' : 'assistant',
    content,
  }));
  return [...turns, question];
}
