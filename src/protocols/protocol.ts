import type { ChatRequest, ChatResponse, ChatStreamEvent, FinishReason } from '../canonical/chat.ts';
import type { Loss, LossLedger } from '../canonical/loss.ts';
import type { RequestNeeds } from '../canonical/needs.ts';
import type { ChatProtocolId, DialectId } from '../canonical/protocol-id.ts';
import type { Usage } from '../canonical/usage.ts';
import type { RouterError } from '../errors/router-error.ts';
import type { FramingId } from '../lib/framing.ts';
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
  /** The client's own request. */
  readonly body: JsonObject;
  /** Names who sealed the thoughts of this answer; goes into every seal that a client is given (see `wrapSeal`). */
  readonly origin: string;
  /** Told about whatever of the answer the client's format has no place for. */
  readonly ledger: LossLedger;
  readonly costUsd: number | undefined;
  /** The provider's body as it came; an empty object where the provider streamed it. */
  readonly raw: JsonObject;
}

export interface StreamFacts extends Omit<AnswerFacts, 'costUsd' | 'raw'> {
  /** The client accepts `text/event-stream` where the dialect has a choice. */
  readonly preferEventStream: boolean;
  /** The client asked for its usage, where the dialect sends it on demand only. */
  readonly includeUsage: boolean;
  /** For formats that tell usage at the start, where the provider tells it at the end. */
  readonly estimatedInputTokens: number;
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

/** What keeps a stream alive that has nothing to say: bytes that the clients of a format pass over. */
export interface StreamHeartbeat {
  /** The same as the stream's own. */
  readonly contentType: string;
  /** How every body of the format begins; comes before anything else, once. */
  readonly opening: string;
  /** While nothing of the answer has come. */
  readonly waiting: string;
  /** Between two parts of the answer. */
  readonly between: string;
}

/** Puts the events of a stream that goes through into another framing than the provider's. */
export interface Reframer {
  readonly contentType: string;
  /** `frames`: whole frames that the tap let through. */
  push(frames: Buffer | string): string;
  end(): string;
  /** The one error of a stream that breaks, and the end of the framing. */
  fail(error: RouterError): string;
}

/** The half of a wire format that faces our clients. */
export interface ClientDialect {
  readonly id: DialectId;
  /** Header in which the vendor's clients look for the id of a request, beside `x-request-id`. */
  readonly requestIdHeader?: string;
  /** Headers of the client, lower case, that go to a provider of the same format: its version, its beta features. */
  readonly forwardedHeaders?: readonly string[];
  /** Calls of tools have their arguments as an object and not as text, so that its numbers have to keep their digits. */
  readonly hasArgumentObjects?: true;
  /** Throws `request.invalid`, naming the field, where the body is not a request of this dialect. */
  readHead(body: JsonObject): RequestHead;
  /** `body` has passed `readHead`. */
  decodeRequest(body: JsonObject): ChatRequest;
  encodeResponse(response: ChatResponse, facts: AnswerFacts): JsonObject;
  createStreamEncoder(facts: StreamFacts): StreamEncoder;
  /** `preferEventStream`: as in `StreamFacts`. */
  heartbeat(preferEventStream: boolean): StreamHeartbeat;
  /** Undefined where the client takes the provider's own framing. */
  createReframer?(facts: StreamFacts): Reframer | undefined;
  /**
   * A copy of `body` without the thoughts whose seal `matches`; the same object where there is none. Seals that the
   * router gave out must not reach a provider that did not make them, even where the rest of the body goes through.
   * `takesThoughts`: the provider reads thoughts without a seal, where the format has such.
   */
  withoutSeals?(body: JsonObject, matches: (seal: string) => boolean, takesThoughts: boolean): JsonObject;
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
  /** Tokens of prompt and answer that the model takes, where the configuration says it. */
  readonly contextWindow: number | undefined;
  /** For formats that insist on a limit: what the configuration says where the client says nothing. */
  readonly maxOutputTokens: number | undefined;
  /** The configuration says that the model reasons; other models may refuse parameters about it. */
  readonly isReasoningModel: boolean;
  /** Name of the limit in OpenAI's words: some models refuse the older one, some servers do not know the newer one. */
  readonly limitMember: 'max_tokens' | 'max_completion_tokens';
  /** Parameters, in OpenAI's words, that the provider's reasoning models refuse; empty for other models. */
  readonly refusedParameters: ReadonlySet<string>;
  /** Member of a message in which the provider wants its thoughts back, where it wants them at all. */
  readonly reasoningMember: 'reasoning_content' | 'reasoning' | undefined;
  /** What `encodeDefaults` made of the configuration's parameters; they are put under the body later. */
  readonly defaults: JsonObject;
  /** Estimated tokens of the prompt, for formats that must be told how much room it needs. */
  readonly estimatedInputTokens: number;
  /** `originOf` the provider: thoughts with this origin go back sealed as they came, all others without their seal. */
  readonly origin: string;
}

export interface EncodedRequest {
  readonly body: JsonObject;
  /** Every field of the request that is not carried exactly. */
  readonly losses: readonly Loss[];
}

/** What the tools of a request must look like for a provider; see `adaptTools`, which makes them so. */
export interface ToolSupport {
  /** Takes tools with free text instead of JSON. */
  readonly custom: boolean;
  /** Takes groups of tools. */
  readonly namespaces: boolean;
  /** Names of tools that it takes. */
  readonly namePattern: RegExp;
  /** Ids of tool calls that it takes; undefined: any. */
  readonly callIdPattern?: RegExp;
}

/** Counts the tokens of a request at the provider, beside the chat endpoint. */
export interface TokenCounter {
  /** Makes the body of the counting request from that of the chat request. */
  encodeRequest(chatBody: JsonObject, model: string): JsonObject;
  /** Throws `upstream.bad_response`. */
  decodeResponse(body: JsonObject): number;
}

/** The half of a wire format that faces a provider. */
export interface UpstreamProtocol {
  readonly id: ChatProtocolId;
  readonly framing: FramingId;
  /** False: answers are always whole, and streaming clients get them as a stream of one piece. */
  readonly canStream: boolean;
  /** The path names the model, the body does not. */
  readonly isModelInPath?: boolean;
  readonly tools: ToolSupport;
  readonly tokenCounter?: TokenCounter;
  encodeRequest(request: ChatRequest, options: EncodeOptions): EncodedRequest;
  /**
   * Parameters of the configuration, in OpenAI's words, in this format's words and places. A name that is not OpenAI's
   * stays as it is. What the format has no place for, or `model` (its name at the provider) refuses, is left out.
   */
  encodeDefaults(parameters: JsonObject, model: string): JsonObject;
  /** Throws `upstream.bad_response` for anything that is not an answer (an error inside a 200 included). */
  decodeResponse(body: JsonObject): ChatResponse;
  createStreamDecoder(): StreamDecoder;
  /** `body` is at most the first 64 KiB of the error answer; `wallTime` (milliseconds, default now) is for dates in it. */
  decodeError(status: number, body: string, headers: UpstreamHeaders, wallTime?: number): RouterError;
  /** The same check as `decodeResponse`, for an answer that goes through untouched. */
  summarizeResponse(body: Buffer): ResponseSummary;
  createStreamTap(options: StreamTapOptions): StreamTap;
}

export type UpstreamHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;
