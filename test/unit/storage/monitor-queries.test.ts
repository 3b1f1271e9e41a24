import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { RouterError } from '../../../src/errors/router-error.ts';
import type { InvocationRecord } from '../../../src/monitor/invocation-record.ts';
import { NOON, sampleRecord } from '../monitor/sample-record.ts';
import { type MonitorHarness, startMonitor, startSharedMonitor } from './monitor-harness.ts';

const FAILED: Partial<InvocationRecord> = {
  requestId: 'failed',
  startedAt: NOON + 60_000,
  durationMs: 5,
  providerName: 'glm (cn)',
  providerId: 9,
  modelName: 'org/large',
  modelId: 11,
  apiKeyName: 'team-b',
  apiKeyId: 'bbbbbbbbbbbb',
  status: 'error',
  errorCode: 'upstream.timeout',
  errorMessage: 'The provider did not answer in time.',
  upstreamStatus: 504,
  usage: undefined,
  usageSource: undefined,
  costUsd: undefined,
};

const CANCELLED: Partial<InvocationRecord> = {
  requestId: 'cancelled',
  startedAt: NOON + 120_000,
  durationMs: 900,
  stream: true,
  firstTokenMs: 300,
  status: 'error',
  cancelled: true,
  errorCode: 'client.closed',
  usage: { inputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 1, reasoningTokens: 0 },
};

const CHOSEN_NONE: Partial<InvocationRecord> = {
  requestId: 'none',
  startedAt: NOON + 180_000,
  apiKeyName: undefined,
  apiKeyId: undefined,
  authType: 'local',
  providerName: undefined,
  providerId: undefined,
  modelName: undefined,
  modelId: undefined,
  requestedModel: undefined,
  firstTokenMs: undefined,
  attempts: [],
  status: 'error',
  errorCode: 'route.no_candidate',
};

describe('a record as the API shows it', () => {
  test('a success', async () => {
    const { offer, list } = await startMonitor();
    const record = sampleRecord({ batchIndex: 0 });
    offer(record);
    const page = await list();
    expect(page).toMatchObject({ total: 1, limit: 100, offset: 0 });
    expect(page.items).toEqual([
      {
        id: 1,
        uid: record.id,
        request_id: 'request-1',
        batch_index: 0,
        model_id: 2,
        provider_id: 1,
        model_name: 'mini',
        provider_name: 'openai',
        started_at: '2026-11-20T12:00:00.000Z',
        completed_at: '2026-11-20T12:00:00.813Z',
        duration_ms: 812.5,
        first_token_ms: 200,
        stream_duration_ms: null,
        stream_end_reason: null,
        status: 'success',
        cancelled: false,
        error_code: null,
        error_message: null,
        upstream_status: null,
        finish_reason: 'stop',
        endpoint: '/v1/chat/completions',
        dialect: 'openai-chat',
        is_stream: false,
        passthrough: true,
        api_key_id: 'aaaaaaaaaaaa',
        api_key_name: 'team-a',
        auth_type: 'api_key',
        requested_model: 'openai/mini',
        query: { tags: ['chat'] },
        reason: 'priority 5, 1 candidate',
        attempts: [{ model: 'openai/mini', outcome: 'ok', error_code: null, upstream_status: null, duration_ms: 800 }],
        attempt_count: 1,
        snapshot_version: 3,
        prompt_tokens: 15,
        completion_tokens: 6,
        total_tokens: 21,
        cache_read_tokens: 4,
        cache_write_tokens: 1,
        reasoning_tokens: 2,
        usage_source: 'provider',
        cost: 0.0015,
        loss: null,
        needs: '',
        request_prompt: null,
        request_messages: null,
        request_parameters: {},
        response_text: null,
        response_text_length: null,
        raw_response: null,
        created_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      },
    ]);
  });

  test('failures, cancelled streams and requests without a model', async () => {
    const { offer, list } = await startMonitor();
    const attempts = [
      { model: 'a/b', outcome: 'failed', errorCode: 'upstream.timeout', upstreamStatus: 504, durationMs: 4 },
      { model: 'c/d', outcome: 'cancelled', durationMs: 1 },
    ] as const;
    offer({ ...FAILED, attempts }, CANCELLED, CHOSEN_NONE);
    const { items } = await list('order_desc=false');
    expect(items[0]).toMatchObject({
      status: 'error',
      error_code: 'upstream.timeout',
      upstream_status: 504,
      prompt_tokens: null,
      total_tokens: null,
      cost: null,
      attempt_count: 2,
      attempts: [
        { model: 'a/b', outcome: 'failed', error_code: 'upstream.timeout', upstream_status: 504, duration_ms: 4 },
        { model: 'c/d', outcome: 'cancelled', error_code: null, upstream_status: null, duration_ms: 1 },
      ],
    });
    expect(items[1]).toMatchObject({
      cancelled: true,
      is_stream: true,
      stream_end_reason: 'cancelled',
      stream_duration_ms: 600,
    });
    expect(items[2]).toMatchObject({
      model_id: null,
      model_name: null,
      provider_name: null,
      attempts: [],
      api_key_id: null,
    });
  });

  test('is found by its number and by its ULID, and only by who may see it', async () => {
    const { offer, get } = await startMonitor();
    const record = sampleRecord();
    offer(record, FAILED);
    expect(await get(1)).toMatchObject({ id: 1, uid: record.id });
    expect(await get(record.id)).toEqual(await get(1));
    expect(await get(1, 'aaaaaaaaaaaa')).toMatchObject({ id: 1 });
    expect(await get(1, 'bbbbbbbbbbbb')).toBeUndefined();
    expect(await get(record.id, 'bbbbbbbbbbbb')).toBeUndefined();
    expect(await get(3)).toBeUndefined();
    expect(await get('01JD4ZQ8Y3M7V5T2X9K6W0B1CD')).toBeUndefined();
  });
});

