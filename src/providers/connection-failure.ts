import { ERROR_CODES, type ErrorCode } from '../errors/codes.ts';
import { RouterError } from '../errors/router-error.ts';

interface Meaning {
  readonly code: ErrorCode;
  /** What happened, in words that tell a client nothing of the network behind the router. */
  readonly words: string;
}

const UNKNOWN_NAME: Meaning = { code: 'upstream.unreachable', words: 'its name cannot be resolved' };
const NO_LISTENER: Meaning = { code: 'upstream.unreachable', words: 'nobody listens at its address' };
const NO_WAY: Meaning = { code: 'upstream.unreachable', words: 'no way leads to its address' };
const NO_CONNECTION: Meaning = { code: 'upstream.timeout', words: 'no connection came about in time' };
const NO_TRUST: Meaning = { code: 'upstream.unreachable', words: 'its certificate is not trusted' };
const NO_TLS: Meaning = { code: 'upstream.unreachable', words: 'it does not speak TLS as it should' };
const NO_HTTP: Meaning = { code: 'upstream.bad_response', words: 'its answer is not HTTP' };
const HEAD_TOO_LARGE: Meaning = { code: 'upstream.bad_response', words: 'the head of its answer is too large' };
const BAD_LENGTH: Meaning = { code: 'upstream.bad_response', words: 'its answer names lengths that do not fit' };
const CLOSED: Meaning = { code: 'upstream.unreachable', words: 'it closed the connection without an answer' };
const CUT: Meaning = { code: 'upstream.truncated', words: 'the connection broke in the middle of the answer' };

/** Codes of Node's resolver, sockets and TLS, and of undici. */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ['ENOTFOUND', UNKNOWN_NAME],
  ['EAI_AGAIN', UNKNOWN_NAME],
  ['ECONNREFUSED', NO_LISTENER],
  ['EHOSTUNREACH', NO_WAY],
  ['ENETUNREACH', NO_WAY],
  ['EADDRNOTAVAIL', NO_WAY],
  ['ETIMEDOUT', NO_CONNECTION],
  ['UND_ERR_CONNECT_TIMEOUT', NO_CONNECTION],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', NO_TRUST],
  ['UNABLE_TO_GET_ISSUER_CERT', NO_TRUST],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', NO_TRUST],
  ['EPROTO', NO_TLS],
  ['UND_ERR_HEADERS_OVERFLOW', HEAD_TOO_LARGE],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', BAD_LENGTH],
  // A name: undici gives these errors no code.
  ['HTTPParserError', NO_HTTP],
]);

/** Families of codes, looked through in order. */
const FAMILIES: readonly (readonly [pattern: RegExp, meaning: Meaning])[] = [
  [/CERT/, NO_TRUST],
  [/^ERR_(SSL|TLS)/, NO_TLS],
  [/^HPE_/, NO_HTTP],
];

/**
 * What a broken connection means, told apart as far as the code of the error allows. `hasHead`: the head of the answer
 * had come. An error of the router's own stands as it is.
 * Codes: https://nodejs.org/api/errors.html#common-system-errors and https://undici.nodejs.org/#/docs/api/Errors
 */
export function connectionFailure(error: Error, hasHead: boolean): RouterError {
  if (error instanceof RouterError) return error;
  const code = (error as NodeJS.ErrnoException).code ?? error.name;
  const message = messageOf(error);
  const meaning = meaningOf(code, message, hasHead);
  return new RouterError(meaning.code, {
    publicMessage: `${ERROR_CODES[meaning.code].publicMessage.replace(/\.$/, '')} (${meaning.words}).`,
    detail: `${meaning.words}: ${code}: ${message}`,
    cause: error,
  });
}

/** What the parser of HTTP says where the bytes were fine as far as they went. */
const EARLY_END = /\bEOF\b/;

function meaningOf(code: string, message: string, hasHead: boolean): Meaning {
  const known = MEANINGS.get(code) ?? FAMILIES.find(([pattern]) => pattern.test(code))?.[1];
  if (known === NO_HTTP && !EARLY_END.test(message)) return known;
  if (hasHead) return CUT;
  return known === NO_HTTP ? CLOSED : (known ?? CLOSED);
}

/** Where a name has several addresses, each has failed in its own way. */
function messageOf(error: Error): string {
  if (!(error instanceof AggregateError)) return error.message;
  return error.errors.map((each) => (each instanceof Error ? each.message : String(each))).join('; ');
}
