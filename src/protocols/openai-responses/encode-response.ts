import type { ChatChoice, ChatResponse } from '../../canonical/chat.ts';
import type { ContentPart } from '../../canonical/content.ts';
import { isJsonObject, type JsonObject } from '../../lib/json.ts';
import type { AnswerFacts } from '../protocol.ts';
import { OutputWriter } from './output-writer.ts';
import { endingOf, responseObject } from './response-object.ts';
import { encodeUsage } from './usage.ts';
import { FORMAT } from './wire.ts';

/** OpenAI's response. `provider` is an addition of ours, as are `output_text`, which the SDKs add, and `usage.cost`. */
export function encodeResponse(response: ChatResponse, facts: AnswerFacts): JsonObject {
  const [choice, ...others] = response.choices;
  if (others.length > 0) facts.ledger.dropped('answer.choices', 'meaning', 'only one answer');
  const writer = new OutputWriter(facts, () => undefined);
  writeContent(choice, writer, facts);
  writer.push({ type: 'choice-end', choice: 0, finishReason: choice.finishReason });
  const { usage } = response;
  return responseObject(facts, {
    ...endingOf(choice.finishReason, writer.hasRefusal),
    output: writer.output,
    ...(usage === undefined ? {} : { usage: encodeUsage(usage, facts.costUsd) }),
  });
}

/** The log probabilities of an answer stand with its first text. */
function writeContent({ content, logprobs }: ChatChoice, writer: OutputWriter, facts: AnswerFacts): void {
  let tokens = logprobs;
  for (const [block, part] of content.entries()) {
    if (part.type === 'foreign') writeForeign(part, writer, facts);
    else for (const event of eventsOf(part, block, tokens)) writer.push(event);
    if (part.type === 'text') tokens = undefined;
  }
}

function writeForeign(
  { protocol, value }: Extract<ContentPart, { readonly type: 'foreign' }>,
  writer: OutputWriter,
  { ledger }: AnswerFacts,
): void {
  if (protocol === FORMAT && isJsonObject(value)) writer.addItem(value);
  else ledger.dropped('answer.content', 'minor', `a part of ${protocol}`);
}

type WritableEvent = Parameters<OutputWriter['push']>[0];
type KnownPart = Exclude<ContentPart, { readonly type: 'foreign' }>;

/** A whole part as the events that a stream would have told it by. */
function eventsOf(part: KnownPart, block: number, logprobs: ChatChoice['logprobs']): readonly WritableEvent[] {
  const place = { block, choice: 0 };
  switch (part.type) {
    case 'text':
      return [
        { type: 'text-start', ...place },
        { type: 'text-delta', block, text: part.text, ...(logprobs === undefined ? {} : { logprobs }) },
        ...(part.citations ?? []).map((citation) => ({ type: 'citation', block, citation }) as const),
        { type: 'text-end', block },
      ];
    case 'refusal':
      return [
        { type: 'refusal-start', ...place },
        { type: 'refusal-delta', block, text: part.text },
        { type: 'refusal-end', block },
      ];
    case 'reasoning': {
      const { type: _, text, origin: __, ...seal } = part;
      const end: WritableEvent = { type: 'reasoning-end', block, ...seal };
      const start: WritableEvent = { type: 'reasoning-start', ...place };
      return text === '' ? [start, end] : [start, { type: 'reasoning-delta', block, text }, end];
    }
    case 'tool-call': {
      const { type: _, arguments: words, origin: __, cache: ___, ...call } = part;
      return [
        { type: 'tool-call-start', ...place, ...call },
        { type: 'tool-call-delta', block, arguments: words },
        { type: 'tool-call-end', block },
      ];
    }
    case 'media':
      return [{ type: 'media', ...place, modality: part.modality, source: part.source }];
    // No model gives the result of a tool.
    case 'tool-result':
      return [];
    default:
      return part satisfies never;
  }
}
