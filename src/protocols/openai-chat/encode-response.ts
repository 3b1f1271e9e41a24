import type { ChatChoice, ChatResponse, FinishReason } from '../../canonical/chat.ts';
import type { JsonObject } from '../../lib/json.ts';
import { wordsOf } from '../openai-answer.ts';
import { encodeFinishReason } from '../openai-finish.ts';
import { encodeLogprobs } from '../openai-logprobs.ts';
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
    choices: choices.map((choice, index) => encodeChoice(choice, index, facts)),
    ...(usage === undefined ? {} : { usage: encodeUsage(usage, facts.costUsd) }),
  };
}

function encodeChoice(choice: ChatChoice, index: number, { origin, ledger }: AnswerFacts): JsonObject {
  const words = wordsOf(choice.content, origin);
  const { text, reasoning, refusal, toolCalls } = words;
  const isMute = choice.content.some((part) => part.type === 'media' && part.modality !== 'image');
  if (isMute) ledger.dropped('answer.media', 'meaning');
  return {
    index,
    message: {
      role: 'assistant',
      content: text ?? (toolCalls === undefined && refusal === undefined ? '' : null),
      refusal: refusal ?? null,
      ...(reasoning === undefined ? {} : { reasoning_content: reasoning }),
      ...(words.reasoningDetails === undefined ? {} : { reasoning_details: words.reasoningDetails }),
      ...(toolCalls === undefined ? {} : { tool_calls: toolCalls }),
      ...(words.annotations === undefined ? {} : { annotations: words.annotations }),
      ...(words.images === undefined ? {} : { images: words.images }),
    },
    logprobs: choice.logprobs === undefined ? null : { content: encodeLogprobs(choice.logprobs), refusal: null },
    finish_reason: encodeFinishReason(endOf(choice, refusal)),
  };
}

/** A refusal in words ends as any other words do. */
function endOf({ finishReason }: ChatChoice, refusal: string | undefined): FinishReason {
  return refusal !== undefined && finishReason === 'content-filter' ? 'stop' : finishReason;
}
