import { ERROR_CODES, type ErrorCode } from './codes.ts';
import { RouterError } from './router-error.ts';

export interface UpstreamFailure {
  readonly status: number;
  /** What the provider itself says, if it says anything. */
  readonly message: string | undefined;
  /** The answer as it came, for the log where there is no message. */
  readonly body: string;
  readonly retryAfterMs: number | undefined;
  /** Where the provider's own error code tells more than its status. */
  readonly code?: ErrorCode;
  /** Of a used-up quota: what it is about. */
  readonly limitScope?: 'key' | 'model';
  /** The message is the router's own, about something that only the operator can mend: told as it is. */
  readonly isTold?: boolean;
}

/** Statuses with a meaning of their own. All others are plain failures of the provider. */
const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'upstream.rejected',
  401: 'upstream.auth',
  402: 'upstream.auth',
  403: 'upstream.auth',
  404: 'upstream.not_found',
  408: 'upstream.conflict',
  409: 'upstream.conflict',
  413: 'upstream.too_large',
  422: 'upstream.rejected',
  425: 'upstream.conflict',
  429: 'upstream.rate_limited',
  503: 'upstream.overloaded',
  504: 'upstream.timeout',
  524: 'upstream.timeout',
  529: 'upstream.overloaded',
};

/** What a provider says about keys and bills is about the operator's, and nobody else's business. */
const UNTOLD: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['upstream.auth', 'upstream.quota']);

const MAX_MESSAGE_LENGTH = 500;

/** Keys as the known vendors write them; some put the key they refuse into the message. */
const KEYS = /\b(?:sk|pk|rk|gsk|csk|xai|hf|fw|nvapi|pplx|r8)[-_][\w-]{12,}|\bAIza[\w-]{20,}|(?<=\bBearer )\S+/g;

/** A provider's error answer as a RouterError. A rejected request is told in the provider's own words. */
export function upstreamError(failure: UpstreamFailure): RouterError {
  const { status, message, body, retryAfterMs, limitScope } = failure;
  const code = failure.code ?? codeOfStatus(status);
  const words = message === undefined ? undefined : showable(message);
  const mayBeTold = code === 'upstream.rejected' || failure.isTold === true;
  const isTold = mayBeTold && words !== undefined && words !== '';
  return new RouterError(code, {
    publicMessage: isTold ? words : withStatus(ERROR_CODES[code].publicMessage, status),
    detail: `${status}: ${words ?? showable(body)}`,
    upstreamStatus: status,
    ...(UNTOLD.has(code) || words === undefined || words === '' ? {} : { upstreamMessage: words }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    ...(limitScope === undefined ? {} : { limitScope }),
  });
}

/** The plain meaning of a provider's status. */
export function codeOfStatus(status: number): ErrorCode {
  const isRedirect = status >= 300 && status < 400;
  return isRedirect ? 'upstream.redirected' : (CODE_OF_STATUS[status] ?? 'upstream.failed');
}

/** The provider's words, short enough to show and without keys. */
function showable(message: string): string {
  return message.replace(KEYS, '[key]').slice(0, MAX_MESSAGE_LENGTH).trim();
}

function withStatus(sentence: string, status: number): string {
  return `${sentence.replace(/\.$/, '')} (it answered ${status}).`;
}
