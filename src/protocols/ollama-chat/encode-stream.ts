import type { ChatStreamEvent, FinishReason } from '../../canonical/chat.ts';
import { RouterError } from '../../errors/router-error.ts';
import { stringifyExact } from '../../lib/exact-json.ts';
import type { JsonObject } from '../../lib/json.ts';
import { encodeLogprobs } from '../openai-logprobs.ts';
import type { StreamEncoder, StreamFacts } from '../protocol.ts';
import {
  type AnswerWords,
  type EncodeWords,
  encodeCall,
  encodeEnd,
  encodeImage,
  NO_WORDS,
  noteSeal,
} from './encode-answer.ts';
import { encodeTime } from './encode-response.ts';
import { encodeStreamError } from './errors.ts';

type EventOf<Type extends ChatStreamEvent['type']> = Extract<ChatStreamEvent, { readonly type: Type }>;

interface OpenCall {
  readonly id: string;
  readonly name: string;
  readonly index: number;
  arguments: string;
}

/** Longer than any call; arguments have to be whole before they can go out as an object. */
const MAX_ARGUMENTS_LENGTH = 16 * 1024 * 1024;

/** Ollama's lines. Tool calls go out whole, when they are; the last line says how the answer ended. */
export class OllamaStreamEncoder implements StreamEncoder {
  readonly contentType = 'application/x-ndjson';
  readonly #facts: StreamFacts;
  readonly #encodeWords: EncodeWords;
  readonly #calls = new Map<number, OpenCall>();
  /** Blocks of all answers but the first, which are left out. */
  readonly #otherBlocks = new Set<number>();
  readonly #startedMs = performance.now();
  #firstWordsMs: number | undefined;
  #callCount = 0;
  #finishReason: FinishReason = 'other';

  constructor(facts: StreamFacts, encodeWords: EncodeWords) {
    this.#facts = facts;
    this.#encodeWords = encodeWords;
  }

  push(event: ChatStreamEvent): string {
    return this.#isOther(event) ? '' : this.#encode(event);
  }

  fail(error: RouterError): string {
    return encodeStreamError(error, this.#facts.requestId);
  }

  /** Ollama knows one answer only. */
  #isOther(event: ChatStreamEvent): boolean {
    if ('choice' in event && event.choice > 0) {
      this.#facts.ledger.dropped('answer.choices', 'meaning', 'only one answer');
      if ('block' in event) this.#otherBlocks.add(event.block);
      return true;
    }
    return 'block' in event && this.#otherBlocks.has(event.block);
  }

  #encode(event: ChatStreamEvent): string {
    const { ledger } = this.#facts;
    switch (event.type) {
      case 'text-delta':
        return this.#text(event);
      case 'refusal-delta':
        return this.#words({ text: event.text });
      case 'reasoning-delta':
        return this.#words({ thinking: event.text });
      case 'reasoning-end':
        if ((event.signature ?? event.redacted) !== undefined) noteSeal(ledger);
        return '';
      case 'citation':
        ledger.dropped('answer.citations', 'minor');
        return '';
      case 'media':
        return this.#image(event);
      case 'tool-call-start':
        this.#calls.set(event.block, { id: event.id, name: event.name, index: this.#callCount++, arguments: '' });
        return '';
      case 'tool-call-delta':
        this.#extend(event);
        return '';
      case 'tool-call-end':
        return this.#endCall(event.block);
      case 'choice-end':
        this.#finishReason = event.finishReason;
        return '';
      case 'response-end':
        return this.#end(event);
      case 'response-start':
      case 'text-start':
      case 'text-end':
      case 'refusal-start':
      case 'refusal-end':
      case 'reasoning-start':
        return '';
      default:
        return event satisfies never;
    }
  }

  #text({ text, logprobs }: EventOf<'text-delta'>): string {
    return this.#words({ text }, logprobs === undefined ? {} : { logprobs: encodeLogprobs(logprobs) });
  }

  #image(event: EventOf<'media'>): string {
    const images = encodeImage(event, this.#facts.ledger);
    return images.length === 0 ? '' : this.#words({ images });
  }

  #extend({ block, arguments: text }: EventOf<'tool-call-delta'>): void {
    const call = this.#callOf(block);
    call.arguments += text;
    if (call.arguments.length <= MAX_ARGUMENTS_LENGTH) return;
    throw new RouterError('upstream.bad_response', {
      detail: `a tool call of more than ${MAX_ARGUMENTS_LENGTH} characters`,
    });
  }

  #endCall(block: number): string {
    const call = this.#callOf(block);
    this.#calls.delete(block);
    return this.#words({ toolCalls: [encodeCall(call, call.index, this.#facts.ledger)] });
  }

  #callOf(block: number): OpenCall {
    const call = this.#calls.get(block);
    if (call === undefined) throw new RouterError('internal.unexpected', { detail: `block ${block} is not open` });
    return call;
  }

  #words(words: Partial<AnswerWords>, more: JsonObject = {}): string {
    this.#firstWordsMs ??= performance.now();
    return this.#line({ ...this.#encodeWords({ ...NO_WORDS, ...words }), done: false, ...more });
  }

  #end({ usage }: EventOf<'response-end'>): string {
    const now = performance.now();
    const firstMs = this.#firstWordsMs ?? now;
    const end = encodeEnd({
      finishReason: this.#finishReason,
      usage,
      totalMs: now - this.#startedMs,
      promptMs: firstMs - this.#startedMs,
      answerMs: now - firstMs,
    });
    return this.#line({ ...this.#encodeWords(NO_WORDS), ...end });
  }

  #line(members: JsonObject): string {
    const { model, createdAt } = this.#facts;
    return `${stringifyExact({ model, created_at: encodeTime(createdAt), ...members })}\n`;
  }
}
