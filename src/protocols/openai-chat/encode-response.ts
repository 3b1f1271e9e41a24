import type { ChatChoice, ChatResponse } from '../../canonical/chat.ts';
import type { JsonObject } from '../../lib/json.ts';
import { wordsOf } from '../openai-answer.ts';
import { encodeFinishReason } from '../openai-finish.ts';
import { encodeUsage } from '../openai-usage.ts';
import type { AnswerFacts } from '../protocol.ts';

/** OpenAI's answer. `provider` is an addition of ours, as is `usage.cost`. */
export function encodeResponse(response: ChatResponse, facts: AnswerFacts): JsonObject {
  const { usage, choices } = response;
  return {
    id: `chatcmpl-${facts.requestId}`,
    object: 'chat.completion',
    created: facts.createdAt,
    model: facts.model,
    provider: facts.provider,
    choices: choices.map(encodeChoice),
    ...(usage === undefined ? {} : { usage: encodeUsage(usage, facts.costUsd) }),
  };
}

function encodeChoice(choice: ChatChoice, index: number): JsonObject {
  const { text, reasoning, refusal, toolCalls } = wordsOf(choice.content);
  return {
    index,
    message: {
      role: 'assistant',
      content: text ?? (toolCalls === undefined && refusal === undefined ? '' : null),
      refusal: refusal ?? null,
      ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
      ...(toolCalls === undefined ? {} : { tool_calls: toolCalls }),
    },
    logprobs: null,
    finish_reason: encodeFinishReason(choice.finishReason),
  };
}
