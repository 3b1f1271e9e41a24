import type { ChatRequest, ChatResponse, ChatStreamEvent, FinishReason } from '../canonical/chat.ts';
import type { RequestNeeds } from '../canonical/needs.ts';
import type { ChatProtocolId, DialectId } from '../canonical/protocol-id.ts';
import type { Usage } from '../canonical/usage.ts';
import type { RouterError } from '../errors/router-error.ts';
import type { JsonObject } from '../lib/json.ts';
import type { SseFrame } from '../lib/sse.ts';

/** What routing has to know of a request before it is decoded. Reading it validates the body. */
export interface RequestHead {
  /** As the client wrote it; undefined when left out, null or empty. */
  readonly model: string | undefined;
  readonly stream: boolean;
  readonly needs: RequestNeeds;
}

/** What an answer tells beside the model's words. */
export interface AnswerFacts {
  readonly requestId: string;
  /** Unix time in seconds. */
  readonly createdAt: number;
  readonly provider: string;
  /** The model's name as registered, without its provider. */
  readonly model: string;
  readonly costUsd: number | undefined;
  /** The provider's body as it came. */
  readonly raw: JsonObject;
}

export interface StreamFacts {
  readonly requestId: string;
  /** Unix time in seconds. */
  readonly createdAt: number;
  readonly provider: string;
  readonly model: string;
  /** The client accepts `text/event-stream` where the dialect has a choice. */
  readonly preferEventStream: boolean;
  /** The client asked for its usage, where the dialect sends it on demand only. */
  readonly includeUsage: boolean;
  /** Computes the cost of a call in US dollars from its usage. */
  readonly costOf: (usage: Usage) => number | undefined;
}

/** Canonical events to the client's bytes; one encoder per stream because encoders hold numbering. */
export interface StreamEncoder {
  readonly contentType: string;
  push(event: ChatStreamEvent): string;
  /** The one error event of a stream that breaks after its first content. Nothing is sent after it. */
  fail(error: RouterError): string;
}

/** The half of a wire format that faces our clients. */
export interface ClientDialect {
  readonly id: DialectId;
  /** Throws `request.invalid`, naming the field, where the body is not a request of this dialect. */
  readHead(body: JsonObject): RequestHead;
  /** `body` has passed `readHead`. */
  decodeRequest(body: JsonObject): ChatRequest;
  encodeResponse(response: ChatResponse, facts: AnswerFacts): JsonObject;
  createStreamEncoder(facts: StreamFacts): StreamEncoder;
  errorStatus(error: RouterError): number;
  encodeError(error: RouterError, requestId: string): JsonObject;
}

/** Provider frames to canonical events; a state machine, one per stream. */
export interface StreamDecoder {
  /**
   * Throws a RouterError when the frame is an error of the provider or makes no sense. The end marker gives
   * `response-end`; whatever comes later is not looked at.
   */
  push(frame: SseFrame): readonly ChatStreamEvent[];
  /** Call at the end of the body. Throws `upstream.truncated` when the stream lacks its proper end. */
  end(): readonly ChatStreamEvent[];
}

export interface StreamTapOptions {
  /** Leave out the usage-only chunk, because the client did not ask for it. */
  readonly hideUsage: boolean;
}

/**
 * Watches a stream that goes through untouched. Sees whole frames only (see `SseFramer`), so what it lets through is
 * always an exact prefix of whole frames.
 */
export interface StreamTap {
  /**
   * Returns the bytes to forward, the same object wherever nothing had to be left out. Throws a RouterError for an
   * error event or nonsense; what may still be forwarded of the throwing call's bytes is `goodPrefix`.
   */
  push(frames: Buffer): Buffer | undefined;
  /** After `push` has thrown: the whole good frames that came before the bad one in the same call. */
  readonly goodPrefix: Buffer | undefined;
  /** Bytes that the end of the body still owes the client (a missing end marker). Throws `upstream.truncated`. */
  end(): string;
  /** Text, reasoning, a refusal or a tool call has been seen: from here on no other model may take over. */
  readonly sawContent: boolean;
  /** The end marker has been seen: whatever comes later is not looked at. */
  readonly isComplete: boolean;
  readonly usage: Usage | undefined;
  readonly finishReason: FinishReason | undefined;
}

export interface ResponseSummary {
  readonly usage: Usage | undefined;
  readonly finishReason: FinishReason | undefined;
}

export interface EncodeOptions {
  /** The name the provider knows the model by. */
  readonly model: string;
}

/** The half of a wire format that faces a provider. */
export interface UpstreamProtocol {
  readonly id: ChatProtocolId;
  encodeRequest(request: ChatRequest, options: EncodeOptions): JsonObject;
  /** Throws `upstream.bad_response` for anything that is not an answer (an error inside a 200 included). */
  decodeResponse(body: JsonObject): ChatResponse;
  createStreamDecoder(): StreamDecoder;
  /** `body` is at most the first 64 KiB of the error answer; `wallTime` (milliseconds, default now) is for dates in it. */
  decodeError(status: number, body: string, headers: UpstreamHeaders, wallTime?: number): RouterError;
  /** The same check as `decodeResponse`, for an answer that goes through untouched. */
  summarizeResponse(body: JsonObject): ResponseSummary;
  createStreamTap(options: StreamTapOptions): StreamTap;
}

export type UpstreamHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;
