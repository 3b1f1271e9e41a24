import type { ChatStreamEvent, FinishReason } from '../canonical/chat.ts';
import type { ContentPart } from '../canonical/content.ts';
import { tokensOfLength } from '../canonical/needs.ts';
import { replayAsStream } from '../canonical/replay-stream.ts';
import type { Usage } from '../canonical/usage.ts';
import type { RouterError } from '../errors/router-error.ts';
import { FRAMINGS, type Framing } from '../lib/framing.ts';
import type { Reframer, StreamDecoder, StreamEncoder, StreamTap, UpstreamProtocol } from '../protocols/protocol.ts';
import { readExactAnswer } from '../protocols/read-answer.ts';
import { ToolRestorer } from '../protocols/restore-tools.ts';
import type { ToolNames } from '../protocols/tool-names.ts';
import type { ReplyHeaders } from '../providers/transport.ts';
import { ThoughtCollector } from './thought-memory.ts';

/** Provider frames in, client bytes out; the same for a stream that goes through and one that is translated. */
export interface StreamRelay {
  readonly contentType: string;
  /** Whole frames in. Throws a RouterError when they are an error or nonsense. */
  push(frames: Buffer): Buffer | string | undefined;
  /** The provider answered whole although a stream was asked for: the whole stream. Throws like `push`. */
  pushWhole(body: Buffer): string;
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
  /** Told the headers of an answer that is a stream, before anything else. */
  onHead?(headers: ReplyHeaders): void;
  /** Tokens of the answer so far, for providers that do not say; undefined where nobody can guess. */
  estimateOutputTokens(): number | undefined;
}

/** Comments of a provider that thinks are no part of its answer; a colon begins nothing else in any framing. */
const COMMENT_START = 0x3a;

/** Same words on both sides: the bytes go through, the tap watches. */
export class PassthroughRelay implements StreamRelay {
  readonly #tap: StreamTap;
  readonly #encoder: StreamEncoder;
  readonly #protocol: UpstreamProtocol;
  readonly #reframer: Reframer | undefined;
  #replay: TranscodingRelay | undefined;
  #sizeBytes = 0;
  #pieceBytes = 0;

  constructor(tap: StreamTap, encoder: StreamEncoder, protocol: UpstreamProtocol, reframer: Reframer | undefined) {
    this.#tap = tap;
    this.#encoder = encoder;
    this.#protocol = protocol;
    this.#reframer = reframer;
  }

  get contentType(): string {
    return this.#reframer?.contentType ?? this.#encoder.contentType;
  }

  get sawContent(): boolean {
    return this.#watched.sawContent;
  }

  get goodPrefix(): Buffer | string | undefined {
    const prefix = this.#tap.goodPrefix;
    return prefix === undefined || this.#reframer === undefined ? prefix : this.#reframer.push(prefix);
  }

  get isComplete(): boolean {
    return this.#watched.isComplete;
  }

  get usage(): Usage | undefined {
    return this.#watched.usage;
  }

  get finishReason(): FinishReason | undefined {
    return this.#watched.finishReason;
  }

