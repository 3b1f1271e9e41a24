import { sql } from 'drizzle-orm';
import { index, integer, real, sqliteTable, text } from 'drizzle-orm/sqlite-core';

/**
 * One row per client request, or per item of a batch. Times are milliseconds since the Unix epoch, UTC: they sort as
 * numbers and cost nothing to write; the API shows them as ISO 8601. Only two indexes, and columns
 * that follow from others are computed when they are read, because each of them would be paid for by every insert.
 */
export const monitorInvocations = sqliteTable(
  'monitor_invocations',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    uid: text('uid').notNull().unique(),
    requestId: text('request_id').notNull(),
    batchIndex: integer('batch_index'),

    modelId: integer('model_id'),
    providerId: integer('provider_id'),
    modelName: text('model_name'),
    providerName: text('provider_name'),

    startedAt: integer('started_at').notNull(),
    completedAt: integer('completed_at').generatedAlwaysAs(sql`started_at + CAST(round(duration_ms) AS INTEGER)`),
    durationMs: real('duration_ms'),
    firstTokenMs: real('first_token_ms'),
    streamDurationMs: real('stream_duration_ms').generatedAlwaysAs(
      sql`CASE WHEN is_stream THEN duration_ms - first_token_ms END`,
    ),
    streamEndReason: text('stream_end_reason').generatedAlwaysAs(
      sql`CASE WHEN NOT is_stream THEN NULL WHEN cancelled THEN 'cancelled' WHEN status = 'success' THEN 'completed' ELSE 'error' END`,
    ),

    status: text('status', { enum: ['success', 'error'] }).notNull(),
    cancelled: integer('cancelled').notNull().default(0),
    errorCode: text('error_code'),
    errorMessage: text('error_message'),
    upstreamStatus: integer('upstream_status'),
    finishReason: text('finish_reason'),

    endpoint: text('endpoint').notNull(),
    dialect: text('dialect').notNull(),
    isStream: integer('is_stream').notNull(),
    passthrough: integer('passthrough').notNull(),
    apiKeyId: text('api_key_id'),
    apiKeyName: text('api_key_name'),
    authType: text('auth_type').notNull(),

    requestedModel: text('requested_model'),
    /** JSON object. */
    query: text('query'),
    /** Abilities beside chat, with commas between them. */
    needs: text('needs'),
    reason: text('reason'),
    /** JSON array. */
    attempts: text('attempts'),
    attemptCount: integer('attempt_count').generatedAlwaysAs(sql`json_array_length(attempts)`),
    snapshotVersion: integer('snapshot_version'),

    promptTokens: integer('prompt_tokens'),
    completionTokens: integer('completion_tokens'),
    totalTokens: integer('total_tokens').generatedAlwaysAs(sql`prompt_tokens + completion_tokens`),
    cacheReadTokens: integer('cache_read_tokens'),
    cacheWriteTokens: integer('cache_write_tokens'),
    reasoningTokens: integer('reasoning_tokens'),
    usageSource: text('usage_source'),
    /** US dollars. */
    cost: real('cost'),
    /** `field;what happened;severity`, with commas between them. */
    loss: text('loss'),

    // Columns of older files that held what was said. They stay, empty, for tools that name them.
    requestPrompt: text('request_prompt'),
    requestMessages: text('request_messages'),
    requestParameters: text('request_parameters').notNull().default(sql`'{}'`),
    responseText: text('response_text'),
    responseTextLength: integer('response_text_length'),
    rawResponse: text('raw_response'),

    createdAt: integer('created_at').notNull(),
  },
  (table) => [
    index('monitor_invocations_started_at').on(table.startedAt),
    index('monitor_invocations_model_started_at').on(table.providerName, table.modelName, table.startedAt),
  ],
);