describe('the same four records', () => {
  let shared: MonitorHarness;

  beforeAll(async () => {
    const [harness, end] = await startSharedMonitor();
    shared = harness;
    shared.offer({}, FAILED, CANCELLED, CHOSEN_NONE);
    return end;
  });

  test.each([
    ['', ['none', 'cancelled', 'failed', 'request-1']],
    ['status=success', ['request-1']],
    ['status=error', ['none', 'cancelled', 'failed']],
    ['model_name=mini', ['cancelled', 'request-1']],
    ['model_name=org/large', ['failed']],
    ['provider_name=glm+(cn)', ['failed']],
    ['provider_name=openai&model_name=mini&status=success', ['request-1']],
    ['provider_name=openai&model_name=org/large', []],
    ['model_id=11', ['failed']],
    ['provider_id=1', ['cancelled', 'request-1']],
    ['request_id=cancelled', ['cancelled']],
    ['api_key_name=team-b', ['failed']],
    ['error_code=client.closed', ['cancelled']],
    ['model_name=', []],
    ['start_time=2026-11-20T12:01:00Z', ['none', 'cancelled', 'failed']],
    ['start_time=2026-11-20T12:01:00.001Z', ['none', 'cancelled']],
    ['end_time=2026-11-20T12:01:00Z', ['failed', 'request-1']],
    ['end_time=2026-11-20T12:00:59.999Z', ['request-1']],
    ['start_time=2026-11-20T14:01:00%2B02:00&end_time=2026-11-20T12:02', ['cancelled', 'failed']],
    ['unheard_of=1', ['none', 'cancelled', 'failed', 'request-1']],
  ])('%s', async (query, expected) => {
    const page = await shared.list(query);
    expect(page.items.map((item) => item.request_id)).toEqual(expected);
    expect(page.total).toBe(expected.length);
  });

  test('an owner sees only what is his, whatever else he asks', async () => {
    expect(await shared.requestIds('', 'bbbbbbbbbbbb')).toEqual(['failed']);
    expect(await shared.requestIds('api_key_name=team-a', 'bbbbbbbbbbbb')).toEqual([]);
    expect(await shared.requestIds('', '')).toEqual([]);
  });

  test.each([
    ['order_by=started_at', ['none', 'cancelled', 'failed', 'request-1']],
    ['order_by=started_at&order_desc=false', ['request-1', 'failed', 'cancelled', 'none']],
    ['order_by=duration_ms', ['cancelled', 'none', 'request-1', 'failed']],
    ['order_by=duration_ms&order_desc=false', ['failed', 'request-1', 'none', 'cancelled']],
    ['order_by=total_tokens', ['none', 'request-1', 'cancelled', 'failed']],
    ['order_by=id&order_desc=false', ['request-1', 'failed', 'cancelled', 'none']],
    ['limit=2', ['none', 'cancelled']],
    ['limit=2&offset=1', ['cancelled', 'failed']],
    ['limit=2&offset=4', []],
    ['offset=9007199254740991', []],
    ['before_id=3', ['failed', 'request-1']],
    ['before_id=3&limit=1', ['failed']],
    ['before_id=9007199254740991&status=error', ['none', 'cancelled', 'failed']],
  ])('%s', async (query, expected) => {
    expect(await shared.requestIds(query)).toEqual(expected);
  });

  test('the total counts all pages', async () => {
    for (const query of ['limit=1', 'limit=1&offset=3', 'before_id=2', 'offset=100']) {
      expect((await shared.list(query)).total).toBe(4);
    }
  });
});

