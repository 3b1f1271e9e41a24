import type Sqlite from 'better-sqlite3';
import type { ReadTraffic, TrafficGroup } from '../monitor/traffic.ts';
import { openSqliteReader } from './sqlite-open.ts';

interface GroupRow {
  readonly query: string | null;
  readonly requested_model: string | null;
  readonly endpoint: string;
  readonly api_key_id: string | null;
  readonly needs: string | null;
  readonly provider_name: string | null;
  readonly model_name: string | null;
  readonly calls: number;
  readonly failed_calls: number;
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly cache_read_tokens: number;
  readonly cache_write_tokens: number;
  readonly reasoning_tokens: number;
  readonly cost: number | null;
}

const QUESTION = 'query, requested_model, endpoint, api_key_id, provider_name, model_name';
const TOKENS = ['prompt', 'completion', 'cache_read', 'cache_write', 'reasoning'].map((kind) => `${kind}_tokens`);

/** One group after the other, so that a long time with many questions needs no memory for all of them at once. */
export const readTraffic: ReadTraffic = function* (file, since): Generator<TrafficGroup> {
  const database = openSqliteReader(file);
  try {
    const statement = database.prepare<[number], GroupRow>(selectGroups(hasNeeds(database)));
    for (const row of statement.iterate(since)) yield groupOf(row);
  } finally {
    database.close();
  }
};

/** Files of earlier versions do not say what a request needed. */
function hasNeeds(database: Sqlite.Database): boolean {
  const columns = database.pragma('table_info(monitor_invocations)') as readonly { readonly name: string }[];
  return columns.some(({ name }) => name === 'needs');
}

function selectGroups(withNeeds: boolean): string {
  const sums = TOKENS.map((column) => `sum(coalesce(${column}, 0)) AS ${column}`).join(', ');
  return `SELECT ${QUESTION}, ${withNeeds ? 'needs' : 'NULL AS needs'}, count(*) AS calls,
sum(status = 'error') AS failed_calls, sum(cost) AS cost, ${sums}
FROM monitor_invocations WHERE started_at >= ? GROUP BY ${QUESTION}${withNeeds ? ', needs' : ''}`;
}

function groupOf(row: GroupRow): TrafficGroup {
  const { provider_name: provider, model_name: model } = row;
  return {
    query: row.query ?? '{}',
    requestedModel: row.requested_model ?? undefined,
    endpoint: row.endpoint,
    apiKeyId: row.api_key_id ?? undefined,
    needs: row.needs ?? undefined,
    target: provider === null || model === null ? undefined : `${provider}/${model}`,
    calls: row.calls,
    failedCalls: row.failed_calls,
    usage: {
      inputTokens: Math.max(0, row.prompt_tokens - row.cache_read_tokens - row.cache_write_tokens),
      cacheReadTokens: row.cache_read_tokens,
      cacheWriteTokens: row.cache_write_tokens,
      outputTokens: row.completion_tokens,
      reasoningTokens: row.reasoning_tokens,
    },
    costUsd: row.cost ?? undefined,
  };
}
