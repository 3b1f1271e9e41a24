import type { JsonObject } from '../lib/json.ts';
import type { ContentPart, Message, ToolSpec } from './content.ts';
import type { DialectId } from './protocol-id.ts';
import type { Usage } from './usage.ts';

export type FinishReason = 'stop' | 'length' | 'tool-calls' | 'content-filter' | 'other';

export type ToolChoice = 'auto' | 'none' | 'required' | { readonly name: string };

export type ResponseFormat =
  | { readonly type: 'json' }
  | {
      readonly type: 'json-schema';
      readonly name: string;
      readonly description?: string;
      readonly schema?: JsonObject;
      readonly strict?: boolean;
    };

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
  readonly responseFormat?: ResponseFormat;
  readonly reasoningEffort?: string;
  readonly user?: string;
  readonly stream: boolean;
  /** Top-level members the canonical form has no word for, under the protocol that sent them. */
  readonly extras?: Readonly<Partial<Record<DialectId, JsonObject>>>;
}

export interface ChatChoice {
  readonly content: readonly ContentPart[];
  readonly finishReason: FinishReason;
}

export interface ChatResponse {
  readonly id: string;
  /** The name that the provider gave the model in its answer. */
  readonly model: string;
  readonly choices: readonly [ChatChoice, ...ChatChoice[]];
  readonly usage: Usage | undefined;
}

/**
 * The most structured of the streams we speak. Every block opens and closes because dropping a bracket on the way
 * out is trivial and inventing one is not. `block` numbers are unique within a response and start at 0.
 */
export type ChatStreamEvent =
  | { readonly type: 'response-start'; readonly id: string; readonly model: string }
  | { readonly type: 'text-start'; readonly block: number; readonly choice: number }
  | { readonly type: 'text-delta'; readonly block: number; readonly text: string }
  | { readonly type: 'text-end'; readonly block: number }
  | { readonly type: 'reasoning-start'; readonly block: number; readonly choice: number }
  | { readonly type: 'reasoning-delta'; readonly block: number; readonly text: string }
  | { readonly type: 'reasoning-end'; readonly block: number; readonly signature?: string }
  | {
      readonly type: 'tool-call-start';
      readonly block: number;
      readonly choice: number;
      readonly id: string;
      readonly name: string;
    }
  | { readonly type: 'tool-call-delta'; readonly block: number; readonly arguments: string }
  | { readonly type: 'tool-call-end'; readonly block: number }
  | { readonly type: 'choice-end'; readonly choice: number; readonly finishReason: FinishReason }
  | { readonly type: 'response-end'; readonly usage: Usage | undefined };
