import type { ChatStreamEvent } from '../../canonical/chat.ts';
import { RouterError } from '../../errors/router-error.ts';
import type { JsonObject } from '../../lib/json.ts';
import { type AnswerContext, encodeCall, encodeThought } from './answer-parts.ts';
import { encodeGrounding, type PlacedCitation } from './citations.ts';
import { encodeSource } from './encode-media.ts';
import { encodeFinishReason } from './finish.ts';
import { encodeLogprobs } from './logprobs.ts';
import { UNCHECKED_SEAL } from './seals.ts';

/** One part of an answer with what is said beside it. */
export interface Piece {
  readonly part: JsonObject;
  readonly logprobsResult?: JsonObject;
}

type Event<Type extends ChatStreamEvent['type']> = Extract<ChatStreamEvent, { readonly type: Type }>;
type CandidateEvent = Exclude<ChatStreamEvent, { readonly type: 'response-start' | 'response-end' }>;

interface OpenCall {
  readonly start: Event<'tool-call-start'>;
  readonly pieces: string[];
}

/** One choice of a stream. Calls go out whole, because their arguments are an object here and not a text. */
export class CandidateEncoder {
  readonly #context: AnswerContext;
  readonly #calls = new Map<number, OpenCall>();
  /** Where the open text blocks begin in all the text of the choice. */
  readonly #offsets = new Map<number, number>();
  readonly #citations: PlacedCitation[] = [];
  #text = '';
  #thought: string | undefined;
  #hasCalled = false;
  #finishReason: JsonObject = {};

  constructor(context: AnswerContext) {
    this.#context = context;
  }

  /** Undefined for events that say nothing in this form, or nothing yet. */
  push(event: CandidateEvent): Piece | undefined {
    switch (event.type) {
      case 'text-delta':
        return this.#writeText(event);
      case 'refusal-delta':
        this.#text += event.text;
        return { part: { text: event.text } };
      case 'reasoning-delta':
        return this.#holdThought(event.text);
      case 'reasoning-end':
        return this.#sealThought(event);
      case 'tool-call-end':
        return this.#endCall(event.block);
      case 'media':
        return { part: encodeSource(event.source, event.modality) };
      case 'text-start':
      case 'citation':
      case 'tool-call-start':
      case 'tool-call-delta':
      case 'choice-end':
        this.#note(event);
        return undefined;
      case 'text-end':
      case 'refusal-start':
      case 'refusal-end':
      case 'reasoning-start':
        return undefined;
      default:
        return event satisfies never;
    }
  }

  /** What the last piece says beside its content. */
  end(): JsonObject {
    if (this.#citations.length === 0) return this.#finishReason;
    return { ...this.#finishReason, groundingMetadata: encodeGrounding(this.#citations, this.#text) };
  }

  #note(event: Event<'text-start' | 'citation' | 'tool-call-start' | 'tool-call-delta' | 'choice-end'>): void {
    if (event.type === 'text-start') this.#offsets.set(event.block, this.#text.length);
    else if (event.type === 'tool-call-start') this.#calls.set(event.block, { start: event, pieces: [] });
    else if (event.type === 'tool-call-delta') this.#callOf(event.block).pieces.push(event.arguments);
    else if (event.type === 'choice-end') this.#finishReason = { finishReason: encodeFinishReason(event.finishReason) };
    else this.#citations.push({ citation: event.citation, offset: this.#offsets.get(event.block) ?? 0 });
  }

  #writeText({ text, logprobs }: Event<'text-delta'>): Piece {
    this.#text += text;
    return { part: { text }, ...(logprobs === undefined ? {} : { logprobsResult: encodeLogprobs(logprobs) }) };
  }

  /** The latest piece of a thought waits for what follows, because a seal stands beside the last one. */
  #holdThought(text: string): Piece | undefined {
    const before = this.#thought;
    this.#thought = text;
    return before === undefined ? undefined : { part: { text: before, thought: true } };
  }

  #sealThought({ signature, redacted }: Event<'reasoning-end'>): Piece | undefined {
    const text = this.#thought;
    this.#thought = undefined;
    const isSealed = signature !== undefined || redacted !== undefined;
    if (text === undefined && !isSealed) return undefined;
    const seal = { ...(signature === undefined ? {} : { signature }), ...(redacted === undefined ? {} : { redacted }) };
    return { part: encodeThought({ text: text ?? '', ...seal }, this.#context) };
  }

  #endCall(block: number): Piece {
    const { start, pieces } = this.#callOf(block);
    this.#calls.delete(block);
    // The vendor wants its seal on the first call of a turn: clients send the stand-in back where there was none.
    const standIn = this.#hasCalled ? undefined : UNCHECKED_SEAL;
    this.#hasCalled = true;
    return { part: encodeCall({ ...start, arguments: pieces.join('') }, this.#context, standIn) };
  }

  #callOf(block: number): OpenCall {
    const call = this.#calls.get(block);
    if (call === undefined) throw new RouterError('internal.unexpected', { detail: `call ${block} is not open` });
    return call;
  }
}
