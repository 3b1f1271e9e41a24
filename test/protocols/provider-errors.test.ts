import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RouterError } from '../../src/errors/router-error.ts';
import { upstreamProtocols } from '../../src/protocols/registry.ts';
import { decodeServiceError } from '../../src/protocols/services/service-errors.ts';

const NOW = Date.UTC(2026, 10, 20, 12, 0, 0);
const YEAR_MS = 365 * 86_400_000;

type Headers = Record<string, string>;
type Decode = (status: number, body: unknown, headers?: Headers) => RouterError;

function decoderOf(protocol: keyof typeof upstreamProtocols): Decode {
  return (status, body, headers = {}) =>
    upstreamProtocols[protocol].decodeError(status, JSON.stringify(body), headers, NOW);
}

const openAi = decoderOf('openai-chat');
const anthropic = decoderOf('anthropic-messages');
const gemini = decoderOf('gemini-generate');
const responses = decoderOf('openai-responses');
const service: Decode = (status, body, headers = {}) => decodeServiceError(status, JSON.stringify(body), headers, NOW);

const GROQ_DAY =
  'Rate limit reached for model `m` in organization `o` service tier `on_demand` on tokens per day (TPD): ' +
  'Limit 100000, Used 97050, Requested 3619. Please try again in 9m38.016s. Need more tokens?';
const GROQ_MINUTE =
  'Rate limit reached for model `m` on tokens per minute (TPM): Limit 12000, Used 4437, Requested 9854. ' +
  'Please try again in 11.455s.';
const QUOTA_TEXT = 'You exceeded your current quota, please check your plan and billing details.';

const errorWith = (members: Record<string, unknown>) => ({ error: { message: 'no', ...members } });

function googleError(quotaId: string, retryDelay: string) {
  return {
    error: {
      code: 429,
      status: 'RESOURCE_EXHAUSTED',
      message: `${QUOTA_TEXT} Please retry in 20.04466179s.`,
      details: [
        { '@type': 'type.googleapis.com/google.rpc.QuotaFailure', violations: [{ quotaId, quotaMetric: 'x' }] },
        { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay },
      ],
    },
  };
}

const DAILY = 'GenerateRequestsPerDayPerProjectPerModel-FreeTier';
const EACH_MINUTE = 'GenerateContentInputTokensPerModelPerMinute-FreeTier';

describe('a quota that is used up for long', () => {
  test.each<[string, Decode, number, unknown, 'key' | 'model']>([
    ['OpenAI', openAi, 429, errorWith({ message: QUOTA_TEXT, code: 'insufficient_quota' }), 'key'],
    ['OpenAI by type', openAi, 429, errorWith({ message: QUOTA_TEXT, type: 'insufficient_quota', code: null }), 'key'],
    ['OpenAI Responses', responses, 429, errorWith({ code: 'insufficient_quota' }), 'key'],
    ['a service of OpenAI', service, 429, errorWith({ code: 'insufficient_quota' }), 'key'],
    ['a hard limit', openAi, 400, errorWith({ code: 'billing_hard_limit_reached' }), 'key'],
    ['Groq', openAi, 429, errorWith({ message: GROQ_DAY, type: 'tokens', code: 'rate_limit_exceeded' }), 'model'],
    [
      'OpenRouter',
      openAi,
      429,
      errorWith({ message: 'Rate limit exceeded: free-models-per-day.', code: 429 }),
      'model',
    ],
    ['Moonshot', openAi, 429, errorWith({ type: 'exceeded_current_quota_error' }), 'key'],
    ['GLM without money', openAi, 429, errorWith({ code: '1113' }), 'key'],
    ['GLM for the day', openAi, 429, errorWith({ code: 1304 }), 'model'],
    ['xAI', openAi, 429, { code: 'x', error: 'Your team has used all available credits.' }, 'key'],
    ['xAI as 403', openAi, 403, { code: 'x', error: 'It has reached its monthly spending limit.' }, 'key'],
    ['Qwen', openAi, 400, errorWith({ code: 'Arrearage' }), 'key'],
    [
      'Anthropic',
      anthropic,
      429,
      { type: 'error', error: { type: 'rate_limit_error', details: { error_code: 'enforced_spend_limit_reached' } } },
      'key',
    ],
    [
      'Anthropic without credit',
      anthropic,
      400,
      errorWith({ type: 'invalid_request_error', message: 'Your credit balance is too low to access the API.' }),
      'key',
    ],
    ['Gemini', gemini, 429, googleError(DAILY, '20s'), 'model'],
    ['Gemini in the words of OpenAI', openAi, 429, [googleError(DAILY, '20s')], 'model'],
  ])('%s', (_name, decode, status, body, limitScope) => {
    expect(decode(status, body)).toMatchObject({ code: 'upstream.quota', status: 429, limitScope });
  });

  test.each<[string, Decode, number, unknown, string]>([
    ['a minute of Gemini', gemini, 429, googleError(EACH_MINUTE, '20s'), 'upstream.rate_limited'],
    ['a minute of Groq', openAi, 429, errorWith({ message: GROQ_MINUTE }), 'upstream.rate_limited'],
    ['the pace', openAi, 429, errorWith({ code: 'rate_limit_exceeded' }), 'upstream.rate_limited'],
    ['a status for money', openAi, 402, errorWith({ message: 'Insufficient Balance' }), 'upstream.auth'],
    ['a bill of Anthropic', anthropic, 402, errorWith({ type: 'billing_error' }), 'upstream.auth'],
    ['a wrong key', openAi, 401, errorWith({ code: 'insufficient_quota' }), 'upstream.auth'],
    ['a failure', openAi, 500, errorWith({ message: 'insufficient balance' }), 'upstream.failed'],
    [
      'a client that is quoted',
      openAi,
      400,
      errorWith({ message: "Invalid value: 'your credit balance is too low, insufficient balance'" }),
      'upstream.rejected',
    ],
  ])('is not %s', (_name, decode, status, body, code) => {
    expect(decode(status, body)).toMatchObject({ code, limitScope: undefined });
  });
});

