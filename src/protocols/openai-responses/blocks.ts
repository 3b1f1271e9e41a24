import type { ChatStreamEvent, TokenLogprob } from '../../canonical/chat.ts';
import type { Citation, MediaPart, ReasoningPart, ToolCallPart } from '../../canonical/content.ts';
import { RouterError } from '../../errors/router-error.ts';

/** More items than any answer has; bounds what a stream can make us hold. */
const MAX_BLOCKS = 4096;

type TextType = 'text' | 'refusal' | 'reasoning';

interface OpenText {
  readonly type: TextType;
  /** Which part of which item it is. */
  readonly key: string;
  readonly block: number;
}

/** The blocks of the one choice of a stream: texts come one after the other, calls may overlap. */
export class BlockWriter {
  /** Events since the last `take`. */
  #events: ChatStreamEvent[] = [];
  #open: OpenText | undefined;
  readonly #calls = new Map<string, number>();
  #blocks = 0;

  get blocks(): number {
    return this.#blocks;
  }

  take(): ChatStreamEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  add(event: ChatStreamEvent): void {
    this.#events.push(event);
  }

  write(type: TextType, key: string, text: string, logprobs?: readonly TokenLogprob[]): void {
    if (text === '') return;
    const { block } = this.#openText(type, key);
    if (type === 'text' && logprobs !== undefined) this.add({ type: 'text-delta', block, text, logprobs });
    else this.add({ type: `${type}-delta`, block, text });
  }

  /** Belongs to text `key`, if that is still open. */
  cite(key: string, citation: Citation): void {
    const open = this.#open;
    if (open?.type === 'text' && open.key === key) this.add({ type: 'citation', block: open.block, citation });
  }

  /** Opens the thought where nothing of it has been said. */
  endReasoning(key: string, seal: Pick<ReasoningPart, 'signature' | 'redacted'>): void {
    const { block } = this.#openText('reasoning', key);
    this.#open = undefined;
    this.add({ type: 'reasoning-end', block, ...seal });
  }

  closeText(): void {
    if (this.#open !== undefined) this.add({ type: `${this.#open.type}-end`, block: this.#open.block });
    this.#open = undefined;
  }

  startCall(key: string, { id, name, isCustom, namespace }: ToolCallPart): void {
    if (this.#calls.has(key)) return;
    this.closeText();
    const block = this.#nextBlock();
    this.#calls.set(key, block);
    this.add({
      type: 'tool-call-start',
      block,
      choice: 0,
      id,
      name,
      ...(isCustom === undefined ? {} : { isCustom }),
      ...(namespace === undefined ? {} : { namespace }),
    });
  }

  writeCall(key: string, words: string): void {
    const block = this.#calls.get(key);
    if (block !== undefined && words !== '') this.add({ type: 'tool-call-delta', block, arguments: words });
  }

  endCall(key: string): void {
    const block = this.#calls.get(key);
    if (block !== undefined) this.add({ type: 'tool-call-end', block });
    this.#calls.delete(key);
  }

  media({ modality, source }: MediaPart): void {
    this.closeText();
    this.add({ type: 'media', block: this.#nextBlock(), choice: 0, modality, source });
  }

  /** Closes whatever the stream left open. */
  closeAll(): void {
    this.closeText();
    for (const key of [...this.#calls.keys()]) this.endCall(key);
  }

  #openText(type: TextType, key: string): OpenText {
    const isOpen = this.#open?.type === type && this.#open.key === key;
    if (this.#open !== undefined && isOpen) return this.#open;
    this.closeText();
    const open: OpenText = { type, key, block: this.#nextBlock() };
    this.#open = open;
    this.add({ type: `${type}-start`, block: open.block, choice: 0 });
    return open;
  }

  #nextBlock(): number {
    if (this.#blocks === MAX_BLOCKS) {
      throw new RouterError('upstream.bad_response', { detail: `more than ${MAX_BLOCKS} parts of an answer` });
    }
    return this.#blocks++;
  }
}
