import { promptTokens } from '../canonical/usage.ts';
import { type JsonValue, parseJson } from '../lib/json.ts';
import type { AttemptRecord, InvocationRecord } from '../monitor/invocation-record.ts';
import type { MonitorRow } from '../monitor/monitor-messages.ts';
import type { InvocationRead } from '../monitor/queries.ts';

type Cell = MonitorRow[number];

/** Every column that is written, and what it holds; the file computes the others when they are read. */
const COLUMNS: Readonly<Record<string, (record: InvocationRecord) => Cell | undefined>> = {
  uid: (record) => record.id,
  request_id: (record) => record.requestId,
  batch_index: (record) => record.batchIndex,
  model_id: (record) => record.modelId,
  provider_id: (record) => record.providerId,
  model_name: (record) => record.modelName,
  provider_name: (record) => record.providerName,
  started_at: (record) => Math.round(record.startedAt),
  duration_ms: (record) => record.durationMs,
  first_token_ms: (record) => record.firstTokenMs,
  status: (record) => record.status,
  cancelled: (record) => Number(record.cancelled),
  error_code: (record) => record.errorCode,
  error_message: (record) => record.errorMessage,
  upstream_status: (record) => record.upstreamStatus,
  finish_reason: (record) => record.finishReason,
  endpoint: (record) => record.endpoint,
  dialect: (record) => record.dialect,
  is_stream: (record) => Number(record.stream),
  passthrough: (record) => Number(record.passthrough),
  api_key_id: (record) => record.apiKeyId,
  api_key_name: (record) => record.apiKeyName,
  auth_type: (record) => record.authType,
  requested_model: (record) => record.requestedModel,
  query: (record) => record.query,
  needs: (record) => record.needs,
  reason: (record) => record.reason,
  attempts: (record) => JSON.stringify(record.attempts.map(attemptJson)),
  snapshot_version: (record) => record.snapshotVersion,
  prompt_tokens: ({ usage }) => usage && promptTokens(usage),
  completion_tokens: ({ usage }) => usage?.outputTokens,
  cache_read_tokens: ({ usage }) => usage?.cacheReadTokens,
  cache_write_tokens: ({ usage }) => usage?.cacheWriteTokens,
  reasoning_tokens: ({ usage }) => usage?.reasoningTokens,
  usage_source: (record) => record.usageSource,
  cost: (record) => record.costUsd,
  loss: (record) => record.loss,
};

const READERS = Object.values(COLUMNS);

/** Names of the columns of a row, in its order. */
export const ROW_COLUMNS: readonly string[] = Object.keys(COLUMNS);

const NAMES = [...ROW_COLUMNS, 'created_at'];

/** A record that is written for the second time, because the answer to the first was lost, changes nothing. */
export const INSERT_SQL = `INSERT INTO monitor_invocations (${NAMES.join(', ')})
VALUES (${NAMES.map(() => '?').join(', ')}) ON CONFLICT (uid) DO NOTHING`;

/** Values for `INSERT_SQL`, but for the last one: `created_at`, in milliseconds since the Unix epoch. */
export function rowOf(record: InvocationRecord): MonitorRow {
  return READERS.map((read) => read(record) ?? null);
}

function attemptJson(attempt: AttemptRecord): JsonValue {
  return {
    model: attempt.model,
    outcome: attempt.outcome,
    error_code: attempt.errorCode ?? null,
    upstream_status: attempt.upstreamStatus ?? null,
    duration_ms: attempt.durationMs,
  };
}

type TimeColumn = 'started_at' | 'created_at';
type FlagColumn = 'cancelled' | 'is_stream' | 'passthrough';
type JsonColumn = 'query' | 'attempts' | 'request_messages' | 'request_parameters' | 'raw_response';

/** A row of `monitor_invocations` as SQLite gives it. */
export type InvocationRow = Omit<InvocationRead, TimeColumn | 'completed_at' | FlagColumn | JsonColumn> &
  Readonly<Record<TimeColumn | FlagColumn, number>> &
  Readonly<Record<JsonColumn, string | null>> & { readonly completed_at: number | null };

export function readOf(row: InvocationRow): InvocationRead {
  return {
    ...row,
    started_at: isoTime(row.started_at),
    completed_at: row.completed_at === null ? null : isoTime(row.completed_at),
    created_at: isoTime(row.created_at),
    cancelled: row.cancelled === 1,
    is_stream: row.is_stream === 1,
    passthrough: row.passthrough === 1,
    query: jsonOf(row.query),
    attempts: jsonOf(row.attempts),
    request_messages: jsonOf(row.request_messages),
    request_parameters: jsonOf(row.request_parameters),
    raw_response: jsonOf(row.raw_response),
  };
}

function isoTime(time: number): string {
  return new Date(time).toISOString();
}

/** Text that is no JSON, as another program may have written it, is shown as it is. */
function jsonOf(text: string | null): JsonValue {
  if (text === null) return null;
  const parsed = parseJson(text);
  return parsed.ok ? parsed.value : text;
}
