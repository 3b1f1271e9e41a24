import type { JsonValue } from '../lib/json.ts';

export const ORDER_FIELDS = ['started_at', 'duration_ms', 'total_tokens', 'id'] as const;

export type OrderField = (typeof ORDER_FIELDS)[number];

export const STATUSES = ['success', 'error'] as const;

/** All of these must hold, each exactly; what is absent is not asked. */
export interface InvocationFilter {
  readonly modelId?: number | undefined;
  readonly providerId?: number | undefined;
  readonly modelName?: string | undefined;
  readonly providerName?: string | undefined;
  readonly status?: (typeof STATUSES)[number] | undefined;
  /** Earliest start, inclusive, in milliseconds since the Unix epoch. */
  readonly startTime?: number | undefined;
  /** Latest start, inclusive, in milliseconds since the Unix epoch. */
  readonly endTime?: number | undefined;
  readonly requestId?: string | undefined;
  readonly apiKeyName?: string | undefined;
  readonly errorCode?: string | undefined;
  /** Id of the key whose records alone the caller may see; undefined for callers who may see all. */
  readonly ownerKeyId?: string | undefined;
}

export interface InvocationQuery {
  readonly filter: InvocationFilter;
  readonly orderBy: OrderField;
  readonly descending: boolean;
  /** 1 to 1000. */
  readonly limit: number;
  readonly offset: number;
  /** Only records with a smaller id: the next page of a list that is ordered by `id`, descending. */
  readonly beforeId?: number | undefined;
}

/** One record by its integer id or by its ULID. */
export interface InvocationSelector {
  readonly key: number | string;
  readonly ownerKeyId?: string | undefined;
}

/** Body of `GET /monitor/invocations`. */
export interface InvocationPage {
  readonly items: readonly InvocationRead[];
  /** Number of records that pass the filter, on all pages. */
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
}

/** A record as the API shows it. Times are ISO 8601 in UTC with a final `Z`, durations milliseconds, costs US dollars. */
export interface InvocationRead {
  readonly id: number;
  /** ULID. */
  readonly uid: string;
  readonly request_id: string;
  readonly batch_index: number | null;
  readonly model_id: number | null;
  readonly provider_id: number | null;
  readonly model_name: string | null;
  readonly provider_name: string | null;
  readonly started_at: string;
  readonly completed_at: string | null;
  readonly duration_ms: number | null;
  readonly first_token_ms: number | null;
  /** From the first content of a stream to its end. */
  readonly stream_duration_ms: number | null;
  /** `completed`, `cancelled` or `error`; null for answers that were not streamed. */
  readonly stream_end_reason: string | null;
  readonly status: (typeof STATUSES)[number];
  readonly cancelled: boolean;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly upstream_status: number | null;
  readonly finish_reason: string | null;
  readonly endpoint: string;
  readonly dialect: string;
  readonly is_stream: boolean;
  readonly passthrough: boolean;
  readonly api_key_id: string | null;
  readonly api_key_name: string | null;
  readonly auth_type: string;
  readonly requested_model: string | null;
  readonly query: JsonValue;
  readonly reason: string | null;
  /** Objects with `model`, `outcome`, `error_code`, `upstream_status` and `duration_ms`. */
  readonly attempts: JsonValue;
  readonly attempt_count: number;
  readonly snapshot_version: number | null;
  readonly prompt_tokens: number | null;
  readonly completion_tokens: number | null;
  readonly total_tokens: number | null;
  readonly cache_read_tokens: number | null;
  readonly cache_write_tokens: number | null;
  readonly reasoning_tokens: number | null;
  readonly usage_source: string | null;
  readonly cost: number | null;
  /** What a translation could not carry. */
  readonly loss: string | null;
  readonly needs: string | null;
  readonly request_prompt: string | null;
  readonly request_messages: JsonValue;
  readonly request_parameters: JsonValue;
  readonly response_text: string | null;
  readonly response_text_length: number | null;
  readonly raw_response: JsonValue;
  readonly created_at: string;
}
