import type { ErrorCode } from '../../../../src/errors/codes.ts';
import type { Ending } from '../fault.ts';

/** The endings that most faults share. */

const error = (status: number, code: ErrorCode): Ending => ({ kind: 'error', status, code });

export const OK: Ending = { kind: 'answer', usage: 'provider' };
export const OK_ESTIMATED: Ending = { kind: 'answer', usage: 'estimated' };

export const UNREACHABLE = error(502, 'upstream.unreachable');
export const TOO_SLOW = error(504, 'upstream.timeout');
export const NONSENSE = error(502, 'upstream.bad_response');
export const TRUNCATED = error(502, 'upstream.truncated');
export const FAILED = error(502, 'upstream.failed');
export const OVERLOADED = error(503, 'upstream.overloaded');
export const OVERSIZED = error(502, 'upstream.oversized');
export const REDIRECTED = error(502, 'upstream.redirected');
export const REFUSED_KEY = error(502, 'upstream.auth');
export const UNKNOWN_MODEL = error(404, 'upstream.not_found');
export const CONFLICT = error(409, 'upstream.conflict');
export const LIMITED = error(429, 'upstream.rate_limited');
export const QUOTA = error(429, 'upstream.quota');

export const refused = (status: number, code: ErrorCode): Ending => error(status, code);

/** So many pieces, then the error event. */
export const brokenAfter = (pieces: number, code: ErrorCode): Ending => ({ kind: 'event', pieces, code });