  push(frames: Buffer): Buffer | string | undefined {
    const passed = this.#tap.push(frames);
    if (frames[0] !== COMMENT_START) this.#sizeBytes += frames.length;
    if (this.#pieceBytes === 0 && this.#tap.sawContent) this.#pieceBytes = frames.length;
    return passed === undefined || this.#reframer === undefined ? passed : this.#reframer.push(passed);
  }

  pushWhole(body: Buffer): string {
    this.#replay = new TranscodingRelay({ protocol: this.#protocol, encoder: this.#encoder });
    return this.#replay.pushWhole(body);
  }

  end(): string {
    if (this.#replay !== undefined) return '';
    const owed = this.#tap.end();
    if (this.#reframer === undefined) return owed;
    return (owed === '' ? '' : this.#reframer.push(owed)) + this.#reframer.end();
  }

  fail(error: RouterError): string {
    const isReframed = this.#reframer !== undefined && this.#replay === undefined;
    return isReframed ? this.#reframer.fail(error) : this.#encoder.fail(error);
  }

  /** A piece is a token with nearly all providers; the first piece tells how long one is. */
  estimateOutputTokens(): number {
    return this.#replay?.estimateOutputTokens() ?? Math.round(this.#sizeBytes / Math.max(1, this.#pieceBytes));
  }

  get #watched(): Pick<StreamRelay, 'sawContent' | 'isComplete' | 'usage' | 'finishReason'> {
    return this.#replay ?? this.#tap;
  }
}

export interface TranscodingOptions {
  readonly protocol: UpstreamProtocol;
  readonly encoder: StreamEncoder;
  readonly names?: ToolNames | undefined;
  /** Told the tool calls and sealed thoughts of each choice at its end. */
  readonly onThoughts?: (content: readonly ContentPart[]) => void;
}

/** One decoder, one encoder: the whole of streaming between any two formats. */
export class TranscodingRelay implements StreamRelay {
  readonly #protocol: UpstreamProtocol;
  readonly #framing: Framing;
  readonly #decoder: StreamDecoder;
  readonly #encoder: StreamEncoder;
  readonly #restorer: ToolRestorer | undefined;
  readonly #collector: ThoughtCollector | undefined;
  #textLength = 0;
  goodPrefix: string | undefined;
  sawContent = false;
  isComplete = false;
  usage: Usage | undefined;
  finishReason: FinishReason | undefined;

  constructor({ protocol, encoder, names, onThoughts }: TranscodingOptions) {
    this.#protocol = protocol;
    this.#framing = FRAMINGS[protocol.framing];
    this.#decoder = protocol.createStreamDecoder();
    this.#encoder = encoder;
    this.#restorer = names === undefined ? undefined : new ToolRestorer(names);
    this.#collector = onThoughts === undefined ? undefined : new ThoughtCollector(onThoughts);
  }

  get contentType(): string {
    return this.#encoder.contentType;
  }

  push(frames: Buffer): string {
    let output = '';
    try {
      for (const frame of this.#framing.readFrames(frames)) output += this.#encode(this.#decoder.push(frame));
    } catch (thrown) {
      this.goodPrefix = output;
      throw thrown;
    }
    return output;
  }

  pushWhole(body: Buffer): string {
    return this.#encode(replayAsStream(this.#protocol.decodeResponse(readExactAnswer(body))));
  }

  end(): string {
    return this.isComplete ? '' : this.#encode(this.#decoder.end());
  }

  fail(error: RouterError): string {
    return this.#encoder.fail(error);
  }

  estimateOutputTokens(): number {
    return tokensOfLength(this.#textLength);
  }

  #encode(events: readonly ChatStreamEvent[]): string {
    let output = '';
    for (const event of events) {
      if (this.#restorer === undefined) output += this.#encodeOne(event);
      else for (const restored of this.#restorer.push(event)) output += this.#encodeOne(restored);
    }
    return output;
  }

  #encodeOne(event: ChatStreamEvent): string {
    this.#watch(event);
    this.#collector?.watch(event);
    return this.#encoder.push(event);
  }

  #watch(event: ChatStreamEvent): void {
    if (event.type === 'response-start') this.usage = event.usage;
    else if (event.type === 'choice-end') this.finishReason ??= event.finishReason;
    else if (event.type === 'response-end') this.#finish(event.usage);
    else this.#measure(event);
  }

  #measure(event: ChatStreamEvent): void {
    this.sawContent = true;
    if (event.type === 'text-delta' || event.type === 'reasoning-delta') this.#textLength += event.text.length;
    else if (event.type === 'tool-call-delta') this.#textLength += event.arguments.length;
  }

  #finish(usage: Usage | undefined): void {
    this.usage = usage;
    this.isComplete = true;
  }
}