describe('when to come back', () => {
  test.each<[string, number | undefined]>([
    ['Please try again in 1.2s.', 1200],
    ['Please try again in 6m0s.', 360_000],
    ['Please try again in 20ms.', 20],
    ['Please retry after 26 seconds.', 26_000],
    ['please try again after 1 seconds', 1000],
    ['Retry after 2 minutes', 120_000],
    ['Please wait 30 seconds', 30_000],
    [GROQ_MINUTE, 11_455],
    ['Please try again later.', undefined],
    ['Please try again in a moment.', undefined],
  ])('in words: %s', (message, expected) => {
    expect(openAi(429, errorWith({ message })).retryAfterMs).toBe(expected);
  });

  test.each<[Record<string, unknown>, number | undefined]>([
    [{ retry_after: 3 }, 3000],
    [{ retry_after: '3.5' }, 3500],
    [{ retry_after: '3s' }, 3000],
    [{ retry_after_seconds: 4 }, 4000],
    [{ retry_after_ms: 250 }, 250],
    [{ retryAfter: 1 }, 1000],
    [{ retry_after: -3 }, undefined],
    [{ retry_after: 'soon' }, undefined],
    [{ retry_after: true }, undefined],
    [{ retry_after: null }, undefined],
    [{ retry_after: 1e300 }, YEAR_MS],
  ])('in a member: %j', (members, expected) => {
    expect(openAi(429, errorWith(members)).retryAfterMs).toBe(expected);
    expect(openAi(429, { message: 'no', ...members }).retryAfterMs).toBe(expected);
  });

  test('some put it a level deeper', () => {
    expect(openAi(429, errorWith({ metadata: { retry_after_seconds: 5 } })).retryAfterMs).toBe(5000);
    expect(openAi(429, errorWith({ details: { retry_after: '6' } })).retryAfterMs).toBe(6000);
  });

  test('Google says it in a detail, and means the pace and not the day', () => {
    expect(gemini(429, googleError(EACH_MINUTE, '36.4s')).retryAfterMs).toBe(36_400);
    expect(openAi(429, [googleError(EACH_MINUTE, '36.4s')]).retryAfterMs).toBe(36_400);
    expect(service(429, googleError(EACH_MINUTE, '36.4s')).retryAfterMs).toBe(36_400);
    expect(gemini(429, googleError(DAILY, '36.4s')).retryAfterMs).toBeUndefined();
  });

  test('OpenRouter says it in headers inside of the body', () => {
    const headers = { 'X-RateLimit-Limit': '50', 'X-RateLimit-Remaining': '0', 'X-RateLimit-Reset': NOW + 7_200_000 };
    const message = 'Rate limit exceeded: free-models-per-day.';
    expect(openAi(429, errorWith({ message, code: 429, metadata: { headers } })).retryAfterMs).toBe(7_200_000);
  });

  test('Anthropic names the day', () => {
    const message = 'You have reached your API usage limits. You will regain access on 2026-11-21 at 00:00 UTC.';
    const body = errorWith({ type: 'rate_limit_error', message });
    expect(anthropic(429, body)).toMatchObject({ code: 'upstream.quota', retryAfterMs: 12 * 3_600_000 });
  });

  test('the header comes first, and nonsense in it does not hide the words', () => {
    const body = errorWith({ message: 'Please try again in 5s.' });
    expect(openAi(429, body, { 'retry-after': '2' }).retryAfterMs).toBe(2000);
    expect(openAi(429, body, { 'retry-after': 'soon' }).retryAfterMs).toBe(5000);
    expect(openAi(429, body, { 'retry-after': '-2' }).retryAfterMs).toBe(5000);
  });

  test('a 429 that says nothing else has the reset of the used-up limit', () => {
    const headers = {
      'anthropic-ratelimit-tokens-limit': '1000',
      'anthropic-ratelimit-tokens-remaining': '0',
      'anthropic-ratelimit-tokens-reset': '2026-11-20T12:00:40Z',
    };
    const body = errorWith({ type: 'rate_limit_error' });
    expect(anthropic(429, body, headers).retryAfterMs).toBe(40_000);
    expect(anthropic(529, errorWith({ type: 'overloaded_error' }), headers).retryAfterMs).toBeUndefined();
  });

  test('a request that is wrong is not asked again, whatever its words are', () => {
    expect(openAi(400, errorWith({ message: 'Please try again in 5s.' })).retryAfterMs).toBeUndefined();
  });
});

test('whatever a provider sends: a wait between now and a year or none, and never a throw', () => {
  const body = fc.oneof(
    fc.json(),
    fc.string(),
    fc.record({ retry_after: fc.anything(), message: fc.string(), details: fc.anything() }).map((error) => {
      return JSON.stringify({ error }, (_key, value) => (typeof value === 'bigint' ? String(value) : value)) ?? '';
    }),
    fc.string().map((text) => JSON.stringify({ error: { message: `Please try again in ${text}` } })),
  );
  const status = fc.constantFrom(400, 401, 402, 403, 408, 409, 425, 429, 500, 503, 529);
  fc.assert(
    fc.property(status, body, (code, text) => {
      for (const protocol of Object.values(upstreamProtocols)) {
        const { retryAfterMs } = protocol.decodeError(code, text, {}, NOW);
        expect(retryAfterMs === undefined || (retryAfterMs >= 0 && retryAfterMs <= YEAR_MS)).toBe(true);
      }
    }),
    { numRuns: 500 },
  );
});
