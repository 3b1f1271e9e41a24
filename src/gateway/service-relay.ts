import type { Usage } from '../canonical/usage.ts';
import type { RouterError } from '../errors/router-error.ts';
import { asObject, parseJson } from '../lib/json.ts';
import type { StreamTap } from '../protocols/protocol.ts';
import { badAnswer, readJsonAnswer } from '../protocols/read-answer.ts';
import { hiddenError } from '../protocols/services/service-errors.ts';
import { readServiceUsage } from '../protocols/services/service-usage.ts';
import type { ReplyHeaders } from '../providers/transport.ts';
import type { StreamRelay } from './stream-relay.ts';

export interface RawRelayOptions {
  /** Where the provider says none. */
  readonly contentType: string;
  /** Breaks the client's connection: bytes have no place for an error, and a clean end would say that all is there. */
  readonly breakOff: (error: RouterError) => void;
}

/** Bytes of any kind, from the first on as they come; the end of the body is their end. */
export class RawRelay implements StreamRelay {
  contentType: string;
  sawContent = false;
  readonly isComplete = false;
  readonly usage = undefined;
  readonly finishReason = undefined;
  readonly goodPrefix = undefined;
  readonly #breakOff: RawRelayOptions['breakOff'];

  constructor({ contentType, breakOff }: RawRelayOptions) {
    this.contentType = contentType;
    this.#breakOff = breakOff;
  }

  onHead(headers: ReplyHeaders): void {
    this.contentType = String(headers['content-type'] ?? this.contentType);
  }

  push(bytes: Buffer): Buffer {
    // An answer in JSON where bytes are due may be an error, however fine its status looks.
    if (!this.sawContent && this.contentType.startsWith('application/json')) throwHiddenError(bytes);
    this.sawContent ||= bytes.length > 0;
    return bytes;
  }

  pushWhole(body: Buffer): string {
    throw badAnswer(`a whole answer where bytes were asked for: ${body.toString('utf8', 0, 200)}`);
  }

  end(): string {
    if (!this.sawContent) throw badAnswer('an empty answer');
    return '';
  }

  fail(error: RouterError): string {
    this.#breakOff(error);
    return '';
  }

  /** What comes out is no text; the text that went in is what counts. */
  estimateOutputTokens(): number {
    return 0;
  }
}

function throwHiddenError(bytes: Buffer): void {
  const parsed = parseJson(bytes.toString('utf8'));
  const error = parsed.ok ? hiddenError(asObject(parsed.value)) : undefined;
  if (error !== undefined) throw error;
}

export interface EventRelayOptions {
  readonly tap: StreamTap;
  readonly encodeFailure: (error: RouterError) => string;
  /** How a whole answer is given to a client that asked for events; undefined: as the JSON it is. */
  readonly encodeWhole: ((body: string) => string) | undefined;
  /** Each event is about a token of text. */
  readonly isTokenwise: boolean;
}

/** Server-sent events that go through untouched, while a tap reads their usage. */
export class EventRelay implements StreamRelay {
  contentType = 'text/event-stream; charset=utf-8';
  readonly #options: EventRelayOptions;
  #whole: { readonly usage: Usage | undefined } | undefined;
  #sizeBytes = 0;
  #pieceBytes = 0;

  constructor(options: EventRelayOptions) {
    this.#options = options;
  }

  get sawContent(): boolean {
    return this.#whole !== undefined || this.#options.tap.sawContent;
  }

  get isComplete(): boolean {
    return this.#whole !== undefined || this.#options.tap.isComplete;
  }

  get usage(): Usage | undefined {
    return this.#whole === undefined ? this.#options.tap.usage : this.#whole.usage;
  }

  get finishReason(): StreamTap['finishReason'] {
    return this.#options.tap.finishReason;
  }

  get goodPrefix(): Buffer | undefined {
    return this.#options.tap.goodPrefix;
  }

  push(frames: Buffer): Buffer | undefined {
    const passed = this.#options.tap.push(frames);
    this.#sizeBytes += frames.length;
    if (this.#pieceBytes === 0 && this.#options.tap.sawContent) this.#pieceBytes = frames.length;
    return passed;
  }

  pushWhole(body: Buffer): string {
    const answer = readJsonAnswer(body);
    const error = hiddenError(answer);
    if (error !== undefined) throw error;
    this.#whole = { usage: readServiceUsage(answer) };
    const { encodeWhole } = this.#options;
    if (encodeWhole !== undefined) return encodeWhole(JSON.stringify(answer));
    this.contentType = 'application/json';
    return body.toString('utf8');
  }

  end(): string {
    return this.#whole === undefined ? this.#options.tap.end() : '';
  }

  fail(error: RouterError): string {
    return this.#options.encodeFailure(error);
  }

  /** The first piece tells how long one is. */
  estimateOutputTokens(): number | undefined {
    return this.#options.isTokenwise ? Math.round(this.#sizeBytes / Math.max(1, this.#pieceBytes)) : undefined;
  }
}
