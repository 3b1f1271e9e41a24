import type { ChatStreamEvent, FinishReason } from '../../canonical/chat.ts';
import type { Citation, MediaPart } from '../../canonical/content.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { AnswerFacts } from '../protocol.ts';
import { type Emit, type ItemPlace, type ItemStatus, OpenCall, OpenMessage, OpenThought } from './open-items.ts';
import { endingOf, wantsSeals } from './response-object.ts';
import { encodeSeal, reasoningId } from './seals.ts';

type OutputFacts = Pick<AnswerFacts, 'requestId' | 'body' | 'origin' | 'ledger'>;

type BlockEvent = Exclude<ChatStreamEvent, { readonly type: 'response-start' | 'response-end' }>;
type CallStartEvent = Extract<ChatStreamEvent, { readonly type: 'tool-call-start' }>;
type ThoughtEndEvent = Extract<ChatStreamEvent, { readonly type: 'reasoning-end' }>;

/**
 * Puts the blocks of an answer together to items of the output, and tells every step as an event. Texts that follow
 * each other are parts of one message; a call or a thought begins a new item.
 */
export class OutputWriter {
  finishReason: FinishReason = 'stop';
  hasRefusal = false;
  readonly #facts: OutputFacts;
  readonly #emit: Emit;
  readonly #items: JsonObject[] = [];
  /** Blocks of further answers, which the format has no place for. */
  readonly #ignored = new Set<number>();
  readonly #calls = new Map<number, OpenCall>();
  #message: OpenMessage | undefined;
  #thought: OpenThought | undefined;
  #nextIndex = 0;

  constructor(facts: OutputFacts, emit: Emit) {
    this.#facts = facts;
    this.#emit = emit;
  }

  /** The items that are whole, in their order. */
  get output(): readonly JsonObject[] {
    return this.#items.filter((item) => item !== undefined);
  }

  push(event: BlockEvent): void {
    if (this.#isIgnored(event)) return;
    switch (event.type) {
      case 'text-start':
        this.#openMessage().startPart('output_text');
        return;
      case 'refusal-start':
        this.hasRefusal = true;
        this.#openMessage().startPart('refusal');
        return;
      case 'text-delta':
        this.#message?.write(event.text, event.logprobs);
        return;
      case 'refusal-delta':
        this.#message?.write(event.text);
        return;
      case 'citation':
        this.#cite(event.citation);
        return;
      case 'text-end':
      case 'refusal-end':
        this.#message?.endPart();
        return;
      default:
        this.#pushOther(event);
    }
  }

  /** An item that goes out as it came. */
  addItem(item: JsonObject): void {
    this.#closeMessage('completed');
    const index = this.#takeIndex();
    this.#emit('output_item.added', { output_index: index, item });
    this.#emit('output_item.done', { output_index: index, item });
    this.#items[index] = item;
  }

  /** Closes whatever is still open. */
  close(): void {
    const { status } = endingOf(this.finishReason, this.hasRefusal);
    this.#closeMessage(status);
    this.#closeThought(undefined);
    for (const block of [...this.#calls.keys()]) this.#closeCall(block, status);
  }

  #pushOther(event: Exclude<BlockEvent, { readonly type: `text-${string}` | `refusal-${string}` | 'citation' }>): void {
    switch (event.type) {
      case 'reasoning-start':
        this.#closeMessage('completed');
        return;
      case 'reasoning-delta':
        this.#openThought().write(event.text);
        return;
      case 'reasoning-end':
        this.#endThought(event);
        return;
      case 'tool-call-start':
        this.#startCall(event);
        return;
      case 'tool-call-delta':
        this.#calls.get(event.block)?.write(event.arguments);
        return;
      case 'tool-call-end':
        this.#closeCall(event.block, 'completed');
        return;
      case 'media':
        this.#addMedia(event);
        return;
      case 'choice-end':
        this.finishReason = event.finishReason;
        this.close();
        return;
      default:
        event satisfies never;
    }
  }

  #isIgnored(event: BlockEvent): boolean {
    if ('choice' in event && event.choice > 0) {
      this.#facts.ledger.dropped('answer.choices', 'meaning', 'only one answer');
      if ('block' in event) this.#ignored.add(event.block);
      return true;
    }
    return 'block' in event && this.#ignored.has(event.block);
  }

  #openMessage(): OpenMessage {
    this.#message ??= new OpenMessage(this.#placeOf('msg'));
    return this.#message;
  }

  #closeMessage(status: ItemStatus): void {
    if (this.#message !== undefined) this.#items[this.#message.index] = this.#message.close(status);
    this.#message = undefined;
  }

  #cite(citation: Citation): void {
    const { ledger } = this.#facts;
    if (this.#message?.cite(citation) !== true) ledger.dropped('answer.citations', 'minor', 'only of pages');
    else if (citation.citedText !== undefined) {
      ledger.approximated('answer.citations', 'minor', 'without the cited words');
    }
  }

  #openThought(): OpenThought {
    this.#thought ??= new OpenThought(this.#thoughtPlace());
    return this.#thought;
  }

  /** A thought without words is only worth an item for its seal. */
  #endThought({ signature, redacted }: ThoughtEndEvent): void {
    const seal = redacted ?? signature;
    const isGiven = seal !== undefined && wantsSeals(this.#facts.body);
    if (this.#thought === undefined && !isGiven) return;
    this.#openThought();
    const kind = redacted === undefined ? 'signature' : 'redacted';
    this.#closeThought(isGiven ? encodeSeal(this.#facts.origin, kind, seal) : undefined);
  }

  #closeThought(seal: string | undefined): void {
    if (this.#thought !== undefined) this.#items[this.#thought.index] = this.#thought.close(seal);
    this.#thought = undefined;
  }

  #startCall(event: CallStartEvent): void {
    if (this.#message?.isSpeaking !== true) this.#closeMessage('completed');
    if (event.signature !== undefined) this.#giveCallSeal(event.signature);
    const place = this.#placeOf(event.isCustom === true ? 'ctc' : 'fc');
    this.#calls.set(event.block, new OpenCall(place, event));
  }

  /** The seal of a call stands in a thought of its own right before it. */
  #giveCallSeal(signature: string): void {
    if (!wantsSeals(this.#facts.body)) return;
    const thought = new OpenThought(this.#thoughtPlace());
    this.#items[thought.index] = thought.close(encodeSeal(this.#facts.origin, 'call', signature));
  }

  #closeCall(block: number, status: ItemStatus): void {
    const call = this.#calls.get(block);
    if (call !== undefined) this.#items[call.index] = call.close(status);
    this.#calls.delete(block);
  }

  /** Pictures are what the vendor's own tool for pictures would give. */
  #addMedia({ modality, source }: Pick<MediaPart, 'modality' | 'source'>): void {
    if (modality !== 'image' || source.kind !== 'inline') {
      this.#facts.ledger.dropped(`answer.${modality}`, 'meaning');
      return;
    }
    const id = `ig_${this.#facts.requestId}_${this.#nextIndex}`;
    const format = source.mediaType.replace(/^image\//, '');
    const { base64: result } = source;
    this.addItem({ id, type: 'image_generation_call', status: 'completed', output_format: format, result });
  }

  #placeOf(prefix: string): ItemPlace {
    const index = this.#takeIndex();
    return { index, id: `${prefix}_${this.#facts.requestId}_${index}`, emit: this.#emit };
  }

  #thoughtPlace(): ItemPlace {
    const index = this.#takeIndex();
    return { index, id: reasoningId(this.#facts.requestId, index), emit: this.#emit };
  }

  #takeIndex(): number {
    return this.#nextIndex++;
  }
}
