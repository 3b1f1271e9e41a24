import { parseExact, stringifyExact } from '../../src/lib/exact-json.ts';
import type { Observation, ObservedUsage } from './client.ts';
import type { Difference } from './differences.ts';

/** Words for the end of an answer, by SDK or format, that mean a stop for safety, and what they say for a plain end. */
const PLAIN_END: Readonly<Record<string, string>> = {
  content_filter: 'stop',
  'incomplete: content_filter': 'completed',
  refusal: 'end_turn',
  SAFETY: 'STOP',
  'content-filter': 'stop',
  stop_sequence: 'end_turn',
};

/** Of Google's clients. */
const SAFETY_END: Readonly<Record<string, string>> = { STOP: 'SAFETY', stop: 'content-filter' };

const plainEnd = (answer: Observation): Observation => ({
  ...answer,
  finish: PLAIN_END[answer.finish ?? ''] ?? answer.finish,
});

/** Only counts that the SDK shows. */
function withUsage(answer: Observation, counts: ObservedUsage | Partial<ObservedUsage>): Observation {
  const shown = Object.entries(counts).filter(([name]) => answer.usage[name as keyof ObservedUsage] !== undefined);
  return { ...answer, usage: { ...answer.usage, ...Object.fromEntries(shown) } };
}

const withReasoning = (answer: Observation, reasoning: string): Observation =>
  answer.reasoning === undefined ? answer : { ...answer, reasoning };

const REFUSED = { provider_name: null, error_code: 'model.cannot_serve' } as const;

