import type { ChatChoice, ChatResponse, ChatStreamEvent } from './chat.ts';
import type { ContentPart } from './content.ts';

/** A whole answer as the stream that a client asked for; each part is one piece. */
export function replayAsStream(response: ChatResponse): readonly ChatStreamEvent[] {
  const { id, model, usage } = response;
  const events: ChatStreamEvent[] = [{ type: 'response-start', id, model, ...(usage === undefined ? {} : { usage }) }];
  let block = 0;
  for (const [index, choice] of response.choices.entries()) {
    for (const part of choice.content) {
      events.push(...replayPart(part, index, block, choice));
      block += 1;
    }
    const { finishReason, stopSequence } = choice;
    const sequence = stopSequence === undefined ? {} : { stopSequence };
    events.push({ type: 'choice-end', choice: index, finishReason, ...sequence });
  }
  events.push({ type: 'response-end', usage });
  return events;
}

function replayPart(part: ContentPart, choice: number, block: number, around: ChatChoice): readonly ChatStreamEvent[] {
  const at = { block, choice };
  switch (part.type) {
    case 'text':
      return [
        { type: 'text-start', ...at },
        { type: 'text-delta', block, text: part.text, ...logprobsOf(part, around) },
        ...(part.citations ?? []).map((citation) => ({ type: 'citation', block, citation }) as const),
        { type: 'text-end', block },
      ];
    case 'refusal':
      return [
        { type: 'refusal-start', ...at },
        { type: 'refusal-delta', block, text: part.text },
        { type: 'refusal-end', block },
      ];
    case 'reasoning': {
      const { text, signature, redacted } = part;
      return [
        { type: 'reasoning-start', ...at },
        ...(text === '' ? [] : [{ type: 'reasoning-delta', block, text } as const]),
        {
          type: 'reasoning-end',
          block,
          ...(signature === undefined ? {} : { signature }),
          ...(redacted === undefined ? {} : { redacted }),
        },
      ];
    }
    case 'tool-call': {
      const { type: _, arguments: words, origin: __, cache: ___, ...call } = part;
      return [
        { type: 'tool-call-start', ...at, ...call },
        { type: 'tool-call-delta', block, arguments: words },
        { type: 'tool-call-end', block },
      ];
    }
    case 'media':
      return [{ type: 'media', ...at, modality: part.modality, source: part.source }];
    case 'tool-result':
    case 'foreign':
      return [];
    default:
      return part satisfies never;
  }
}

/** The log probabilities of a whole answer belong to its first text. */
function logprobsOf(part: ContentPart, { content, logprobs }: ChatChoice): Pick<ChatChoice, 'logprobs'> {
  const isFirst = content.find((candidate) => candidate.type === 'text') === part;
  return logprobs === undefined || !isFirst ? {} : { logprobs };
}
