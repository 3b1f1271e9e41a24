import type { ChatStreamEvent } from '../canonical/chat.ts';
import type { ContentPart, Message, ReasoningPart } from '../canonical/content.ts';
import { BoundedMap } from '../lib/bounded-map.ts';

/** What a provider wants to see again beside a tool call, when the call's result is sent. */
interface Thought {
  readonly origin: string;
  /** Seal on the call itself (Gemini). */
  readonly signature: string | undefined;
  /** Sealed thoughts before the first call of an answer (Anthropic). */
  readonly reasoning: readonly ReasoningPart[];
}

const MAX_ENTRIES = 20_000;
const MAX_LENGTH = 64 * 1024 * 1024;
const TTL_MS = 6 * 60 * 60 * 1000;

/**
 * Sealed thoughts of answers with tool calls, by the id of the call. Many client formats have no place for them and
 * many clients drop them, but without them some providers refuse the next turn. Bounded by number, size and age: what
 * has been forgotten is as if the client's format had no place for it.
 */
export class ThoughtMemory {
  readonly #thoughts: BoundedMap<Thought>;

  /** `now`: monotonic milliseconds. */
  constructor(now: () => number) {
    this.#thoughts = new BoundedMap({ maxEntries: MAX_ENTRIES, maxSize: MAX_LENGTH, ttlMs: TTL_MS, now, sizeOf });
  }

  /** Number of calls that are remembered. */
  get count(): number {
    return this.#thoughts.count;
  }

  /** `owner` keeps callers apart: ids are chosen by providers and sent back by anybody. */
  remember(content: readonly ContentPart[], origin: string, owner: string): void {
    const reasoning = content.filter((part) => part.type === 'reasoning').filter(isSealed);
    const calls = content.filter((part) => part.type === 'tool-call');
    for (const [index, { id, signature }] of calls.entries()) {
      const before = index === 0 ? reasoning : [];
      if (signature === undefined && before.length === 0) continue;
      this.#thoughts.set(keyOf(owner, id), { origin, signature, reasoning: before });
    }
  }

  /** Messages with the seals that their client did not send back. The same array where there is nothing to add. */
  recall(messages: readonly Message[], owner: string): readonly Message[] {
    if (this.#thoughts.count === 0) return messages;
    const recalled = messages.map((message) => this.#recallMessage(message, owner));
    return recalled.some((message, index) => message !== messages[index]) ? recalled : messages;
  }

  #recallMessage(message: Message, owner: string): Message {
    if (message.role !== 'assistant') return message;
    const known = message.content.map((part) => {
      return part.type === 'tool-call' ? this.#thoughts.get(keyOf(owner, part.id)) : undefined;
    });
    if (known.every((thought) => thought === undefined)) return message;
    const content = message.content.map((part, index) => withSeal(part, known[index]));
    return { ...message, content: withThoughts(content, known) };
  }
}

function keyOf(owner: string, id: string): string {
  return `${owner}\u0000${id}`;
}

function isSealed(part: ReasoningPart): boolean {
  return part.signature !== undefined || part.redacted !== undefined;
}

function sizeOf({ signature, reasoning }: Thought): number {
  return reasoning.reduce((sum, part) => sum + lengthOf(part), signature?.length ?? 0);
}

function lengthOf({ text, signature, redacted }: ReasoningPart): number {
  return text.length + (signature?.length ?? 0) + (redacted?.length ?? 0);
}

function withSeal(part: ContentPart, thought: Thought | undefined): ContentPart {
  if (part.type !== 'tool-call' || part.signature !== undefined || thought?.signature === undefined) return part;
  return { ...part, signature: thought.signature, origin: thought.origin };
}

/** Sealed thoughts take the place of their own unsealed text; what the client sent sealed stays. */
function withThoughts(
  content: readonly ContentPart[],
  known: readonly (Thought | undefined)[],
): readonly ContentPart[] {
  const hasOwn = content.some((part) => part.type === 'reasoning' && isSealed(part));
  const thoughts = known.flatMap(
    (thought) => thought?.reasoning.map((part) => ({ ...part, origin: thought.origin })) ?? [],
  );
  if (hasOwn || thoughts.length === 0) return content;
  return [...thoughts, ...content.filter((part) => part.type !== 'reasoning')];
}

/** Collects the sealed thoughts of a stream, choice by choice. */
export class ThoughtCollector {
  readonly #onChoice: (content: readonly ContentPart[]) => void;
  readonly #texts = new Map<number, { readonly choice: number; text: string }>();
  readonly #parts = new Map<number, ContentPart[]>();

  constructor(onChoice: (content: readonly ContentPart[]) => void) {
    this.#onChoice = onChoice;
  }

  watch(event: ChatStreamEvent): void {
    if (event.type === 'reasoning-start') this.#texts.set(event.block, { choice: event.choice, text: '' });
    else if (event.type === 'reasoning-delta') this.#append(event.block, event.text);
    else if (event.type === 'reasoning-end') this.#endReasoning(event);
    else if (event.type === 'tool-call-start') this.#add(event.choice, { ...event, type: 'tool-call', arguments: '' });
    else if (event.type === 'choice-end') this.#onChoice(this.#parts.get(event.choice) ?? []);
  }

  #append(block: number, text: string): void {
    const open = this.#texts.get(block);
    if (open !== undefined && open.text.length < MAX_LENGTH) open.text += text;
  }

  #endReasoning(event: Extract<ChatStreamEvent, { readonly type: 'reasoning-end' }>): void {
    const { block, signature, redacted } = event;
    const open = this.#texts.get(block);
    this.#texts.delete(block);
    if (open === undefined || (signature ?? redacted) === undefined) return;
    const seals = {
      ...(signature === undefined ? {} : { signature }),
      ...(redacted === undefined ? {} : { redacted }),
    };
    this.#add(open.choice, { type: 'reasoning', text: open.text, ...seals });
  }

  #add(choice: number, part: ContentPart): void {
    const parts = this.#parts.get(choice);
    if (parts === undefined) this.#parts.set(choice, [part]);
    else parts.push(part);
  }
}