/** Every difference that is meant. The tests expect each of them, and docs/compatibility.md lists them. */
export const DIFFERENCES: readonly Difference[] = [
  {
    what: 'Arguments of a tool call are the same JSON in other spacing and escapes, with `1` for `1.0`',
    why: 'these vendors send arguments as a JSON object and not as text',
    vendors: ['gemini', 'ollama'],
    answer: reprinted,
  },
  {
    what: 'Arguments of a tool call are the same JSON in other spacing and escapes, with `1` for `1.0`',
    why: 'Anthropic sends arguments as text in streams only',
    vendors: ['anthropic'],
    modes: ['whole'],
    answer: reprinted,
  },
  {
    what: 'No thoughts can be read',
    why: 'OpenAI’s chat completions count the reasoning and never tell it',
    vendors: ['openai-chat'],
    answer: (answer) => withReasoning(answer, ''),
  },
  {
    what: 'Thoughts can be read (`reasoning_content`), where OpenAI itself tells none',
    why: 'these vendors tell their thoughts without being asked',
    clients: ['@ai-sdk/openai-compatible'],
    vendors: ['anthropic', 'cohere', 'ollama'],
    answer: (answer, { reasoning }) => withReasoning(answer, reasoning?.text ?? ''),
  },
  {
    what: 'Reasoning tokens are 0',
    why: 'these vendors do not count them apart',
    vendors: ['cohere', 'ollama'],
    answer: (answer) => withUsage(answer, { reasoning: 0 }),
  },
  {
    what: 'Cached tokens are 0',
    why: 'Ollama does not tell what it had in its cache',
    vendors: ['ollama'],
    answer: (answer) => withUsage(answer, { cacheRead: 0, cacheWrite: 0 }),
  },
  {
    what: 'Tokens written to the cache are part of the other input',
    why: 'Gemini does not count them apart',
    vendors: ['gemini'],
    answer: (answer) => withUsage(answer, { cacheWrite: 0 }),
  },
  {
    what: 'Tokens of the prompt are those that were billed',
    why: 'Cohere bills other counts than it processes, and the router counts what is paid',
    vendors: ['cohere'],
    scenarios: ['usage with cached and reasoning tokens'],
    answer: (answer, { usage }) => withUsage(answer, { input: usage.freshInput, cacheRead: 0, cacheWrite: 0 }),
    record: { prompt_tokens: 20 },
  },
  {
    what: 'No citations',
    why: 'Ollama has none',
    vendors: ['ollama'],
    scenarios: ['citations'],
    answer: (answer) => (answer.citations === undefined ? answer : { ...answer, citations: [] }),
  },
  {
    what: 'A stop for safety looks like a plain end',
    why: 'Ollama has no such end',
    vendors: ['ollama'],
    scenarios: ['a stop for safety'],
    answer: plainEnd,
  },
  {
    what: 'A stop for safety is an error',
    why: 'Cohere ends such answers with `ERROR`, as it does all that fail',
    vendors: ['cohere'],
    scenarios: ['a stop for safety'],
    breaks: true,
    record: { error_code: 'upstream.failed' },
  },
  {
    what: 'A refusal is words like any other',
    why: 'these vendors have no refusals',
    vendors: ['gemini', 'cohere', 'ollama'],
    scenarios: ['a refusal in words'],
    answer: (answer, { refusal = '' }) => plainEnd(saysRefusal(answer, refusal)),
  },
  {
    what: 'The words of a refusal are text',
    why: 'Anthropic’s format has no place for them that people look at',
    dialects: ['anthropic'],
    vendors: ['openai-chat', 'openai-responses'],
    scenarios: ['a refusal in words'],
    answer: (answer, { refusal = '' }) => saysRefusal(answer, refusal),
  },
  {
    what: 'A refusal ends with `SAFETY`',
    why: 'these vendors tell refusals from other words, and Google has only this word for it',
    dialects: ['gemini'],
    vendors: ['openai-chat', 'openai-responses', 'anthropic'],
    scenarios: ['a refusal in words'],
    answer: (answer) => ({ ...answer, finish: SAFETY_END[answer.finish ?? ''] }),
  },
  {
    what: 'An answer that a stop sequence ended looks like any other',
    why: 'these vendors do not tell which of both it was',
    vendors: ['openai-chat', 'gemini', 'ollama'],
    scenarios: ['a stop sequence'],
    answer: (answer) => ({ ...plainEnd(answer), ...('stopSequence' in answer && { stopSequence: undefined }) }),
  },
  {
    what: 'Which stop sequence ended an answer is not told',
    why: 'Cohere only tells that one did',
    vendors: ['cohere'],
    scenarios: ['a stop sequence'],
    answer: (answer) => ({ ...answer, ...('stopSequence' in answer && { stopSequence: undefined }) }),
  },
  {
    what: 'Stop sequences are refused (400), unless `unsupported` of the configuration says otherwise',
    why: 'OpenAI’s Responses have none, and the answer would run on',
    vendors: ['openai-responses'],
    scenarios: ['a stop sequence'],
    refusedAfter: 0,
    record: REFUSED,
  },
  {
    what: 'A tool that must be called is refused (400), unless `unsupported` of the configuration says otherwise',
    why: 'Ollama cannot be told to call one',
    vendors: ['ollama'],
    scenarios: ['any tool must be called', 'one tool must be called'],
    refusedAfter: 0,
    record: REFUSED,
  },
  {
    what: 'An image in the result of a tool is refused (400), unless `unsupported` of the configuration says otherwise',
    why: 'Cohere takes words and documents there',
    vendors: ['cohere'],
    scenarios: ['a result with an image'],
    refusedAfter: 1,
    record: REFUSED,
  },
  {
    what: 'A provider that refuses the configured key is a failure (502) and no matter of the client’s key (401)',
    why: 'the client cannot mend it',
    scenarios: ['a refused key'],
    error: { status: 502, names: { AuthenticationError: 'InternalServerError' } },
  },
  {
    what: 'A failure of the provider has status 502 instead of 500',
    why: 'it is not the router that failed',
    scenarios: ['a failure of the provider'],
    error: { status: 502 },
  },
  {
    what: 'The header `retry-after` tells when to come back',
    why: 'Google says so in the body only; the router in both places',
    clients: ['@ai-sdk/google'],
    scenarios: ['too many requests'],
    error: { retryAfter: '17' },
  },
];

/** What was parsed loses no digits. */
function reprinted(answer: Observation): Observation {
  const toolCalls = answer.toolCalls.map((call) => {
    const parsed = call.text === undefined ? undefined : parseExact(call.text);
    return parsed?.ok === true ? { ...call, text: stringifyExact(parsed.value) } : call;
  });
  return { ...answer, toolCalls };
}

function saysRefusal(answer: Observation, words: string): Observation {
  return { ...answer, text: words, ...(answer.refusal !== undefined && { refusal: '' }) };
}
