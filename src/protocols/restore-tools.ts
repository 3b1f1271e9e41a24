import type { ChatChoice, ChatResponse, ChatStreamEvent } from '../canonical/chat.ts';
import type { ContentPart } from '../canonical/content.ts';
import { unwrapInput } from './adapt-tools.ts';
import type { ToolNames } from './tool-names.ts';

/** The answer with its tools as the client knows them: the way back from `adaptTools`. */
export function restoreResponse(response: ChatResponse, names: ToolNames): ChatResponse {
  const [first, ...others] = response.choices;
  return {
    ...response,
    choices: [restoreChoice(first, names), ...others.map((choice) => restoreChoice(choice, names))],
  };
}

function restoreChoice(choice: ChatChoice, names: ToolNames): ChatChoice {
  return { ...choice, content: choice.content.map((part) => restorePart(part, names)) };
}

function restorePart(part: ContentPart, names: ToolNames): ContentPart {
  const tool = part.type === 'tool-call' ? names.identityOf(part.name) : undefined;
  if (part.type !== 'tool-call' || tool === undefined) return part;
  const isWrapped = tool.isCustom === true && part.isCustom !== true;
  return { ...part, ...tool, arguments: isWrapped ? unwrapInput(part.arguments) : part.arguments };
}

/** More than any text for a tool; what goes beyond is passed on as it came. */
const MAX_HELD_LENGTH = 8 * 1024 * 1024;

/** The same for a stream. The JSON around a free text is only known at its end, so such a call is held back till then. */
export class ToolRestorer {
  readonly #names: ToolNames;
  /** Arguments so far of calls whose text is wrapped, by block. */
  readonly #held = new Map<number, string>();

  constructor(names: ToolNames) {
    this.#names = names;
  }

  push(event: ChatStreamEvent): readonly ChatStreamEvent[] {
    if (event.type === 'tool-call-start') return [this.#start(event)];
    if (event.type === 'tool-call-delta') return this.#continue(event);
    if (event.type === 'tool-call-end') return [...this.#release(event.block), event];
    return [event];
  }

  #start(event: Extract<ChatStreamEvent, { readonly type: 'tool-call-start' }>): ChatStreamEvent {
    const tool = this.#names.identityOf(event.name);
    if (tool === undefined) return event;
    if (tool.isCustom === true && event.isCustom !== true) this.#held.set(event.block, '');
    return { ...event, ...tool };
  }

  #continue(event: Extract<ChatStreamEvent, { readonly type: 'tool-call-delta' }>): readonly ChatStreamEvent[] {
    const held = this.#held.get(event.block);
    if (held === undefined) return [event];
    const text = held + event.arguments;
    if (text.length <= MAX_HELD_LENGTH) {
      this.#held.set(event.block, text);
      return [];
    }
    this.#held.delete(event.block);
    return [{ ...event, arguments: text }];
  }

  #release(block: number): readonly ChatStreamEvent[] {
    const held = this.#held.get(block);
    if (held === undefined) return [];
    this.#held.delete(block);
    return [{ type: 'tool-call-delta', block, arguments: unwrapInput(held) }];
  }
}
