import type { Ending, Fault, Play } from '../fault.ts';
import { failWith, sendJson } from '../replies.ts';
import { LIMITED, OVERLOADED, QUOTA } from './endings.ts';

const SECOND_MS = 1000;

const limited = (retryAfterMs: number): Ending => ({ ...LIMITED, retryAfterMs }) as Ending;

/** A date has whole seconds, so what is meant lies up to a second before what is written here. */
const dated: Play = (turn) => failWith(429, { 'retry-after': new Date(Date.now() + 1400).toUTCString() })(turn);

/** 429 in every form in which the wait is said, or not said. */
export const LIMIT_FAULTS: readonly Fault[] = [
  {
    id: 'status-429-seconds',
    play: failWith(429, { 'retry-after': '1' }),
    ending: limited(SECOND_MS),
    again: 'last',
    gapMs: SECOND_MS,
  },
  {
    id: 'status-429-fraction',
    play: failWith(429, { 'retry-after': '0.3' }),
    ending: limited(300),
    again: 'last',
    gapMs: 300,
  },
  {
    id: 'status-429-ms',
    play: failWith(429, { 'retry-after-ms': '300' }),
    ending: limited(300),
    again: 'last',
    gapMs: 300,
  },
  { id: 'status-429-date', play: dated, ending: LIMITED, again: 'last', gapMs: 300 },
  {
    id: 'status-429-past',
    play: failWith(429, { 'retry-after': 'Thu, 01 Jan 2015 00:00:00 GMT' }),
    ending: LIMITED,
    again: 'last',
  },
  { id: 'status-429-zero', play: failWith(429, { 'retry-after': '0' }), ending: LIMITED, again: 'last' },
  {
    id: 'status-429-huge',
    play: failWith(429, { 'retry-after': '86400' }),
    ending: limited(86_000 * SECOND_MS),
    again: 'never',
  },
  {
    id: 'status-429-absurd',
    play: failWith(429, { 'retry-after': '9'.repeat(400) }),
    ending: LIMITED,
    again: 'never',
  },
  { id: 'status-429-nonsense', play: failWith(429, { 'retry-after': 'soon' }), ending: LIMITED, again: 'last' },
  { id: 'status-429-negative', play: failWith(429, { 'retry-after': '-5' }), ending: LIMITED, again: 'last' },
  { id: 'status-429-none', play: failWith(429), ending: LIMITED, again: 'last' },
  {
    id: 'status-429-words',
    play: failWith(429, {}, 'Rate limit reached. Please try again in 300ms.'),
    shapes: ['openai'],
    ending: limited(300),
    again: 'last',
    gapMs: 300,
  },
  {
    id: 'status-429-retry-info',
    play: (turn) => sendJson(turn, 429, googleLimit('RetryInfo', { retryDelay: '0.3s' })),
    shapes: ['gemini'],
    ending: limited(300),
    again: 'last',
    gapMs: 300,
  },
  {
    id: 'status-503-retry-after',
    play: failWith(503, { 'retry-after': '1' }),
    ending: { ...OVERLOADED, retryAfterMs: SECOND_MS } as Ending,
    again: 'last',
    gapMs: SECOND_MS,
  },
  {
    id: 'status-503-huge',
    play: failWith(503, { 'retry-after': '86400' }),
    ending: { ...OVERLOADED, retryAfterMs: 86_000 * SECOND_MS } as Ending,
    again: 'never',
  },
  {
    // https://platform.openai.com/docs/guides/error-codes
    id: 'quota-insufficient',
    play: (turn) =>
      sendJson(turn, 429, {
        error: {
          message: 'You exceeded your current quota, please check your plan and billing details.',
          type: 'insufficient_quota',
          param: null,
          code: 'insufficient_quota',
        },
      }),
    shapes: ['openai'],
    ending: QUOTA,
    again: 'never',
  },
  {
    id: 'quota-per-day-words',
    play: failWith(429, {}, 'Rate limit reached for model `m` on tokens per day (TPD): Limit 100000, Used 99980.'),
    shapes: ['openai'],
    ending: QUOTA,
    again: 'never',
  },
  {
    // https://platform.claude.com/docs/en/api/rate-limits
    id: 'quota-spend-limit',
    play: (turn) =>
      sendJson(turn, 429, {
        type: 'error',
        error: {
          type: 'rate_limit_error',
          message: 'You have reached your specified API usage limits.',
          details: { error_code: 'enforced_spend_limit_reached' },
        },
      }),
    shapes: ['anthropic'],
    ending: QUOTA,
    again: 'never',
  },
  {
    // https://ai.google.dev/gemini-api/docs/rate-limits
    id: 'quota-per-day',
    play: (turn) =>
      sendJson(
        turn,
        429,
        googleLimit('QuotaFailure', { violations: [{ quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier' }] }),
      ),
    shapes: ['gemini'],
    ending: QUOTA,
    again: 'never',
  },
];

const googleLimit = (type: string, members: Record<string, unknown>): Record<string, unknown> => ({
  error: {
    code: 429,
    message: 'Quota exceeded.',
    status: 'RESOURCE_EXHAUSTED',
    details: [{ '@type': `type.googleapis.com/google.rpc.${type}`, ...members }],
  },
});
