import type { ChatStreamEvent, FinishReason } from '../canonical/chat.ts';
import type { Usage } from '../canonical/usage.ts';
import type { RouterError } from '../errors/router-error.ts';
import { readSseFrames } from '../lib/sse.ts';
import type { StreamDecoder, StreamEncoder, StreamTap } from '../protocols/protocol.ts';

/** Provider frames in, client bytes out; the same for a stream that goes through and one that is translated. */
export interface StreamRelay {
  readonly contentType: string;
  /** Whole frames in. Throws a RouterError when they are an error or nonsense. */
  push(frames: Buffer): Buffer | string | undefined;
  /** After `push` has thrown: what the good frames before the bad one in the same call gave. */
  readonly goodPrefix: Buffer | string | undefined;
  /** What the end of the provider's body still owes the client. Throws `upstream.truncated`. */
  end(): string;
  /** The one error event after the commit point. */
  fail(error: RouterError): string;
  readonly sawContent: boolean;
  readonly isComplete: boolean;
  readonly usage: Usage | undefined;
  readonly finishReason: FinishReason | undefined;
}

/** Same words on both sides: the bytes go through, the tap watches. */
export class PassthroughRelay implements StreamRelay {
  readonly #tap: StreamTap;
  readonly #encoder: StreamEncoder;

  constructor(tap: StreamTap, encoder: StreamEncoder) {
    this.#tap = tap;
    this.#encoder = encoder;
  }

  get contentType(): string {
    return this.#encoder.contentType;
  }

  get sawContent(): boolean {
    return this.#tap.sawContent;
  }

  get goodPrefix(): Buffer | undefined {
    return this.#tap.goodPrefix;
  }

  get isComplete(): boolean {
    return this.#tap.isComplete;
  }

  get usage(): Usage | undefined {
    return this.#tap.usage;
  }

  get finishReason(): FinishReason | undefined {
    return this.#tap.finishReason;
  }

  push(frames: Buffer): Buffer | undefined {
    return this.#tap.push(frames);
  }

  end(): string {
    return this.#tap.end();
  }

  fail(error: RouterError): string {
    return this.#encoder.fail(error);
  }
}

/** One decoder, one encoder: the whole of streaming between any two formats. */
export class TranscodingRelay implements StreamRelay {
  readonly #decoder: StreamDecoder;
  readonly #encoder: StreamEncoder;
  goodPrefix: string | undefined;
  sawContent = false;
  isComplete = false;
  usage: Usage | undefined;
  finishReason: FinishReason | undefined;

  constructor(decoder: StreamDecoder, encoder: StreamEncoder) {
    this.#decoder = decoder;
    this.#encoder = encoder;
  }

  get contentType(): string {
    return this.#encoder.contentType;
  }

  push(frames: Buffer): string {
    let output = '';
    try {
      for (const frame of readSseFrames(frames)) output += this.#encode(this.#decoder.push(frame));
    } catch (thrown) {
      this.goodPrefix = output;
      throw thrown;
    }
    return output;
  }

  end(): string {
    return this.#encode(this.#decoder.end());
  }

  fail(error: RouterError): string {
    return this.#encoder.fail(error);
  }

  #encode(events: readonly ChatStreamEvent[]): string {
    let output = '';
    for (const event of events) {
      this.#watch(event);
      output += this.#encoder.push(event);
    }
    return output;
  }

  #watch(event: ChatStreamEvent): void {
    if (event.type === 'choice-end') this.finishReason ??= event.finishReason;
    else if (event.type === 'response-end') this.#finish(event.usage);
    else if (event.type !== 'response-start') this.sawContent = true;
  }

  #finish(usage: Usage | undefined): void {
    this.usage = usage;
    this.isComplete = true;
  }
}
