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
  408: 'upstream.timeout',
  413: 'upstream.too_large',
  422: 'upstream.rejected',
  429: 'upstream.rate_limited',
  503: 'upstream.overloaded',
  504: 'upstream.timeout',
  524: 'upstream.timeout',
  529: 'upstream.overloaded',
};

const MAX_MESSAGE_LENGTH = 500;

/** Keys as the known vendors write them; some put the key they refuse into the message. */
const KEYS = /\b(?:sk|pk|rk|gsk|csk|xai|hf|fw|nvapi|pplx|r8)[-_][\w-]{12,}|\bAIza[\w-]{20,}|(?<=\bBearer )\S+/g;

/** A provider's error answer as a RouterError. A rejected request is told in the provider's own words. */
export function upstreamError(failure: UpstreamFailure): RouterError {
  const { status, message, body, retryAfterMs } = failure;
  const code = failure.code ?? CODE_OF_STATUS[status] ?? 'upstream.failed';
  const words = message === undefined ? undefined : showable(message);
  const mayBeTold = code === 'upstream.rejected' || failure.isTold === true;
  const isTold = mayBeTold && words !== undefined && words !== '';
  return new RouterError(code, {
    publicMessage: isTold ? words : withStatus(ERROR_CODES[code].publicMessage, status),
    detail: `${status}: ${words ?? showable(body)}`,
    upstreamStatus: status,
    // What a provider says about a key is about the operator's, and nobody else's business.
    ...(code === 'upstream.auth' || words === undefined || words === '' ? {} : { upstreamMessage: words }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** The provider's words, short enough to show and without keys. */
function showable(message: string): string {
  return message.replace(KEYS, '[key]').slice(0, MAX_MESSAGE_LENGTH).trim();
}

function withStatus(sentence: string, status: number): string {
  const isRedirect = status >= 300 && status < 400;
  const what = isRedirect ? `it answered ${status}, and redirects are refused` : `it answered ${status}`;
  return `${sentence.replace(/\.$/, '')} (${what}).`;
}
