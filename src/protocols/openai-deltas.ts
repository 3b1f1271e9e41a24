import type { ChatStreamEvent } from '../canonical/chat.ts';
import { RouterError } from '../errors/router-error.ts';
import type { JsonObject } from '../lib/json.ts';

/** One step of one choice. Exactly one of the three is there. */
export interface ChoiceDelta {
  readonly choice: number;
  readonly text?: string;
  readonly reasoning?: string;
  /** In OpenAI's streamed form: `index` says which call goes on. */
  readonly toolCall?: JsonObject;
}

interface OpenBlock {
  readonly choice: number;
  /** Number of the tool call within its choice; undefined for text and reasoning. */
  readonly toolIndex: number | undefined;
}

type StartEvent = Extract<ChatStreamEvent, { readonly choice: number; readonly block: number }>;

/** Canonical blocks to OpenAI's deltas, which name a choice and number its tool calls instead. One per stream. */
export class DeltaEncoder {
  readonly #open = new Map<number, OpenBlock>();
  readonly #toolCalls = new Map<number, number>();

  /** Undefined for events that say nothing in this form. */
  push(event: ChatStreamEvent): ChoiceDelta | undefined {
    switch (event.type) {
      case 'text-start':
      case 'reasoning-start':
        this.#start(event, undefined);
        return undefined;
      case 'tool-call-start':
        return this.#startToolCall(event);
      case 'text-delta':
        return { choice: this.#blockOf(event.block).choice, text: event.text };
      case 'reasoning-delta':
        return { choice: this.#blockOf(event.block).choice, reasoning: event.text };
      case 'tool-call-delta':
        return this.#toolArguments(event.block, event.arguments);
      case 'text-end':
      case 'reasoning-end':
      case 'tool-call-end':
        this.#open.delete(event.block);
        return undefined;
      case 'response-start':
      case 'choice-end':
      case 'response-end':
        return undefined;
      default:
        return event satisfies never;
    }
  }

  #start(event: StartEvent, toolIndex: number | undefined): void {
    this.#open.set(event.block, { choice: event.choice, toolIndex });
  }

  #startToolCall(event: Extract<ChatStreamEvent, { readonly type: 'tool-call-start' }>): ChoiceDelta {
    const index = this.#toolCalls.get(event.choice) ?? 0;
    this.#toolCalls.set(event.choice, index + 1);
    this.#start(event, index);
    const toolCall = { index, id: event.id, type: 'function', function: { name: event.name, arguments: '' } };
    return { choice: event.choice, toolCall };
  }

  #toolArguments(block: number, text: string): ChoiceDelta {
    const { choice, toolIndex } = this.#blockOf(block);
    return { choice, toolCall: { index: toolIndex ?? 0, function: { arguments: text } } };
  }

  #blockOf(block: number): OpenBlock {
    const open = this.#open.get(block);
    if (open === undefined) throw new RouterError('internal.unexpected', { detail: `block ${block} is not open` });
    return open;
  }
}
