import type { ChatStreamEvent, FinishReason } from '../../canonical/chat.ts';
import { RouterError } from '../../errors/router-error.ts';
import { inventCallId, type WireMessage, type WireToolCall } from './wire.ts';

type Events = ChatStreamEvent[];

interface OpenText {
  readonly type: 'text' | 'reasoning';
  readonly block: number;
}

interface OpenCall {
  readonly block: number;
  /** As the service numbers and names its calls. */
  readonly index: number | undefined;
  readonly id: string;
}

export interface ChoiceContext {
  readonly choice: number;
  readonly responseId: string;
  /** Block numbers run through all choices of a response. */
  readonly nextBlock: () => number;
}

/** More parallel calls than any model makes; bounds what a stream can make us hold. */
const MAX_TOOL_CALLS = 512;

/**
 * One choice of a stream. OpenAI's deltas carry no brackets, so blocks are opened and closed here. Tool calls stay open
 * until the choice ends, because some services send several at once, turn by turn.
 */
export class ChoiceDecoder {
  finishReason: FinishReason | undefined;
  readonly #context: ChoiceContext;
  readonly #calls: OpenCall[] = [];
  #open: OpenText | undefined;

  constructor(context: ChoiceContext) {
    this.#context = context;
  }

  push(message: WireMessage, events: Events): void {
    this.#write('reasoning', message.reasoning, events);
    this.#write('text', message.text, events);
    this.#write('text', message.refusal, events);
    for (const call of message.toolCalls) this.#continueCall(call, events);
  }

  end(events: Events): void {
    this.#closeText(events);
    for (const { block } of this.#calls) events.push({ type: 'tool-call-end', block });
    events.push({ type: 'choice-end', choice: this.#context.choice, finishReason: this.finishReason ?? 'other' });
  }

  #write(type: OpenText['type'], text: string, events: Events): void {
    if (text === '') return;
    if (this.#open?.type !== type) this.#closeText(events);
    this.#open ??= this.#openText(type, events);
    events.push({ type: `${type}-delta`, block: this.#open.block, text });
  }

  #openText(type: OpenText['type'], events: Events): OpenText {
    const block = this.#context.nextBlock();
    events.push({ type: `${type}-start`, block, choice: this.#context.choice });
    return { type, block };
  }

  #closeText(events: Events): void {
    if (this.#open !== undefined) events.push({ type: `${this.#open.type}-end`, block: this.#open.block });
    this.#open = undefined;
  }

  #continueCall(wire: WireToolCall, events: Events): void {
    const call = this.#findCall(wire) ?? this.#startCall(wire, events);
    if (wire.arguments !== '') events.push({ type: 'tool-call-delta', block: call.block, arguments: wire.arguments });
  }

  /** Undefined where a new call begins. */
  #findCall(wire: WireToolCall): OpenCall | undefined {
    if (wire.index === undefined) return this.#findUnnumbered(wire);
    const call = this.#calls.findLast((open) => open.index === wire.index);
    // Some services give every call the number 0; a new id with a new name is a new call all the same.
    const isOther = call !== undefined && wire.name !== '' && wire.id !== '' && wire.id !== call.id;
    return isOther ? undefined : call;
  }

  #findUnnumbered(wire: WireToolCall): OpenCall | undefined {
    if (wire.id !== '') return this.#calls.find((open) => open.id === wire.id);
    return wire.name === '' ? this.#calls.at(-1) : undefined;
  }

  #startCall(wire: WireToolCall, events: Events): OpenCall {
    if (this.#calls.length === MAX_TOOL_CALLS) {
      throw new RouterError('upstream.bad_response', { detail: `more than ${MAX_TOOL_CALLS} tool calls` });
    }
    this.#closeText(events);
    const { choice, responseId, nextBlock } = this.#context;
    const block = nextBlock();
    const id = wire.id === '' ? inventCallId(responseId, block) : wire.id;
    const call: OpenCall = { block, index: wire.index, id };
    this.#calls.push(call);
    events.push({ type: 'tool-call-start', block, choice, id, name: wire.name });
    return call;
  }
}
