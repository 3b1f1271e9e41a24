import type { ChatStreamEvent } from '../../canonical/chat.ts';
import { createId } from '../../lib/ids.ts';
import { NO_ARGUMENTS, type WireToolCall } from './wire.ts';

/** Word for the arguments of a tool that takes none; it must not go on as it is. */
const NULL_WORD = 'null';

/** One call of a stream. Its first characters wait until it is clear that they do not say `null`. */
export class ToolCallDecoder {
  readonly #block: number;
  #held: string | undefined = '';

  constructor(block: number) {
    this.#block = block;
  }

  start({ id, name, arguments: words }: WireToolCall, events: ChatStreamEvent[]): void {
    const callId = id === '' ? `call_${createId()}` : id;
    events.push({ type: 'tool-call-start', block: this.#block, choice: 0, id: callId, name });
    this.extend(words, events);
  }

  extend(words: string, events: ChatStreamEvent[]): void {
    if (words === '') return;
    const text = `${this.#held ?? ''}${words}`;
    const mayBeNull = this.#held !== undefined && NULL_WORD.startsWith(text);
    this.#held = mayBeNull ? text : undefined;
    if (!mayBeNull) this.#write(text, events);
  }

  end(events: ChatStreamEvent[]): void {
    const held = this.#held;
    if (held !== undefined) this.#write(held === '' || held === NULL_WORD ? NO_ARGUMENTS : held, events);
    events.push({ type: 'tool-call-end', block: this.#block });
  }

  #write(text: string, events: ChatStreamEvent[]): void {
    events.push({ type: 'tool-call-delta', block: this.#block, arguments: text });
  }
}
