import type { JsonObject } from '../lib/json.ts';
import type { Citation, ContentPart, MediaSource, Message, Modality, ToolSpec } from './content.ts';
import type { FormatId } from './protocol-id.ts';
import type { Usage } from './usage.ts';

/** `content-filter`: a safety stop or the model's refusal. `pause`: the provider wants to be asked to go on. */
export type FinishReason = 'stop' | 'stop-sequence' | 'length' | 'tool-calls' | 'content-filter' | 'pause' | 'other';

/** A name may stand for a tool of a group: then `namespace` says which. */
export type ToolChoice =
  | 'auto'
  | 'none'
  | 'required'
  | { readonly name: string; readonly namespace?: string; readonly isCustom?: boolean };

export type ResponseFormat =
  | { readonly type: 'json' }
  | {
      readonly type: 'json-schema';
      readonly name: string;
      readonly description?: string;
      readonly schema?: JsonObject;
      readonly strict?: boolean;
    };

/** How much the model is to think before it answers. */
export interface ReasoningRequest {
  /** `adaptive`: the model decides. Absent where only an effort or a budget is named. */
  readonly mode?: 'on' | 'off' | 'adaptive';
  /** `none`, `minimal`, `low`, `medium`, `high`, `xhigh` or `max`; other words are passed on as they are. */
  readonly effort?: string;
  /** Most tokens to think with. */
  readonly budgetTokens?: number;
  /** Whether the client wants to read the thoughts (or a summary of them). */
  readonly isVisible?: boolean;
}

/** One token of an answer with the log of its probability. */
export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  /** UTF-8 bytes of the token, where the provider says them. */
  readonly bytes?: readonly number[];
  /** The likeliest tokens at this place. */
  readonly top?: readonly { readonly token: string; readonly logprob: number; readonly bytes?: readonly number[] }[];
}

/** One chat call in no vendor's words. Absent means: not said by the client. */
export interface ChatRequest {
  readonly messages: readonly Message[];
  readonly tools?: readonly ToolSpec[];
  readonly toolChoice?: ToolChoice;
  readonly parallelToolCalls?: boolean;
  readonly maxOutputTokens?: number;
  readonly temperature?: number;
  readonly topP?: number;
  readonly topK?: number;
  readonly frequencyPenalty?: number;
  readonly presencePenalty?: number;
  readonly seed?: number;
  /** How many answers. */
  readonly count?: number;
  readonly stop?: readonly string[];
  /** Asks for the log probability of each token; `top` for that many alternatives too. */
  readonly logprobs?: { readonly top: number };
  readonly responseFormat?: ResponseFormat;
  readonly reasoning?: ReasoningRequest;
  /** Opaque id of the end user. */
  readonly user?: string;
  readonly stream: boolean;
  /** Top-level members the canonical form has no word for, under the protocol that sent them. */
  readonly extras?: Readonly<Partial<Record<FormatId, JsonObject>>>;
}

export interface ChatChoice {
  readonly content: readonly ContentPart[];
  readonly finishReason: FinishReason;
  /** The stop sequence that ended the answer, where the provider says it. */
  readonly stopSequence?: string;
  readonly logprobs?: readonly TokenLogprob[];
}

export interface ChatResponse {
  readonly id: string;
  /** The name that the provider gave the model in its answer. */
  readonly model: string;
  readonly choices: readonly [ChatChoice, ...ChatChoice[]];
  readonly usage: Usage | undefined;
}

interface BlockStart {
  readonly block: number;
  readonly choice: number;
}

/**
 * The most structured of the streams we speak. Every block opens and closes because dropping a bracket on the way
 * out is trivial and inventing one is not. `block` numbers are unique within a response and start at 0; blocks of text,
 * refusal and reasoning of one choice do not overlap, tool calls may.
 */
export type ChatStreamEvent =
  /** `usage`: what the provider says at the start, without the answer. */
  | { readonly type: 'response-start'; readonly id: string; readonly model: string; readonly usage?: Usage }
  | ({ readonly type: 'text-start' } & BlockStart)
  | {
      readonly type: 'text-delta';
      readonly block: number;
      readonly text: string;
      readonly logprobs?: readonly TokenLogprob[];
    }
  /** Belongs to the open text block. */
  | { readonly type: 'citation'; readonly block: number; readonly citation: Citation }
  | { readonly type: 'text-end'; readonly block: number }
  | ({ readonly type: 'refusal-start' } & BlockStart)
  | { readonly type: 'refusal-delta'; readonly block: number; readonly text: string }
  | { readonly type: 'refusal-end'; readonly block: number }
  | ({ readonly type: 'reasoning-start' } & BlockStart)
  | { readonly type: 'reasoning-delta'; readonly block: number; readonly text: string }
  /** The seals of a thought are known at its end. A redacted thought has no deltas. */
  | { readonly type: 'reasoning-end'; readonly block: number; readonly signature?: string; readonly redacted?: string }
  | ({
      readonly type: 'tool-call-start';
      readonly id: string;
      readonly name: string;
      readonly isCustom?: boolean;
      readonly namespace?: string;
      /** Seal of the thought behind this call. */
      readonly signature?: string;
    } & BlockStart)
  | { readonly type: 'tool-call-delta'; readonly block: number; readonly arguments: string }
  | { readonly type: 'tool-call-end'; readonly block: number }
  /** A picture, a sound: whole, in a block of its own. */
  | ({ readonly type: 'media'; readonly modality: Modality; readonly source: MediaSource } & BlockStart)
  | {
      readonly type: 'choice-end';
      readonly choice: number;
      readonly finishReason: FinishReason;
      readonly stopSequence?: string;
    }
  | { readonly type: 'response-end'; readonly usage: Usage | undefined };
