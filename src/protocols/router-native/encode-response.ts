import type { ChatResponse } from '../../canonical/chat.ts';
import type { JsonObject } from '../../lib/json.ts';
import { wordsOf } from '../openai-answer.ts';
import { encodeFinishReason } from '../openai-finish.ts';
import { encodeUsage } from '../openai-usage.ts';
import type { AnswerFacts } from '../protocol.ts';

/** The first choice in plain words; all of them are in `raw`. */
export function encodeResponse(response: ChatResponse, facts: AnswerFacts): JsonObject {
  const [choice] = response.choices;
  const { text, reasoning, refusal, toolCalls } = wordsOf(choice.content, facts.origin);
  const { usage } = response;
  return {
    id: facts.requestId,
    output_text: text ?? refusal ?? '',
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(toolCalls === undefined ? {} : { tool_calls: toolCalls }),
    finish_reason: encodeFinishReason(choice.finishReason),
    model: facts.model,
    provider: facts.provider,
    usage: usage === undefined ? null : encodeUsage(usage, undefined),
    cost: facts.costUsd ?? null,
    raw: facts.raw,
  };
}
