import type { ChatStreamEvent } from '../../canonical/chat.ts';
import { stringifyExact } from '../../lib/exact-json.ts';
import { asArray, asObject, asString, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import { badAnswer } from '../read-answer.ts';
import { decodeCitation } from './citations.ts';

type Events = ChatStreamEvent[];

/** `number` is the canonical block; undefined as long as nothing has been said in it. */
interface OpenBlock {
  readonly type: 'text' | 'reasoning' | 'tool-call' | 'other';
  number: number | undefined;
  signature: string;
  redacted: string | undefined;
  /** Arguments that came whole with the start; told at the end where no piece followed. */
  wholeInput: string;
  hasArguments: boolean;
}

const KINDS: ReadonlyMap<string, OpenBlock['type']> = new Map([
  ['text', 'text'],
  ['thinking', 'reasoning'],
  ['redacted_thinking', 'reasoning'],
  ['tool_use', 'tool-call'],
]);

/** What opens a block that has not been announced. */
const KIND_OF_DELTA: ReadonlyMap<string, OpenBlock['type']> = new Map([
  ['text_delta', 'text'],
  ['thinking_delta', 'reasoning'],
]);

/** More blocks than any answer has open at a time; bounds what a stream can make us hold. */
const MAX_OPEN_BLOCKS = 512;

const FIRST_CHOICE = 0;

/**
 * The content blocks of a stream. Blocks of text and thoughts open with their first words, so that the mere start of
 * one is not taken for content and an empty one leaves no trace.
 */
export class BlockDecoder {
  readonly #open = new Map<number, OpenBlock>();
  #count = 0;

  /** False as long as no block has said anything. */
  get hasContent(): boolean {
    return this.#count > 0;
  }

  start(data: JsonObject, events: Events): void {
    const index = indexOf(data);
    const block = asObject(data['content_block']);
    this.#end(index, events);
    const opened = this.#add(index, KINDS.get(asString(block['type']) ?? '') ?? 'other');
    if (opened.type === 'tool-call') this.#startCall(opened, block, events);
    opened.redacted = asString(block['data']);
    opened.signature = asString(block['signature']) ?? '';
    this.#write(opened, asString(block['text']) ?? asString(block['thinking']), events);
    for (const citation of asArray(block['citations'])) this.#cite(opened, citation, events);
  }

  delta(data: JsonObject, events: Events): void {
    const delta = asObject(data['delta']);
    const type = asString(delta['type']) ?? '';
    const block = this.#open.get(indexOf(data)) ?? this.#openUnannounced(indexOf(data), type);
    if (block === undefined) return;
    if (type === 'text_delta' || type === 'thinking_delta') {
      this.#write(block, asString(delta[type === 'text_delta' ? 'text' : 'thinking']), events);
    } else if (type === 'input_json_delta') this.#continueCall(block, asString(delta['partial_json']) ?? '', events);
    else if (type === 'signature_delta') block.signature = asString(delta['signature']) || block.signature;
    else if (type === 'citations_delta') this.#cite(block, delta['citation'], events);
  }

  stop(data: JsonObject, events: Events): void {
    this.#end(indexOf(data), events);
  }

  /** Closes what the provider left open. */
  endAll(events: Events): void {
    for (const index of [...this.#open.keys()]) this.#end(index, events);
  }

  /** A refusal that the provider explains beside the content. */
  refuse(text: string, events: Events): void {
    const block = this.#count++;
    events.push({ type: 'refusal-start', block, choice: FIRST_CHOICE });
    events.push({ type: 'refusal-delta', block, text });
    events.push({ type: 'refusal-end', block });
  }

  #add(index: number, type: OpenBlock['type']): OpenBlock {
    if (this.#open.size >= MAX_OPEN_BLOCKS) throw badAnswer(`more than ${MAX_OPEN_BLOCKS} open blocks`);
    const fresh = { number: undefined, signature: '', redacted: undefined, wholeInput: '', hasArguments: false };
    const block: OpenBlock = { type, ...fresh };
    this.#open.set(index, block);
    return block;
  }

  /** Some services that only follow the format leave the starts away. */
  #openUnannounced(index: number, deltaType: string): OpenBlock | undefined {
    const type = KIND_OF_DELTA.get(deltaType);
    if (type !== undefined) return this.#add(index, type);
    if (deltaType === 'input_json_delta') throw badAnswer('arguments of a tool call that has not begun');
    return undefined;
  }

  #startCall(block: OpenBlock, wire: JsonObject, events: Events): void {
    const name = asString(wire['name']) ?? '';
    const number = this.#count++;
    const id = asString(wire['id']) ?? `toolu_${number}`;
    const { input } = wire;
    block.number = number;
    block.wholeInput = isJsonObject(input) && Object.keys(input).length > 0 ? stringifyExact(input) : '{}';
    events.push({ type: 'tool-call-start', block: number, choice: FIRST_CHOICE, id, name });
  }

  #continueCall(block: OpenBlock, text: string, events: Events): void {
    if (block.type !== 'tool-call' || block.number === undefined || text === '') return;
    block.hasArguments = true;
    events.push({ type: 'tool-call-delta', block: block.number, arguments: text });
  }

  #write(block: OpenBlock, text: string | undefined, events: Events): void {
    const { type } = block;
    if (text === undefined || text === '' || (type !== 'text' && type !== 'reasoning')) return;
    events.push({ type: `${type}-delta`, block: this.#begin(block, type, events), text });
  }

  #cite(block: OpenBlock, citation: JsonValue | undefined, events: Events): void {
    if (block.type !== 'text' || !isJsonObject(citation)) return;
    events.push({ type: 'citation', block: this.#begin(block, 'text', events), citation: decodeCitation(citation) });
  }

  /** Texts and thoughts do not overlap, whatever the provider leaves open. */
  #begin(block: OpenBlock, type: 'text' | 'reasoning', events: Events): number {
    if (block.number !== undefined) return block.number;
    for (const [index, other] of this.#open) {
      if (other !== block && other.number !== undefined && other.type !== 'tool-call') this.#end(index, events);
    }
    const number = this.#count++;
    block.number = number;
    events.push({ type: `${type}-start`, block: number, choice: FIRST_CHOICE });
    return number;
  }

  #end(index: number, events: Events): void {
    const block = this.#open.get(index);
    this.#open.delete(index);
    if (block?.type === 'reasoning') this.#endReasoning(block, events);
    else if (block?.type === 'tool-call') endCall(block, events);
    else if (block?.number !== undefined) events.push({ type: 'text-end', block: block.number });
  }

  /** A thought may consist of its seal only. */
  #endReasoning(block: OpenBlock, events: Events): void {
    const { signature, redacted } = block;
    if (block.number === undefined && signature === '' && redacted === undefined) return;
    events.push({
      type: 'reasoning-end',
      block: this.#begin(block, 'reasoning', events),
      ...(signature === '' ? {} : { signature }),
      ...(redacted === undefined ? {} : { redacted }),
    });
  }
}

function endCall(block: OpenBlock, events: Events): void {
  if (block.number === undefined) return;
  if (!block.hasArguments) events.push({ type: 'tool-call-delta', block: block.number, arguments: block.wholeInput });
  events.push({ type: 'tool-call-end', block: block.number });
}

function indexOf(data: JsonObject): number {
  const { index } = data;
  return typeof index === 'number' ? index : 0;
}
