import { invalidField } from '../errors/router-error.ts';
import { type InvocationQuery, ORDER_FIELDS, type OrderField, STATUSES } from './queries.ts';
import { readTime } from './read-time.ts';

const MAX_LIMIT = 1000;
const DEFAULT_LIMIT = 100;

const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/**
 * The query of `GET /monitor/invocations`. `ownerKeyId` limits it to the records of one key. Throws `request.invalid`
 * that names the parameter; parameters that are not known are ignored.
 */
export function readInvocationQuery(parameters: URLSearchParams, ownerKeyId?: string): InvocationQuery {
  const reader = new ParameterReader(parameters);
  const beforeId = reader.integer('before_id', 1, Number.MAX_SAFE_INTEGER);
  const orderBy = reader.oneOf('order_by', ORDER_FIELDS);
  const descending = reader.boolean('order_desc') ?? true;
  if (beforeId !== undefined) checkCursorOrder(orderBy, descending);
  return {
    filter: {
      modelId: reader.integer('model_id', 0, Number.MAX_SAFE_INTEGER),
      providerId: reader.integer('provider_id', 0, Number.MAX_SAFE_INTEGER),
      modelName: reader.text('model_name'),
      providerName: reader.text('provider_name'),
      status: reader.oneOf('status', STATUSES),
      startTime: reader.time('start_time'),
      endTime: reader.time('end_time'),
      requestId: reader.text('request_id'),
      apiKeyName: reader.text('api_key_name'),
      errorCode: reader.text('error_code'),
      ownerKeyId,
    },
    orderBy: orderBy ?? (beforeId === undefined ? 'started_at' : 'id'),
    descending,
    limit: reader.integer('limit', 1, MAX_LIMIT) ?? DEFAULT_LIMIT,
    offset: reader.integer('offset', 0, Number.MAX_SAFE_INTEGER) ?? 0,
    beforeId,
  };
}

/** The `{id}` of `GET /monitor/invocations/{id}`: an integer id or a ULID; undefined for text that can be neither. */
export function readRecordKey(text: string): number | string | undefined {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const ulid = text.toUpperCase();
  return /^[0-9A-HJKMNP-TV-Z]{26}$/.test(ulid) ? ulid : undefined;
}

/** A cursor says where the next page begins only in the order that it counts in. */
function checkCursorOrder(orderBy: OrderField | undefined, descending: boolean): void {
  if (orderBy !== undefined && orderBy !== 'id') throw invalidField('order_by', 'must be id together with before_id');
  if (!descending) throw invalidField('order_desc', 'must be true together with before_id');
}

class ParameterReader {
  readonly #parameters: URLSearchParams;

  constructor(parameters: URLSearchParams) {
    this.#parameters = parameters;
  }

  /** Of a parameter that is given several times the last one counts. */
  text(name: string): string | undefined {
    return this.#parameters.getAll(name).at(-1);
  }

  integer(name: string, min: number, max: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= min && value <= max) return value;
    throw invalidField(name, `must be a whole number from ${min} to ${max}`);
  }

  boolean(name: string): boolean | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = BOOLEANS.get(text.toLowerCase());
    if (value === undefined) throw invalidField(name, 'must be true or false');
    return value;
  }

  oneOf<const Choice extends string>(name: string, choices: readonly Choice[]): Choice | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const choice = choices.find((known) => known === text);
    if (choice === undefined) throw invalidField(name, `must be one of ${choices.join(', ')}`);
    return choice;
  }

  /** Milliseconds since the Unix epoch. */
  time(name: string): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const time = readTime(text);
    if (time === undefined) throw invalidField(name, 'must be a time such as 2026-11-20T19:06:41Z');
    return time;
  }
}
