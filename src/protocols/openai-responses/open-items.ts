import type { TokenLogprob } from '../../canonical/chat.ts';
import type { Citation, ReasoningPart, ToolCallPart } from '../../canonical/content.ts';
import type { JsonObject } from '../../lib/json.ts';
import { encodeLogprobs } from '../openai-logprobs.ts';
import { encodeCitation } from './encode-parts.ts';

/** Sends one event of a stream. `type` without its `response.` in front. */
export type Emit = (type: string, members: JsonObject) => void;

export type ItemStatus = 'completed' | 'incomplete';

/** Where an item stands and how it is called. */
export interface ItemPlace {
  readonly index: number;
  readonly id: string;
  readonly emit: Emit;
}

type CallStart = Pick<ToolCallPart, 'id' | 'name' | 'isCustom' | 'namespace'>;

/** One item of the output while it is spoken. `close` gives it whole. */
class OpenItem {
  readonly index: number;
  protected readonly place: JsonObject;
  protected readonly id: string;
  protected readonly emit: Emit;

  constructor({ index, id, emit }: ItemPlace) {
    this.index = index;
    this.id = id;
    this.emit = emit;
    this.place = { output_index: index, item_id: id };
  }

  protected added(item: JsonObject): void {
    this.emit('output_item.added', { output_index: this.index, item });
  }

  protected done(item: JsonObject): JsonObject {
    this.emit('output_item.done', { output_index: this.index, item });
    return item;
  }
}

interface OpenPart {
  readonly type: 'output_text' | 'refusal';
  text: string;
  readonly annotations: JsonObject[];
  readonly logprobs: JsonObject[];
}

export class OpenMessage extends OpenItem {
  hasRefusal = false;
  readonly #content: JsonObject[] = [];
  #part: OpenPart | undefined;

  constructor(place: ItemPlace) {
    super(place);
    this.added(this.#item('in_progress'));
  }

  get isSpeaking(): boolean {
    return this.#part !== undefined;
  }

  startPart(type: OpenPart['type']): void {
    this.endPart();
    this.hasRefusal ||= type === 'refusal';
    const part: OpenPart = { type, text: '', annotations: [], logprobs: [] };
    this.#part = part;
    this.emit('content_part.added', { ...this.#partPlace(), part: encodePart(part) });
  }

  write(text: string, tokens: readonly TokenLogprob[] = []): void {
    const part = this.#part;
    if (part === undefined) return;
    part.text += text;
    const logprobs = encodeLogprobs(tokens);
    part.logprobs.push(...logprobs);
    const isText = part.type === 'output_text';
    this.emit(`${part.type}.delta`, { ...this.#partPlace(), delta: text, ...(isText ? { logprobs } : {}) });
  }

  /** False for a citation that the format has no place for. */
  cite(citation: Citation): boolean {
    const part = this.#part;
    const annotation = part?.type === 'output_text' ? encodeCitation(citation, part.text.length) : undefined;
    if (part === undefined || annotation === undefined) return false;
    part.annotations.push(annotation);
    const place = { ...this.#partPlace(), annotation_index: part.annotations.length - 1 };
    this.emit('output_text.annotation.added', { ...place, annotation });
    return true;
  }

  endPart(): void {
    const part = this.#part;
    if (part === undefined) return;
    const place = this.#partPlace();
    if (part.type === 'refusal') this.emit('refusal.done', { ...place, refusal: part.text });
    else this.emit('output_text.done', { ...place, text: part.text, logprobs: part.logprobs });
    const encoded = encodePart(part);
    this.emit('content_part.done', { ...place, part: encoded });
    this.#content.push(encoded);
    this.#part = undefined;
  }

  close(status: ItemStatus): JsonObject {
    this.endPart();
    return this.done(this.#item(status));
  }

  #partPlace(): JsonObject {
    return { ...this.place, content_index: this.#content.length };
  }

  #item(status: ItemStatus | 'in_progress'): JsonObject {
    return { id: this.id, type: 'message', status, role: 'assistant', content: [...this.#content] };
  }
}

function encodePart({ type, text, annotations, logprobs }: OpenPart): JsonObject {
  if (type === 'refusal') return { type, refusal: text };
  return { type, text, annotations: [...annotations], logprobs: [...logprobs] };
}

export class OpenCall extends OpenItem {
  readonly #call: CallStart;
  #words = '';

  constructor(place: ItemPlace, call: CallStart) {
    super(place);
    this.#call = call;
    this.added(this.#item('in_progress'));
  }

  write(words: string): void {
    this.#words += words;
    this.emit(`${this.#eventName()}.delta`, { ...this.place, delta: words });
  }

  close(status: ItemStatus): JsonObject {
    const words = this.#call.isCustom === true ? { input: this.#words } : { arguments: this.#words };
    const name = this.#call.isCustom === true ? {} : { name: this.#call.name };
    this.emit(`${this.#eventName()}.done`, { ...this.place, ...name, ...words });
    return this.done(this.#item(status));
  }

  #eventName(): string {
    return this.#call.isCustom === true ? 'custom_tool_call_input' : 'function_call_arguments';
  }

  #item(status: ItemStatus | 'in_progress'): JsonObject {
    const { id: callId, name, isCustom, namespace } = this.#call;
    return {
      id: this.id,
      type: isCustom === true ? 'custom_tool_call' : 'function_call',
      status,
      call_id: callId,
      name,
      ...(isCustom === true ? { input: this.#words } : { arguments: this.#words }),
      ...(namespace === undefined ? {} : { namespace }),
    };
  }
}

/** A thought, told as the summary of one. */
export class OpenThought extends OpenItem {
  #text: ReasoningPart['text'] = '';

  constructor(place: ItemPlace) {
    super(place);
    this.added(this.#item());
  }

  write(text: string): void {
    const place = this.#partPlace();
    if (this.#text === '') this.emit('reasoning_summary_part.added', { ...place, part: summaryPart('') });
    this.#text += text;
    this.emit('reasoning_summary_text.delta', { ...place, delta: text });
  }

  close(seal: string | undefined): JsonObject {
    if (this.#text !== '') {
      const place = this.#partPlace();
      this.emit('reasoning_summary_text.done', { ...place, text: this.#text });
      this.emit('reasoning_summary_part.done', { ...place, part: summaryPart(this.#text) });
    }
    return this.done({ ...this.#item(), ...(seal === undefined ? {} : { encrypted_content: seal }) });
  }

  #partPlace(): JsonObject {
    return { ...this.place, summary_index: 0 };
  }

  #item(): JsonObject {
    return { id: this.id, type: 'reasoning', summary: this.#text === '' ? [] : [summaryPart(this.#text)] };
  }
}

function summaryPart(text: string): JsonObject {
  return { type: 'summary_text', text };
}
