import type { JsonObject } from '../../src/lib/json.ts';
import type { VendorId } from '../support/vendors/vendors.ts';

/** What not every SDK can ask for or send. */
export type Feature =
  | 'image-in-result'
  | 'error-in-result'
  | 'tool-choice'
  | 'stop'
  | 'stop-sequence-named'
  | 'newer-limit';

/** What a person wants, in no SDK's words. */
export interface Question {
  readonly words: string;
  readonly system?: string;
  /** A PNG in base64. */
  readonly image?: string;
  readonly hasTools?: true;
  /** `weather`: that tool and no other. */
  readonly toolChoice?: 'required' | 'weather';
  readonly schema?: JsonObject;
  readonly stop?: readonly string[];
  readonly maxTokens?: number;
  readonly thinks?: true;
}

/** What one tool call gave. */
export interface ToolOutput {
  readonly text: string;
  /** A PNG in base64. */
  readonly image?: string;
  readonly isError?: true;
}

export interface ObservedCall {
  readonly name: string;
  /** Parsed, as the SDK or its user gets it. */
  readonly input: unknown;
  /** The exact text, where the SDK gives it. */
  readonly text?: string;
}

/** An answer as the user of an SDK sees it; members that an SDK does not show are left out. */
export interface Observation {
  readonly text: string;
  readonly refusal?: string;
  readonly reasoning?: string;
  readonly toolCalls: readonly ObservedCall[];
  readonly citations?: readonly { readonly url: string; readonly title: string | undefined }[];
  /** In the SDK's own word. */
  readonly finish: string | undefined;
  readonly stopSequence?: string | undefined;
  readonly usage: ObservedUsage;
}

export interface ObservedUsage {
  /** All tokens of the prompt, whatever of them came from a cache. */
  readonly input: number | undefined;
  readonly cacheRead?: number | undefined;
  readonly cacheWrite?: number | undefined;
  readonly output: number | undefined;
  readonly reasoning?: number | undefined;
}

/** An error as the user of an SDK sees it. */
export interface ObservedError {
  /** Name of the SDK's class. */
  readonly name: string;
  readonly status: number | undefined;
  /** Seconds, from the headers of the answer where the SDK shows them. */
  readonly retryAfter?: string | undefined;
}

/** Whom an SDK is pointed at. */
export interface Target {
  /** Without the path of any version. */
  readonly url: string;
  readonly model: string;
  readonly apiKey: string;
}

export interface Ask {
  readonly target: Target;
  readonly stream: boolean;
  /** Is told each piece of text of a stream as it comes. */
  readonly onText: (piece: string) => void;
  readonly signal?: AbortSignal;
}

/** A conversation in the SDK's own messages, kept as its documentation says. */
export interface Conversation {
  /** Asks for the next answer and keeps it. Throws what the SDK throws. */
  next(ask: Ask): Promise<Observation>;
  /** Adds one output for each call of the last answer. */
  give(outputs: readonly ToolOutput[]): void;
  say(words: string): void;
}

export interface Client {
  readonly name: string;
  /** The vendor that this SDK was made for. */
  readonly vendor: VendorId;
  /** Whether the router's address names the provider (`/{provider}/v1`); else the model's name does. */
  readonly providerInPath: boolean;
  readonly lacks: ReadonlySet<Feature>;
  begin(question: Question): Conversation;
  describeError(thrown: unknown): ObservedError;
}

/** Text of a call's arguments as an object; text that is none stays text. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const WEATHER = { name: 'weather', description: 'The weather in a city.' } as const;
