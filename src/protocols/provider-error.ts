import type { ErrorCode } from '../errors/codes.ts';
import type { RouterError } from '../errors/router-error.ts';
import { codeOfStatus, upstreamError } from '../errors/upstream-status.ts';
import type { JsonValue } from '../lib/json.ts';
import { msUntilRefilled } from '../lib/rate-limit-headers.ts';
import { parseRetryAfter } from '../lib/retry-after.ts';
import type { UpstreamHeaders } from './protocol.ts';
import { isDailyQuota, type QuotaScope, quotaScope } from './quota.ts';
import { retryHintMs } from './retry-hints.ts';

/** An error answer of a provider, as far as its format has read it. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: UpstreamHeaders;
  /** The body as it came. */
  readonly text: string;
  /** Undefined where it is no JSON. */
  readonly body: JsonValue | undefined;
  /** The provider's own words in it. */
  readonly message: string | undefined;
  /** Milliseconds since the epoch. */
  readonly wallTime: number;
  /** Where the provider's own code tells more than the status. */
  readonly code: ErrorCode | undefined;
  /** The message is the router's own, about something that only the operator can mend. */
  readonly isTold?: boolean;
}

/**
 * Errors that may be about a used-up quota, whatever the status says. 401 and 402 are about the key itself: services
 * that have a status for money need no words for it.
 */
const MAY_BE_QUOTA: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'upstream.rejected',
  'upstream.rate_limited',
  'upstream.auth',
  'upstream.quota',
]);
const ABOUT_THE_KEY: ReadonlySet<number> = new Set([401, 402]);

/** A provider's error answer as a RouterError: what it means, and when it is worth asking again. */
export function providerError(answer: ErrorAnswer): RouterError {
  const { status, message, text, isTold } = answer;
  const code = answer.code ?? codeOfStatus(status);
  const mayBeQuota = MAY_BE_QUOTA.has(code) && !ABOUT_THE_KEY.has(status);
  const limitScope = mayBeQuota ? quotaScope(answer, code === 'upstream.rejected') : undefined;
  return upstreamError({
    status,
    message,
    body: text,
    code: limitScope === undefined ? code : 'upstream.quota',
    retryAfterMs: retryTime(answer, code, limitScope),
    ...(limitScope === undefined ? {} : { limitScope }),
    ...(isTold === true ? { isTold } : {}),
  });
}

/** Errors that pass by themselves, so that words about trying again mean just that. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'upstream.rate_limited',
  'upstream.overloaded',
  'upstream.conflict',
  'upstream.failed',
]);

/** The header, what the body says, and for refusals of the pace when the used-up limits are full again. */
function retryTime(answer: ErrorAnswer, code: ErrorCode, quota: QuotaScope | undefined): number | undefined {
  const { headers, wallTime, body, message, text } = answer;
  const told = parseRetryAfter(headers, wallTime);
  if (told !== undefined) return told;
  if (quota !== undefined && isDailyQuota(text)) return undefined;
  const mayPass = quota !== undefined || PASSING.has(code);
  const hinted = retryHintMs(body, mayPass ? message : undefined, wallTime);
  if (hinted !== undefined || code !== 'upstream.rate_limited') return hinted;
  return msUntilRefilled(headers, wallTime);
}