test('a cursor reads every record once although others arrive meanwhile', async () => {
  const { offer, requestIds, list } = await startMonitor();
  offer(...Array.from({ length: 25 }, (_, index) => ({ requestId: `r${index}`, startedAt: NOON - index })));
  const seen: string[] = [];
  let query = 'order_by=id&limit=10';
  for (let page = 0; page < 3; page += 1) {
    const { items } = await list(query);
    seen.push(...items.map((item) => item.request_id));
    query = `before_id=${items.at(-1)?.id}&limit=10`;
    offer({ requestId: 'late' });
  }
  expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => `r${24 - index}`));
  expect(await requestIds(query)).toEqual([]);
});

const PARAMETERS = [
  'model_id',
  'provider_id',
  'model_name',
  'provider_name',
  'status',
  'start_time',
  'end_time',
  'request_id',
  'api_key_name',
  'error_code',
  'limit',
  'offset',
  'order_by',
  'order_desc',
  'before_id',
];

const PAYLOADS = [
  "' OR '1'='1",
  "'; DROP TABLE monitor_invocations; --",
  '1; DELETE FROM monitor_invocations',
  '1 UNION SELECT * FROM sqlite_schema',
  'started_at DESC; UPDATE monitor_invocations SET cost = 0',
  '(SELECT 1)',
  "\"; ATTACH DATABASE '/tmp/x' AS x; --",
  '\u0000',
  '%',
  '?',
  ':id',
  '\u{1F4A3}'.repeat(1000),
];

describe('hostile parameters', () => {
  test('are data or a refusal, never SQL', async () => {
    const { offer, list } = await startMonitor();
    offer({}, FAILED, CANCELLED, CHOSEN_NONE);
    const before = await list();
    for (const parameter of PARAMETERS) {
      for (const payload of PAYLOADS) {
        const answer = await list(new URLSearchParams({ [parameter]: payload }).toString()).catch((thrown) => thrown);
        if (answer instanceof RouterError) expect(answer).toMatchObject({ code: 'request.invalid', param: parameter });
        else expect(answer).toMatchObject({ items: [], total: 0 });
      }
    }
    expect(await list()).toEqual(before);
  });

  test('any text is matched exactly', async () => {
    const { offer, requestIds } = await startMonitor();
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1 }), async (name) => {
        const { id } = sampleRecord();
        offer({ modelName: name, requestId: id });
        expect(await requestIds(new URLSearchParams({ model_name: name, request_id: id }).toString())).toEqual([id]);
      }),
      { numRuns: 50 },
    );
  });
});
