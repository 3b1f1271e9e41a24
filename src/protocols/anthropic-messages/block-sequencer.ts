import type { ChatStreamEvent } from '../../canonical/chat.ts';

/** Everything that happens within a block of the first choice. */
export type BlockEvent = Extract<ChatStreamEvent, { readonly block: number }>;

/**
 * Puts blocks one after the other. Calls of other providers may go on side by side, while this format's clients look
 * at the last block only: what belongs to a later block waits until the one before it has ended.
 */
export class BlockSequencer {
  #current: number | undefined;
  readonly #waiting = new Map<number, BlockEvent[]>();

  /** The events whose turn it is. */
  push(event: BlockEvent): readonly BlockEvent[] {
    this.#current ??= event.block;
    if (event.block === this.#current) return isEnd(event) ? [event, ...this.#next()] : [event];
    const waiting = this.#waiting.get(event.block);
    if (waiting === undefined) this.#waiting.set(event.block, [event]);
    else waiting.push(event);
    return [];
  }

  /** The blocks that ended meanwhile, and what has come of the first that has not. */
  #next(): BlockEvent[] {
    this.#current = undefined;
    const events: BlockEvent[] = [];
    for (const [block, waiting] of this.#waiting) {
      this.#waiting.delete(block);
      events.push(...waiting);
      const last = waiting.at(-1);
      if (last !== undefined && isEnd(last)) continue;
      this.#current = block;
      break;
    }
    return events;
  }
}

function isEnd(event: BlockEvent): boolean {
  return event.type.endsWith('-end') || event.type === 'media';
}
