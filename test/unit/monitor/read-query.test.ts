import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RouterError } from '../../../src/errors/router-error.ts';
import type { InvocationQuery } from '../../../src/monitor/queries.ts';
import { readInvocationQuery, readRecordKey } from '../../../src/monitor/read-query.ts';

function read(text: string): InvocationQuery {
  return readInvocationQuery(new URLSearchParams(text));
}

function problemOf(text: string): RouterError {
  try {
    read(text);
  } catch (thrown) {
    if (thrown instanceof RouterError) return thrown;
    throw thrown;
  }
  throw new Error(`${text} was accepted`);
}

describe('a list query', () => {
  test('asks for the newest hundred by default', () => {
    expect(read('')).toEqual({
      filter: {},
      orderBy: 'started_at',
      descending: true,
      limit: 100,
      offset: 0,
      beforeId: undefined,
    });
  });

  test('reads every parameter', () => {
    const text = [
      'model_id=7&provider_id=8&model_name=a%2Fb&provider_name=glm+(cn)&status=error',
      'start_time=2026-11-20T00:00:00Z&end_time=2026-11-21&request_id=r-1&api_key_name=team&error_code=model.unknown',
      'limit=5&offset=10&order_by=duration_ms&order_desc=false',
    ].join('&');
    expect(readInvocationQuery(new URLSearchParams(text), 'abcdefabcdef')).toEqual({
      filter: {
        modelId: 7,
        providerId: 8,
        modelName: 'a/b',
        providerName: 'glm (cn)',
        status: 'error',
        startTime: Date.UTC(2026, 10, 20),
        endTime: Date.UTC(2026, 10, 21),
        requestId: 'r-1',
        apiKeyName: 'team',
        errorCode: 'model.unknown',
        ownerKeyId: 'abcdefabcdef',
      },
      orderBy: 'duration_ms',
      descending: false,
      limit: 5,
      offset: 10,
      beforeId: undefined,
    });
  });

  test('a cursor goes by id, newest first', () => {
    expect(read('before_id=17')).toMatchObject({ beforeId: 17, orderBy: 'id', descending: true });
    expect(read('before_id=17&order_by=id')).toMatchObject({ beforeId: 17, orderBy: 'id' });
  });

  test('the owner cannot be set from outside', () => {
    expect(read('owner_key_id=x&ownerKeyId=x').filter.ownerKeyId).toBeUndefined();
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=1e2', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=99999999999999999999', 'limit'],
    ['offset=-1', 'offset'],
    ['offset=x', 'offset'],
    ['model_id=x', 'model_id'],
    ['provider_id=1%20OR%201=1', 'provider_id'],
    ['before_id=0', 'before_id'],
    ['status=SUCCESS', 'status'],
    ['status=', 'status'],
    ['order_by=cost', 'order_by'],
    ['order_by=id;--', 'order_by'],
    ['order_by=constructor', 'order_by'],
    ['order_desc=maybe', 'order_desc'],
    ['start_time=yesterday', 'start_time'],
    ['end_time=2026-02-30', 'end_time'],
    ['before_id=5&order_by=started_at', 'order_by'],
    ['before_id=5&order_desc=false', 'order_desc'],
  ])('%s is refused by name', (text, parameter) => {
    const problem = problemOf(text);
    expect(problem.code).toBe('request.invalid');
    expect(problem.status).toBe(400);
    expect(problem.param).toBe(parameter);
    expect(problem.publicMessage).toContain(parameter);
  });

  test('whatever is asked, the answer is a sound query or a refusal that names a parameter', () => {
    const names = [
      'limit',
      'offset',
      'status',
      'order_by',
      'order_desc',
      'start_time',
      'end_time',
      'model_id',
      'before_id',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.string({ unit: 'binary' }), (name, value) => {
        const text = new URLSearchParams({ [name]: value }).toString();
        try {
          const { limit, offset } = read(text);
          expect(limit).toBeGreaterThanOrEqual(1);
          expect(limit).toBeLessThanOrEqual(1000);
          expect(Number.isSafeInteger(offset)).toBe(true);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(RouterError);
          expect(thrown).toMatchObject({ code: 'request.invalid', param: name });
        }
      }),
    );
  });
});

describe('a record key', () => {
  test.each([
    ['17', 17],
    ['01JD4ZQ8Y3M7V5T2X9K6W0B1CD', '01JD4ZQ8Y3M7V5T2X9K6W0B1CD'],
    ['01jd4zq8y3m7v5t2x9k6w0b1cd', '01JD4ZQ8Y3M7V5T2X9K6W0B1CD'],
  ])('%s', (text, expected) => {
    expect(readRecordKey(text)).toBe(expected);
  });

  test.each(['', '-1', '1.5', '1 OR 1=1', "x'; DROP TABLE monitor_invocations", '9'.repeat(16), 'I'.repeat(26)])(
    '%j can be none',
    (text) => {
      expect(readRecordKey(text)).toBeUndefined();
    },
  );
});
