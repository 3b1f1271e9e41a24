import type { ChatStreamEvent, FinishReason, TokenLogprob } from '../../canonical/chat.ts';
import type { Citation } from '../../canonical/content.ts';
import { RouterError } from '../../errors/router-error.ts';
import { asArray, type JsonValue } from '../../lib/json.ts';
import { decodeReasoningParts } from '../openai-reasoning.ts';
import { inventCallId, type WireChoice, type WireMedia, type WireMessage, type WireToolCall } from './wire.ts';

type Events = ChatStreamEvent[];

interface OpenText {
  readonly type: 'text' | 'refusal' | 'reasoning';
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

/** The same for the pieces of a thought's seal. */
const MAX_SEALS = 4096;

/**
 * One choice of a stream. OpenAI's deltas carry no brackets, so blocks are opened and closed here. Tool calls stay open
 * until the choice ends, because some services send several at once, turn by turn.
 */
export class ChoiceDecoder {
  finishReason: FinishReason | undefined;
  readonly #context: ChoiceContext;
  readonly #calls: OpenCall[] = [];
  #open: OpenText | undefined;
  #seals: JsonValue[] = [];
  #hasRefused = false;

  constructor(context: ChoiceContext) {
    this.#context = context;
  }

  push({ message, logprobs }: WireChoice, events: Events): void {
    this.#think(message, events);
    this.#write('text', message.text, events, logprobs);
    for (const citation of message.citations) this.#cite(citation, events);
    this.#write('refusal', message.refusal, events);
    this.#hasRefused ||= message.refusal !== '';
    for (const item of message.media) this.#show(item, events);
    for (const call of message.toolCalls) this.#continueCall(call, events);
  }

  end(events: Events): void {
    this.#closeText(events);
    for (const { block } of this.#calls) events.push({ type: 'tool-call-end', block });
    const reason = this.finishReason ?? 'other';
    // A refusal in words ends as any other words do; what it means is another thing.
    const finishReason = this.#hasRefused && reason === 'stop' ? 'content-filter' : reason;
    events.push({ type: 'choice-end', choice: this.#context.choice, finishReason });
  }

  /** Seals of thoughts come in pieces like the thoughts themselves; together they are the seal of the block. */
  #think(message: WireMessage, events: Events): void {
    const [part] = decodeReasoningParts(message.reasoning, message.reasoningDetails);
    if (part === undefined) return;
    const list = asArray(message.reasoningDetails);
    if (this.#seals.length + list.length <= MAX_SEALS) this.#seals.push(...list);
    if (part.text === '') this.#enter('reasoning', events);
    else this.#write('reasoning', part.text, events);
  }

  #cite(citation: Citation, events: Events): void {
    events.push({ type: 'citation', block: this.#enter('text', events).block, citation });
  }

  #show(item: WireMedia, events: Events): void {
    this.#closeText(events);
    const { choice, nextBlock } = this.#context;
    events.push({ type: 'media', block: nextBlock(), choice, ...item });
  }

  #write(
    type: OpenText['type'],
    text: string,
    events: Events,
    logprobs: readonly TokenLogprob[] | undefined = undefined,
  ): void {
    if (text === '') return;
    const { block } = this.#enter(type, events);
    if (type === 'text' && logprobs !== undefined) events.push({ type: 'text-delta', block, text, logprobs });
    else events.push({ type: `${type}-delta`, block, text });
  }

  /** The open block of this type; another one that is open is closed. */
  #enter(type: OpenText['type'], events: Events): OpenText {
    if (this.#open?.type !== type) this.#closeText(events);
    this.#open ??= this.#openText(type, events);
    return this.#open;
  }

  #openText(type: OpenText['type'], events: Events): OpenText {
    const block = this.#context.nextBlock();
    events.push({ type: `${type}-start`, block, choice: this.#context.choice });
    return { type, block };
  }

  #closeText(events: Events): void {
    if (this.#open === undefined) return;
    const { type, block } = this.#open;
    this.#open = undefined;
    if (type === 'reasoning') events.push({ type: 'reasoning-end', block, ...this.#takeSeal() });
    else events.push({ type: `${type}-end`, block });
  }

  #takeSeal(): { readonly signature?: string } {
    const seals = this.#seals;
    this.#seals = [];
    const [sealed] = decodeReasoningParts('', seals);
    return sealed?.signature === undefined ? {} : { signature: sealed.signature };
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
    events.push({
      type: 'tool-call-start',
      block,
      choice,
      id,
      name: wire.name,
      ...(wire.isCustom ? { isCustom: true } : {}),
      ...(wire.signature === undefined ? {} : { signature: wire.signature }),
    });
    return call;
  }
}
