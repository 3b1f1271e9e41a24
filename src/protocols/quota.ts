import { asArray, asObject, type JsonValue } from '../lib/json.ts';

/** What is used up: everything that the key may call, or this one model. */
export type QuotaScope = 'key' | 'model';

/**
 * Codes and types of errors that say that a quota for long, or the money, is used up:
 * https://platform.openai.com/docs/guides/error-codes, https://platform.claude.com/docs/en/api/errors,
 * https://platform.moonshot.ai/docs/api/errors, https://docs.bigmodel.cn/cn/api/api-code (the numbers),
 * https://help.aliyun.com/zh/model-studio/error-code, https://www.volcengine.com/docs/82379/1299023
 */
const SCOPE_OF_CODE: ReadonlyMap<string, QuotaScope> = new Map([
  ['insufficient_quota', 'key'],
  ['billing_hard_limit_reached', 'key'],
  ['billing_not_active', 'key'],
  ['billing_error', 'key'],
  ['enforced_spend_limit_reached', 'key'],
  ['exceeded_current_quota_error', 'key'],
  ['insufficient_balance', 'key'],
  ['Arrearage', 'key'],
  ['AllocationQuota.FreeTierOnly', 'model'],
  ['AccountOverdueError', 'key'],
  ['1113', 'key'],
  ['1304', 'model'],
  ['1308', 'key'],
  ['1309', 'key'],
  ['1310', 'key'],
]);

type Words = readonly (readonly [words: RegExp, scope: QuotaScope])[];

/** Words for the same, of services that have no code for it. At the very beginning: further on a client is quoted. */
const SCOPE_OF_REJECTION: Words = [
  [/^your credit balance is too low/i, 'key'],
  [/^you have reached your (?:specified )?(?:workspace )?(?:API )?usage limits/i, 'key'],
];

const SCOPE_OF_REFUSAL: Words = [
  ...SCOPE_OF_REJECTION,
  [/insufficient (?:account )?balance/i, 'key'],
  [/used all available credits|monthly spending limit|run out of credits/i, 'key'],
  [/\b(?:requests|tokens) per day\b|\bfree-models-per-day\b/i, 'model'],
];

/** Google names the quota, and in it its period: https://ai.google.dev/gemini-api/docs/rate-limits */
const DAILY_QUOTA_ID = /"quota_?id"\s*:\s*"[^"]{0,200}PerDay/i;

/** An error, as far as it matters here. */
export interface QuotaError {
  /** The body as it came. */
  readonly text: string;
  readonly body: JsonValue | undefined;
  readonly message: string | undefined;
}

/**
 * What is used up; undefined where the error is about something else, or only about the pace. `isRejection`: its status
 * says that the request is wrong.
 */
export function quotaScope({ text, body, message }: QuotaError, isRejection: boolean): QuotaScope | undefined {
  for (const code of codesOf(body)) {
    const scope = SCOPE_OF_CODE.get(String(code));
    if (scope !== undefined) return scope;
  }
  if (!isRejection && isDailyQuota(text)) return 'model';
  const words = isRejection ? SCOPE_OF_REJECTION : SCOPE_OF_REFUSAL;
  return words.find(([pattern]) => pattern.test(message ?? ''))?.[1];
}

/** Google's hint at when to come back is about the pace, also where the day's quota is used up. */
export function isDailyQuota(text: string): boolean {
  return DAILY_QUOTA_ID.test(text);
}

/** Wherever services put the code of an error. */
function codesOf(body: JsonValue | undefined): readonly (JsonValue | undefined)[] {
  const outer = asObject(asArray(body)[0] ?? body);
  const error = asObject(outer['error']);
  return [
    error['code'],
    error['type'],
    asObject(error['details'])['error_code'],
    outer['code'],
    outer['type'],
    outer['error'],
  ];
}
