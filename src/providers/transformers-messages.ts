import type { LocalFailure } from './transformers-failure.ts';

/** What a model of a folder is run for. */
export type LocalTask = 'text-generation' | 'feature-extraction';

/** What a model's thread is started with. */
export interface ModelThreadData {
  /** Absolute. */
  readonly folder: string;
  readonly task: LocalTask;
  /** Number format of the weights as the library names it; undefined: what the folder has. */
  readonly dtype: string | undefined;
  readonly device: string;
  /** What to import for the library. */
  readonly packageName: string;
}

export interface LocalChatMessage {
  readonly role: string;
  readonly content: string;
}

/** Parameters that are undefined keep the model's own default. */
export interface ChatWork {
  readonly kind: 'chat';
  readonly messages: readonly LocalChatMessage[];
  /** Longest answer; undefined: what the context has room for. */
  readonly maxTokens: number | undefined;
  /** Tokens of prompt and answer, where the router's file says less than the model itself. */
  readonly contextWindow: number | undefined;
  /** 0: always the most likely token. */
  readonly temperature: number;
  readonly topP: number | undefined;
  readonly topK: number | undefined;
  readonly repetitionPenalty: number | undefined;
  readonly seed: number | undefined;
  /** The answer ends before the first of them. */
  readonly stop: readonly string[];
}

export interface EmbeddingWork {
  readonly kind: 'embedding';
  readonly texts: readonly string[];
}

export type LocalWork = ChatWork | EmbeddingWork;

/** To the thread. It gets the next work when it has answered the last. */
export type ThreadRequest =
  | { readonly kind: 'work'; readonly work: LocalWork; readonly gate: SharedArrayBuffer }
  /** Let go of the model and end. */
  | { readonly kind: 'dispose' };

/** From the thread, about the one work it has: `finished`, `embedded` and `failed` come last. */
export type ThreadReply =
  | { readonly kind: 'started'; readonly promptTokens: number }
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'finished';
      readonly finishReason: 'stop' | 'length';
      readonly promptTokens: number;
      readonly completionTokens: number;
    }
  | { readonly kind: 'embedded'; readonly vectors: readonly (readonly number[])[]; readonly promptTokens: number }
  | { readonly kind: 'failed'; readonly failure: LocalFailure };
