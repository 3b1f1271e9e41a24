import type { Usage } from './usage.ts';

/** What the vectors are for: models that are told embed a question otherwise than what answers it. */
export type EmbedPurpose =
  | 'query'
  | 'document'
  | 'classification'
  | 'clustering'
  | 'similarity'
  | 'question'
  | 'fact'
  | 'code-query';

/** One thing to embed. Only texts mean the same to every service. */
export type EmbedInput =
  | { readonly kind: 'text'; readonly text: string; readonly title?: string }
  /** Tokens of the model's own vocabulary. */
  | { readonly kind: 'tokens' }
  /** A picture, or a mixture of several kinds. */
  | { readonly kind: 'media' };

/** One call for embeddings in no vendor's words. Absent means: not said by the client. */
export interface EmbedRequest {
  readonly inputs: readonly EmbedInput[];
  /** Length of the vectors. */
  readonly dimensions?: number;
  readonly purpose?: EmbedPurpose;
  /** What happens to an input that is too long; `none`: an error. */
  readonly truncation?: 'none' | 'start' | 'end';
  /** Top-level members that the canonical form has no word for. */
  readonly unknown: readonly string[];
  /** What the answer must have and only the client's own format can give. */
  readonly exclusive?: readonly string[];
}

export type Vector = readonly number[];

export interface EmbedResponse {
  /** One for each input, in their order. */
  readonly vectors: readonly Vector[];
  /** Undefined where the service does not say. */
  readonly usage: Usage | undefined;
}
