import type { InvocationFilter, InvocationQuery, OrderField } from '../monitor/queries.ts';

type Parameter = string | number;

export interface SelectStatement {
  readonly sql: string;
  readonly parameters: readonly Parameter[];
}

/** The condition of each member of a filter. All SQL text is written here; what a caller says is only ever bound. */
const CONDITIONS: Readonly<Record<keyof InvocationFilter, string>> = {
  modelId: 'model_id = ?',
  providerId: 'provider_id = ?',
  modelName: 'model_name = ?',
  providerName: 'provider_name = ?',
  status: 'status = ?',
  startTime: 'started_at >= ?',
  endTime: 'started_at <= ?',
  requestId: 'request_id = ?',
  apiKeyName: 'api_key_name = ?',
  errorCode: 'error_code = ?',
  ownerKeyId: 'api_key_id = ?',
};

/** Ends in `id`, so that pages of equal values neither overlap nor leave a record out. */
const ORDERS: Readonly<Record<OrderField, { readonly ascending: string; readonly descending: string }>> = {
  started_at: { ascending: 'started_at ASC, id ASC', descending: 'started_at DESC, id DESC' },
  duration_ms: { ascending: 'duration_ms ASC, id ASC', descending: 'duration_ms DESC, id DESC' },
  total_tokens: { ascending: 'total_tokens ASC, id ASC', descending: 'total_tokens DESC, id DESC' },
  id: { ascending: 'id ASC', descending: 'id DESC' },
};

interface Where {
  readonly conditions: readonly string[];
  readonly parameters: readonly Parameter[];
}

function whereOf(filter: InvocationFilter): Where {
  const conditions: string[] = [];
  const parameters: Parameter[] = [];
  for (const [member, condition] of Object.entries(CONDITIONS) as [keyof InvocationFilter, string][]) {
    const value = filter[member];
    if (value === undefined) continue;
    conditions.push(condition);
    parameters.push(value);
  }
  return { conditions, parameters };
}

const FROM = 'FROM monitor_invocations';

function clauseOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
}

/** One page of rows. */
export function selectPage(query: InvocationQuery): SelectStatement {
  const where = whereOf(query.filter);
  const conditions = query.beforeId === undefined ? where.conditions : [...where.conditions, 'id < ?'];
  const cursor = query.beforeId === undefined ? [] : [query.beforeId];
  const order = ORDERS[query.orderBy][query.descending ? 'descending' : 'ascending'];
  return {
    sql: `SELECT * ${FROM} ${clauseOf(conditions)} ORDER BY ${order} LIMIT ? OFFSET ?`,
    parameters: [...where.parameters, ...cursor, query.limit, query.offset],
  };
}

/** Number of rows on all pages, as `total`. */
export function selectTotal(filter: InvocationFilter): SelectStatement {
  const { conditions, parameters } = whereOf(filter);
  return { sql: `SELECT count(*) AS total ${FROM} ${clauseOf(conditions)}`, parameters };
}

/** One row by its integer id or its ULID. */
export function selectOne(key: number | string, ownerKeyId: string | undefined): SelectStatement {
  const where = whereOf({ ownerKeyId });
  const column = typeof key === 'number' ? 'id' : 'uid';
  return {
    sql: `SELECT * ${FROM} ${clauseOf([`${column} = ?`, ...where.conditions])}`,
    parameters: [key, ...where.parameters],
  };
}
