import type { ChatResponse } from '../../canonical/chat.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { encodeLogprobs } from '../openai-logprobs.ts';
import type { AnswerFacts } from '../protocol.ts';
import { type EncodeWords, encodeEnd, wordsOf } from './encode-answer.ts';

/** Figures that only an Ollama server knows; they are handed on from one. */
const DURATIONS = ['total_duration', 'load_duration', 'prompt_eval_duration', 'eval_duration'] as const;

export function encodeResponse(response: ChatResponse, facts: AnswerFacts, encodeWords: EncodeWords): JsonObject {
  const { ledger, createdAt } = facts;
  const [choice, ...others] = response.choices;
  if (others.length > 0) ledger.dropped('answer.choices', 'meaning', 'only one answer');
  const totalMs = Math.max(0, Date.now() - createdAt * 1000);
  return {
    model: facts.model,
    created_at: encodeTime(createdAt),
    ...encodeWords(wordsOf(choice.content, ledger)),
    ...encodeEnd({
      finishReason: choice.finishReason,
      usage: response.usage,
      totalMs,
      promptMs: 0,
      answerMs: totalMs,
    }),
    ...durationsOf(facts.raw),
    ...(choice.logprobs === undefined ? {} : { logprobs: encodeLogprobs(choice.logprobs) }),
  };
}

/** `seconds` since the epoch in the form that Go's clients read. */
export function encodeTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

function durationsOf(raw: JsonObject): JsonObject {
  // Other formats have members of these names only where they are Ollama's.
  if (!isJsonObject(raw['message'])) return {};
  const known: [string, JsonValue][] = [];
  for (const name of DURATIONS) {
    const value = raw[name];
    if (typeof value === 'number' && value > 0) known.push([name, value]);
  }
  return Object.fromEntries(known);
}
