import type { DialectId } from '../canonical/protocol-id.ts';
import type { Usage } from '../canonical/usage.ts';
import type { ErrorCode } from '../errors/codes.ts';

/** One try of one model within a request. */
export interface AttemptRecord {
  /** `provider/model`. */
  readonly model: string;
  readonly outcome: 'ok' | 'failed' | 'cancelled';
  readonly errorCode?: ErrorCode;
  readonly upstreamStatus?: number;
  readonly durationMs: number;
}

/** What one client request (or one item of a batch) did. Holds no prompt and no answer. */
export interface InvocationRecord {
  /** ULID. */
  readonly id: string;
  readonly requestId: string;
  readonly batchIndex: number | undefined;
  /** Wall time, milliseconds. */
  readonly startedAt: number;
  readonly durationMs: number;
  /** To the first content, milliseconds. */
  readonly firstTokenMs: number | undefined;
  readonly dialect: DialectId;
  readonly endpoint: string;
  /** Name of the caller's key; undefined for a local caller without one. */
  readonly apiKeyName: string | undefined;
  /** First 12 characters of the key's hash. */
  readonly apiKeyId: string | undefined;
  readonly authType: 'api_key' | 'local';
  /** The model as asked for. */
  readonly requestedModel: string | undefined;
  /** The rest of what was asked for, JSON text of the query. */
  readonly query: string;
  /** What the request needed beside chat: abilities with commas between them, empty for none. */
  readonly needs: string;
  /** The model that served or was tried last; undefined when none could be chosen. */
  readonly providerName: string | undefined;
  readonly providerId: number | undefined;
  readonly modelName: string | undefined;
  readonly modelId: number | undefined;
  /** Why this model: `priority 20, 3 candidates`. */
  readonly reason: string;
  readonly attempts: readonly AttemptRecord[];
  readonly status: 'success' | 'error';
  readonly cancelled: boolean;
  readonly errorCode: ErrorCode | undefined;
  readonly errorMessage: string | undefined;
  readonly upstreamStatus: number | undefined;
  readonly stream: boolean;
  readonly passthrough: boolean;
  readonly finishReason: string | undefined;
  readonly usage: Usage | undefined;
  /** Where `usage` comes from; undefined without usage. */
  readonly usageSource: 'provider' | 'estimated' | undefined;
  readonly costUsd: number | undefined;
  /** What a translation could not carry, as the header `x-router-loss` says it. */
  readonly loss: string | undefined;
  readonly snapshotVersion: number;
}

/** Never throws, never awaits: the request path may call it blindly. */
export interface InvocationSink {
  offer(record: InvocationRecord): void;
}
