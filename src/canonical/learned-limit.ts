import type { LimitUnit } from '../lib/rate-limit-families.ts';

/** A limit that a provider has told of, as it is kept over a restart. */
export interface LearnedLimit {
  readonly provider: string;
  /** Piece of the key's hash. */
  readonly keyId: string;
  /** Empty: whatever model is called. */
  readonly model: string;
  /** Of the window; for a rest the reason. */
  readonly name: string;
  /** `rest`: the key is not to be used at all until then. */
  readonly unit: LimitUnit | 'rest';
  /** Undefined where it is not told. */
  readonly limit: number | undefined;
  readonly remaining: number;
  readonly isSteady: boolean;
  /** Milliseconds since the epoch. */
  readonly resetsAt: number;
}

/** Keeps learned limits where a restart finds them. */
export interface LearnedLimitStore {
  /** May throw. */
  load(): readonly LearnedLimit[];
  /** Replaces everything that was saved before. May throw. */
  save(limits: readonly LearnedLimit[]): void;
  close(): void;
}
