import type { ChatStreamEvent, FinishReason } from '../../../src/canonical/chat.ts';
import type { ContentPart } from '../../../src/canonical/content.ts';
import type { Usage } from '../../../src/canonical/usage.ts';

export interface CollectedAnswer {
  readonly content: readonly ContentPart[];
  finishReason: FinishReason | undefined;
  stopSequence: string | undefined;
  usage: Usage | undefined;
}

type BlockEvent = Extract<ChatStreamEvent, { readonly block: number }>;

/** The first choice of a stream as a whole answer would say it, in the order in which the blocks began. */
export function collectAnswer(events: readonly ChatStreamEvent[]): CollectedAnswer {
  const parts = new Map<number, Record<string, unknown>>();
  const answer: Omit<CollectedAnswer, 'content'> = {
    finishReason: undefined,
    stopSequence: undefined,
    usage: undefined,
  };
  for (const event of events) {
    if ('block' in event) readBlock(parts, event);
    else if (event.type === 'choice-end') Object.assign(answer, endOf(event));
    else if (event.type === 'response-end') answer.usage = event.usage;
  }
  return { content: [...parts.values()] as unknown as ContentPart[], ...answer };
}

function endOf(event: Extract<ChatStreamEvent, { readonly type: 'choice-end' }>): Partial<CollectedAnswer> {
  return { finishReason: event.finishReason, stopSequence: event.stopSequence };
}

function readBlock(parts: Map<number, Record<string, unknown>>, event: BlockEvent): void {
  if ('choice' in event) {
    const { block, choice: _, type, ...rest } = event;
    const kind = type.replace(/-start$/, '');
    parts.set(block, { type: kind, ...rest, ...(kind === 'tool-call' ? { arguments: '' } : { text: '' }) });
    return;
  }
  const part = parts.get(event.block);
  if (part === undefined) throw new Error(`block ${event.block} was not opened`);
  if ('text' in event) part['text'] = String(part['text']) + event.text;
  else if ('arguments' in event) part['arguments'] = String(part['arguments']) + event.arguments;
  else if (event.type === 'citation') part['citations'] = [...((part['citations'] as unknown[]) ?? []), event.citation];
  else if (event.type === 'reasoning-end') {
    const { type: _, block: __, ...seals } = event;
    Object.assign(part, seals);
  }
}
