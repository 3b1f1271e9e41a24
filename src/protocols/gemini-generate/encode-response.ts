import type { ChatChoice, ChatResponse } from '../../canonical/chat.ts';
import type { ContentPart } from '../../canonical/content.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { AnswerFacts } from '../protocol.ts';
import { encodeAnswerPart } from './answer-parts.ts';
import { encodeGrounding, type PlacedCitation } from './citations.ts';
import { encodeFinishReason } from './finish.ts';
import { encodeLogprobs } from './logprobs.ts';
import { UNCHECKED_SEAL } from './seals.ts';
import { encodeUsage } from './usage.ts';

/** https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse */
export function encodeResponse({ choices, usage }: ChatResponse, facts: AnswerFacts): JsonObject {
  return {
    candidates: choices.map((choice, index) => encodeChoice(choice, index, facts)),
    ...(usage === undefined ? {} : { usageMetadata: encodeUsage(usage) }),
    modelVersion: facts.model,
    responseId: facts.requestId,
  };
}

function encodeChoice(choice: ChatChoice, index: number, facts: AnswerFacts): JsonObject {
  const { content, finishReason, stopSequence, logprobs } = choice;
  if (stopSequence !== undefined) facts.ledger.dropped('answer.stop_sequence', 'minor');
  return {
    content: { parts: encodeParts(content, facts), role: 'model' },
    finishReason: encodeFinishReason(finishReason),
    index,
    ...groundingOf(content),
    ...(logprobs === undefined ? {} : { logprobsResult: encodeLogprobs(logprobs) }),
  };
}

/** The vendor wants its seal on the first call of a turn: clients send the stand-in back where there was none. */
function encodeParts(content: readonly ContentPart[], facts: AnswerFacts): JsonObject[] {
  const firstCall = content.find((part) => part.type === 'tool-call');
  return content.flatMap((part) => encodeAnswerPart(part, facts, part === firstCall ? UNCHECKED_SEAL : undefined));
}

function groundingOf(content: readonly ContentPart[]): JsonObject {
  const placed: PlacedCitation[] = [];
  let text = '';
  for (const part of content) {
    if (part.type !== 'text') continue;
    for (const citation of part.citations ?? []) placed.push({ citation, offset: text.length });
    text += part.text;
  }
  return placed.length === 0 ? {} : { groundingMetadata: encodeGrounding(placed, text) };
}
