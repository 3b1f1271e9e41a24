import type { JsonValue } from '../lib/json.ts';
import { errorBody } from './mock-answer.ts';
import type { MockCall } from './mock-call.ts';
import type { MockContext, MockScript } from './mock-context.ts';
import { htmlAnswer, jsonAnswer, type MockStep } from './mock-step.ts';

const DEFAULT_STATUS = 500;

/** Says in how many seconds to come back. */
interface Comeback {
  readonly form: string;
  readonly headersOf?: (amount: number, call: MockCall) => Readonly<Record<string, string>>;
  readonly bodyOf?: (body: JsonValue, amount: number) => JsonValue;
}

/**
 * The ways in which vendors say when to come back: https://www.rfc-editor.org/rfc/rfc9110#name-retry-after,
 * https://platform.openai.com/docs/guides/rate-limits and
 * https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto
 */
const COMEBACKS: readonly Comeback[] = [
  { form: 'after-<s>', headersOf: (s) => ({ 'retry-after': String(s) }) },
  { form: 'after-ms-<ms>', headersOf: (ms) => ({ 'retry-after-ms': String(ms) }) },
  {
    form: 'after-date-<s>',
    headersOf: (s, call) => ({ 'retry-after': new Date((call.createdAt + s) * 1000).toUTCString() }),
  },
  { form: 'after-nonsense', headersOf: () => ({ 'retry-after': 'soon' }) },
  {
    form: 'after-text-<s>',
    bodyOf: (_body, s) => errorBody(`Rate limit reached. Please try again in ${s}s.`, 'rate_limit_exceeded'),
  },
  { form: 'after-info-<s>', bodyOf: (_body, s) => googleError('Resource has been exhausted.', [retryInfo(s)]) },
];

/** Scripts that answer with an error status. */
export const STATUS_SCRIPTS: readonly MockScript[] = [
  { form: 'fault-status-<status>', play: ({ call, numbers: [status = DEFAULT_STATUS] }) => failure(call, status) },
  ...COMEBACKS.map(comebackScript),
  { form: 'fault-html-<status>', play: ({ numbers: [status = DEFAULT_STATUS] }) => htmlAnswer(status) },
  { form: 'fault-quota', play: () => quota('insufficient_quota') },
  { form: 'fault-quota-spend', play: () => quota('enforced_spend_limit_reached') },
  { form: 'fault-quota-day', play: () => jsonAnswer(429, googleError('Quota exceeded.', [DAY_QUOTA, retryInfo(37)])) },
];

/** An error answer in the openai-chat format. */
export function errorReply(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): readonly MockStep[] {
  return jsonAnswer(status, errorBody(message, `mock_${status}`), headers);
}

function comebackScript({ form, headersOf, bodyOf }: Comeback): MockScript {
  const play = ({ call, numbers }: MockContext): readonly MockStep[] => {
    const [status = DEFAULT_STATUS, amount = 0] = numbers;
    const body = errorBody(messageOf(call, status), `mock_${status}`);
    return jsonAnswer(status, bodyOf?.(body, amount) ?? body, headersOf?.(amount, call));
  };
  return { form: `fault-status-<status>-${form}`, play };
}

/** One of status 429 says when to come back, because most services do. */
function failure(call: MockCall, status: number): readonly MockStep[] {
  return errorReply(status, messageOf(call, status), status === 429 ? { 'retry-after': '1' } : {});
}

function messageOf(call: MockCall, status: number): string {
  return `${call.model} answers with status ${status}.`;
}

/** A quota that is used up: nothing says when to come back, and coming back soon does not help. */
function quota(code: string): readonly MockStep[] {
  const message = 'You exceeded your current quota, please check your plan and billing details.';
  return jsonAnswer(429, { error: { message, type: code, param: null, code } });
}

/** Google wraps its errors in a list where it speaks OpenAI's format. */
function googleError(message: string, details: readonly JsonValue[]): JsonValue {
  return [{ error: { code: 429, message, status: 'RESOURCE_EXHAUSTED', details } }];
}

function retryInfo(seconds: number): JsonValue {
  return { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${seconds}s` };
}

const DAY_QUOTA: JsonValue = {
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [
    {
      quotaMetric: 'generativelanguage.googleapis.com/generate_content_free_tier_requests',
      quotaId: 'GenerateRequestsPerDayPerProjectPerModel-FreeTier',
    },
  ],
};
